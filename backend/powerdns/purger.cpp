// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/purger.h"

#include <algorithm>
#include <utility>

#include "backend/counted.h"
#include "backend/powerdns/examine.h"
#include "base/event.h"
#include "base/thread.h"

namespace fairlead::backend {
namespace {

using State = PurgedServer::State;

Event event(bool works, std::string text) {
    return {.kind = EventKind::caches,
            .severity = works ? LogLevel::info : LogLevel::warning,
            .phase = works ? Phase::ends : Phase::begins,
            .subject = "PowerDNS",
            .to = works ? "cached" : "not cached",
            .text = std::move(text)};
}

std::vector<std::string> own_zones(const policy::Catalog& catalog) {
    std::vector<std::string> names;
    for (const auto& zone : catalog.zones()) {
        if (!zone.overlay) names.push_back(zone.name.to_string());
    }
    return names;
}

}  // namespace

Purger::Purger(std::vector<std::unique_ptr<const Channel>> channels, const PublishedState& state,
               SetPurges set_purges, Log& log)
    : state_(state), set_purges_(std::move(set_purges)), log_(log) {
    for (auto& channel : channels) {
        servers_.push_back(std::make_unique<PurgedServer>(
            std::move(channel), [this] { wake(); }, log));
    }
    known_.resize(servers_.size());
}

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
    for (const auto& server : servers_)
        server->stop();
    servers_.clear();  // while wake() can still be called
}

void Purger::wake() {
    {
        const std::lock_guard lock(mutex_);
        awake_ = true;
    }
    changed_.notify_one();
}

std::uint64_t Purger::purges() const {
    std::uint64_t total = 0;
    for (const auto& server : servers_)
        total += server->purges();
    return total;
}

void Purger::run() {
    follow_state();  // PowerDNS caches nothing before it is reached
    for (const auto& server : servers_)
        server->start();
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        awake_ = false;
        lock.unlock();
        follow_state();
        follow_servers();
        lock.lock();
        changed_.wait(lock, [this] { return awake_ || stopping_; });
    }
}

void Purger::follow_state() {
    const auto generation = state_.generation();
    if (std::exchange(seen_, generation) == generation) return;
    auto state = state_.load();
    if (noted_ == nullptr || state->catalog != noted_->catalog) {
        const Needs needs = needs_of(*state->catalog, true);
        for (const auto& server : servers_)
            server->follow_catalog(needs, own_zones(*state->catalog));
        take_up(std::move(state));  // which takes its time
    } else if (state->answers != noted_->answers) {
        const auto targets = targets_since(std::exchange(noted_, std::move(state))->answers);
        for (const auto& server : servers_)
            server->purge(targets);
    }
}

/// What has changed from the answers of that number to those that are noted. Between the two there
/// may have been others, of names that have come back to what they were: that are cached all the
/// same.
PurgeTargets Purger::targets_since(std::uint64_t before) {
    const auto changed = answers_->changed(noted_->conditions());
    if (noted_->answers != before + 1) return {.everything = true, .names = {}};
    return purge_targets(*noted_->catalog, referrers_->reached_from(changed));
}

void Purger::take_up(std::shared_ptr<const ServingState> state) {
    answers_.reset();
    referrers_.reset();
    noted_ = std::move(state);
    answers_.emplace(*noted_->catalog, noted_->conditions());
    referrers_.emplace(*noted_->catalog);
}

/// First what may be cached, then what is said of it.
void Purger::follow_servers() {
    std::vector<PurgedServer::Standing> standings;
    standings.reserve(servers_.size());
    for (const auto& server : servers_)
        standings.push_back(server->standing());
    const bool work = std::ranges::all_of(
        standings, [](const auto& standing) { return standing.state == State::reached; });
    if (works_.exchange(work) != work) {
        set_purges_(work);
        if (work) report_works();
    }
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        const auto before = std::exchange(known_[i], standings[i]);
        if (before == standings[i]) continue;
        if (standings[i].state == State::lost) report_lost(standings[i].problem);
        if (standings[i].state == State::reached && !work && before.state == State::lost) {
            log_.info("PowerDNS at " + servers_[i]->address() + " is reached again");
        }
    }
}

void Purger::report_works() {
    told_ = false;
    log_.report(event(true, "PowerDNS's caches are purged on every change (" +
                                counted(servers_.size(), "server") +
                                "): what depends on health alone is cacheable"));
}

void Purger::report_lost(const std::string& problem) {
    std::string text =
        problem + "; until it answers, PowerDNS caches nothing that depends on health";
    if (std::exchange(told_, true)) {
        log_.warning(text);
    } else {
        log_.report(event(false, std::move(text)));
    }
}

}  // namespace fairlead::backend
