// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/purger.h"

#include <utility>

#include "backend/counted.h"
#include "backend/powerdns/examine.h"
#include "base/event.h"
#include "base/thread.h"

namespace fairlead::backend {
namespace {

/// Between two looks whether the channels (still) work.
constexpr std::chrono::milliseconds kLook{1000};
/// In one command. PowerDNS takes some microseconds for each.
constexpr std::size_t kTargetsOfCommand = 1000;
/// The root and all below it.
constexpr const char* kEverything = ".$";

TimePoint now() {
    return SteadyClock().now();
}

Event event(bool works, std::string text) {
    return {.kind = EventKind::caches,
            .severity = works ? LogLevel::info : LogLevel::warning,
            .phase = works ? Phase::ends : Phase::begins,
            .subject = "PowerDNS",
            .to = works ? "cached" : "not cached",
            .text = std::move(text)};
}

}  // namespace

Purger::Purger(std::vector<ControlChannel> channels, const Needs& needs,
               const PublishedState& state, SetPurges set_purges, Log& log)
    : channels_(std::move(channels)),
      needs_(needs),
      state_(state),
      set_purges_(std::move(set_purges)),
      log_(log) {}

void Purger::start() {
    thread_ = start_thread("purger", "purging PowerDNS's caches failed", log_, [this] { run(); });
}

Purger::~Purger() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Purger::wake() {
    {
        const std::lock_guard lock(mutex_);
        awake_ = true;
    }
    changed_.notify_one();
}

void Purger::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        awake_ = false;
        lock.unlock();
        step(now());
        const TimePoint due = next_due();
        lock.lock();
        changed_.wait_until(lock, due, [this] { return awake_ || stopping_; });
    }
}

TimePoint Purger::next_due() const {
    return works_ ? std::min(look_at_, plan_.next_due()) : look_at_;
}

void Purger::step(TimePoint at) {
    if (!works_) {
        if (at >= look_at_) connect(at);
        return;
    }
    purge_changes(at);
    if (works_) purge(plan_.take_due(at));
    if (works_ && at >= look_at_) {
        look_at_ = at + kLook;
        (void)tell_all("VERSION");
    }
}

/// From here on PowerDNS may cache. What it has is forgotten first, and what its answers are is
/// noted before: whatever changes from then on is seen by purge_changes().
void Purger::connect(TimePoint at) {
    look_at_ = at + kLook;
    seen_ = state_.generation();
    take_up(state_.load());
    if (!tell_all("PURGE")) return;
    works_ = true;
    told_ = false;
    set_purges_(true);
    log_.report(event(true, "PowerDNS's caches are purged on every change (" +
                                counted(channels_.size(), "control socket") +
                                "): what depends on health alone is cacheable"));
    log_advice();
}

void Purger::log_advice() {
    for (const auto& channel : channels_) {
        const auto examined = examine(channel, needs_);
        if (!examined) return lost(examined.error());
        const std::string whose = "PowerDNS at " + channel.socket().string() + " has ";
        for (const auto& advice : examined->advice)
            log_.warning(whose + to_string(advice));
    }
}

void Purger::purge_changes(TimePoint at) {
    const auto generation = state_.generation();
    if (std::exchange(seen_, generation) == generation) return;
    auto state = state_.load();
    if (state->catalog != noted_->catalog) {
        take_up(std::move(state));
        if (tell_all("REDISCOVER")) purge_and_plan({kEverything}, at);
    } else if (!answers_alike(*state, *noted_)) {
        noted_ = std::move(state);
        const auto names = answers_->changed(noted_->conditions());
        purge_and_plan(purge_targets(*noted_->catalog, names), at);
    }
}

void Purger::take_up(std::shared_ptr<const ServingState> state) {
    answers_.reset();
    noted_ = std::move(state);
    answers_.emplace(*noted_->catalog, noted_->conditions());
}

void Purger::purge_and_plan(const PurgeTargets& targets, TimePoint at) {
    purge(targets);
    if (works_) plan_.purged(targets, at);
}

void Purger::purge(const PurgeTargets& targets) {
    std::string command;
    std::size_t count = 0;
    for (const auto& target : targets) {
        command += (count == 0 ? "PURGE " : " ") + target;
        if (++count < kTargetsOfCommand) continue;
        if (!tell_all(std::exchange(command, ""))) return;
        purges_ += std::exchange(count, 0);
    }
    if (count > 0 && tell_all(command)) purges_ += count;
}

bool Purger::tell_all(const std::string& command) {
    for (const auto& channel : channels_) {
        const auto answer = channel.ask(command);
        if (answer) continue;
        lost(answer.error());
        return false;
    }
    return true;
}

void Purger::lost(const Error& error) {
    if (works_.exchange(false)) set_purges_(false);
    plan_.clear();
    if (std::exchange(told_, true)) return;
    log_.report(event(false, error.message + "; until it answers, PowerDNS caches nothing that "
                                             "depends on health"));
}

}  // namespace fairlead::backend
