// SPDX-License-Identifier: Apache-2.0
#include "backend/override_keeper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/duration.h"
#include "base/event.h"
#include "policy/operator_names.h"

namespace fairlead::backend {
namespace {

/// "fra1 drain".
std::string opening(const policy::OverrideEntry& entry) {
    return entry.target + " " + to_string(entry.state);
}

Event event_of(const policy::OverrideEntry& entry, LogLevel severity) {
    return {.kind = EventKind::override, .severity = severity, .subject = entry.target};
}

}  // namespace

OverrideKeeper::OverrideKeeper(boost::asio::io_context& control, Serving& serving, Log& log)
    : serving_(serving), log_(log), expiry_(control) {
    expire();
}

Result<void> OverrideKeeper::set(policy::OverrideEntry entry) {
    policy::OverrideList next = list();
    if (policy::takes_out(entry.state)) {
        entry.safe_at = serving_.expiry(entry.target, entry.since);
    }
    Event event = event_of(entry, LogLevel::warning);
    event.text = "override: " + opening(entry) + " by " + entry.by +
                 (entry.until ? " for " + rough_duration(*entry.until - entry.since) : "") + ": " +
                 entry.reason;
    if (const auto* before = next.find(entry.target)) event.from = to_string(before->state);
    event.to = to_string(entry.state);
    event.reason = entry.reason;
    event.by = entry.by;
    if (auto set = next.set(std::move(entry)); !set) return set;
    log_.report(std::move(event));
    publish(std::move(next));
    return {};
}

bool OverrideKeeper::remove(std::string_view target, std::string_view by) {
    policy::OverrideList next = list();
    const auto removed = next.remove(target);
    if (!removed) return false;
    Event event = event_of(*removed, LogLevel::info);
    event.text = "override removed: " + opening(*removed) + " by " + std::string(by);
    event.from = to_string(removed->state);
    event.by = by;
    event.reason = "taken back";
    log_.report(std::move(event));
    publish(std::move(next));
    return true;
}

void OverrideKeeper::report_unmatched() {
    const auto state = serving_.state().load();
    if (state->set == nullptr) return;
    for (const auto& entry : state->set->all()) {
        if (!policy::endpoints_named(state->catalog->forest(), entry.target).empty()) continue;
        log_.warning("override: " + opening(entry) +
                     " matches nothing in this configuration; it stays set");
    }
}

policy::OverrideList OverrideKeeper::list() const {
    const auto state = serving_.state().load();
    return state->set == nullptr ? policy::OverrideList() : *state->set;
}

void OverrideKeeper::publish(policy::OverrideList list) {
    serving_.set_overrides(std::move(list));
    expire();
}

/// Ends what is over, and waits for the next to end.
void OverrideKeeper::expire() {
    policy::OverrideList next = list();
    const auto expired = next.expire(wall_time());
    for (const auto& entry : expired) {
        Event event = event_of(entry, LogLevel::info);
        event.text = "override expired: " + opening(entry) + ", set by " + entry.by;
        event.from = to_string(entry.state);
        event.reason = "its time is over";
        log_.report(std::move(event));
    }
    const auto due = next.next_expiry();
    if (!expired.empty()) serving_.set_overrides(std::move(next));
    expiry_.cancel();
    if (!due) return;
    expiry_.expires_at(*due);
    expiry_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) expire();
    });
}

}  // namespace fairlead::backend
