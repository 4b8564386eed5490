// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/purged_server.h"

#include <algorithm>
#include <utility>

#include "base/thread.h"

namespace fairlead::backend {
namespace {

const PurgeTargets kEverything{.everything = true, .names = {}};

TimePoint now() {
    return SteadyClock().now();
}

}  // namespace

PurgedServer::PurgedServer(std::unique_ptr<const Channel> channel, std::function<void()> changed,
                           Log& log)
    : channel_(std::move(channel)), changed_(std::move(changed)), log_(log) {}

PurgedServer::~PurgedServer() {
    stop();
    if (thread_.joinable()) thread_.join();
}

void PurgedServer::start() {
    thread_ = start_thread("purges", "purging PowerDNS's caches failed", log_, [this] { run(); });
}

void PurgedServer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
}

void PurgedServer::purge(const PurgeTargets& targets) {
    if (targets.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        work_.targets.add(targets);
    }
    wake_.notify_one();
}

void PurgedServer::follow_catalog(const Needs& needs, std::vector<std::string> zones) {
    {
        const std::lock_guard lock(mutex_);
        work_.targets = kEverything;
        work_.needs = needs;
        work_.zones = std::move(zones);
    }
    wake_.notify_one();
}

PurgedServer::Standing PurgedServer::standing() const {
    const std::lock_guard lock(mutex_);
    return standing_;
}

void PurgedServer::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        Work work = std::exchange(work_, {});
        lock.unlock();
        step(std::move(work), now());
        const TimePoint due = is_reached() ? std::min(look_at_, plan_.next_due()) : look_at_;
        const bool goes_on = is_reached() && zones_;
        lock.lock();
        if (goes_on) continue;
        wake_.wait_until(lock, due, [this] {
            return stopping_ ||
                   (standing_.state == State::reached && (!work_.targets.empty() || work_.zones));
        });
    }
}

/// Names that are asked for while it is not reached are dropped: all that it has is forgotten when
/// it is, and this work was taken before.
void PurgedServer::step(Work work, TimePoint at) {
    if (work.zones) zones_ = std::move(work.zones);
    const bool needs_others = work.needs && *work.needs != needs_;
    if (needs_others) needs_ = *work.needs;
    if (!is_reached()) {
        if (at >= look_at_) reach(at);
    } else {
        tell_and_plan(std::move(work.targets), at);
        if (needs_others) log_advice();
    }
    if (is_reached()) (void)tell(plan_.take_due(at));
    if (is_reached() && at >= look_at_) look(at);
    if (is_reached() && zones_) rediscover();
}

void PurgedServer::reach(TimePoint at) {
    look_at_ = at + channel_->between_looks();
    auto version = channel_->version();
    if (!version) return lost(version.error());
    auto settings = channel_->settings();
    if (!settings) return lost(settings.error());
    version_ = *std::move(version);
    settings_ = *std::move(settings);
    plan_ = PurgePlan(connector_timeout(settings_));
    if (!tell(kEverything)) return;
    plan_.purged(kEverything, at);
    becomes({.state = State::reached, .problem = {}});
    log_advice();
}

void PurgedServer::look(TimePoint at) {
    look_at_ = at + channel_->between_looks();
    const auto settings = channel_->settings();
    if (!settings) return lost(settings.error());
    if (*settings != settings_) reach(at);
}

/// One exchange: what is to be forgotten meanwhile does not wait for all of them. Not to be told of
/// zones is no reason to give it up: it finds them by itself, later.
void PurgedServer::rediscover() {
    if (const auto done = channel_->rediscover(*zones_); !done) {
        zones_->clear();
        log_.warning(done.error().message +
                     "; it finds new zones after its zone-cache-refresh-interval");
    }
    if (!zones_->empty()) return;
    zones_.reset();
    tell_and_plan(kEverything, now());  // what was answered with the zones from before
}

void PurgedServer::tell_and_plan(PurgeTargets targets, TimePoint at) {
    if (targets.empty()) return;
    if (has_other_backends(settings_)) targets = kEverything;
    if (tell(targets)) plan_.purged(targets, at);
}

bool PurgedServer::tell(const PurgeTargets& targets) {
    if (targets.empty()) return true;
    const auto done = channel_->purge(targets);
    if (!done) {
        lost(done.error());
        return false;
    }
    purges_ += targets.everything ? 1 : targets.names.size();
    return true;
}

void PurgedServer::lost(const Error& error) {
    plan_ = PurgePlan();
    becomes({.state = State::lost, .problem = error.message});
}

void PurgedServer::becomes(Standing standing) {
    {
        const std::lock_guard lock(mutex_);
        if (standing == standing_) return;
        standing_ = std::move(standing);
    }
    changed_();
}

void PurgedServer::log_advice() {
    for (const auto& advice : advice(settings_, version_, needs_))
        log_.warning("PowerDNS at " + address() + " has " + to_string(advice));
}

}  // namespace fairlead::backend
