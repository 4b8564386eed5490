// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_lines.h"

#include <utility>

namespace fairlead::backend {
namespace {

const char* plural(EventKind kind) {
    switch (kind) {
        case EventKind::health:
            return "changes of health";
        case EventKind::failover:
            return "failovers";
        case EventKind::failback:
            return "failbacks";
        case EventKind::all_unhealthy:
            return "names with nothing healthy left, or with something again";
        case EventKind::checker:
            return "changes of the checker";
        case EventKind::reload:
            return "reloads";
        case EventKind::caches:
            return "changes of the way to PowerDNS's caches";
        case EventKind::override:
            return "overrides";
        case EventKind::certificate:
            return "certificates";
        case EventKind::query_spike:
            return "zones with a spike of queries, or without it again";
    }
    return "events";
}

/// Somebody has asked for it, and waits to read what came of it.
bool is_asked_for(EventKind kind) {
    return kind == EventKind::reload || kind == EventKind::override;
}

}  // namespace

bool EventLines::admits(EventKind kind, TimePoint now) {
    if (is_asked_for(kind)) return true;
    Burst& burst = bursts_[static_cast<std::size_t>(kind)];
    if (now >= burst.ends && burst.left_out == 0) burst = {.ends = now + kBurst};
    if (burst.written < kLinesInBurst) {
        ++burst.written;
        return true;
    }
    ++burst.left_out;
    return false;
}

std::vector<std::string> EventLines::summaries(TimePoint now) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < bursts_.size(); ++i) {
        Burst& burst = bursts_[i];
        if (burst.left_out == 0 || now < burst.ends) continue;
        lines.push_back("and " + std::to_string(burst.left_out) + " more " +
                        plural(static_cast<EventKind>(i)));
        burst = {};
    }
    return lines;
}

}  // namespace fairlead::backend
