// SPDX-License-Identifier: Apache-2.0
#pragma once

// One thing that has happened to what is steered, as a value for people and for machines: the log
// line, /api/v1/events, events.jsonl and alerts all come from it. It is told with Log::report().
// Thread rule: a value.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"

namespace fairlead {

enum class EventKind : std::uint8_t {
    health,         // one check of one address turned
    failover,       // a failover node left a target for a worse one
    failback,       // ... and returned to a better one
    all_unhealthy,  // a name has no endpoint left that is able to answer, or has one again
    checker,        // the checker gives no results any more, or does again
    reload,         // a changed configuration was taken up, or refused
    caches,         // PowerDNS's caches are purged on changes, or cannot be
    override,       // an operator set something or took it back, or its time was over
    certificate,    // of an endpoint: about to expire, or renewed
    query_spike,    // a zone is asked far more often than it was, or no longer
};
inline constexpr std::size_t kEventKinds = static_cast<std::size_t>(EventKind::query_spike) + 1;

/// "health", "all_unhealthy": part of the interface.
[[nodiscard]] const char* to_string(EventKind kind);

/// Of something that lasts, the event that begins or ends it; alerts fire and are resolved by them.
enum class Phase : std::uint8_t { instant, begins, ends };

/// How many of the checks of one address say the same.
struct Agreement {
    std::size_t agreeing = 0;
    std::size_t checks = 0;
    friend bool operator==(const Agreement&, const Agreement&) = default;
};

struct Event {
    // Given by who keeps events.
    std::uint64_t id = 0;  // grows; not from one on, so that ids grow over restarts too
    WallTime time{};

    EventKind kind = EventKind::health;
    LogLevel severity = LogLevel::info;
    Phase phase = Phase::instant;
    std::string subject;  // who: "web 203.0.113.10:443", "policies.eu (A)", "zone example.com."
    std::string from;     // what it was; empty where that means nothing
    std::string to;       // what it is now
    std::string outcome;  // of the probe that decided: "connect refused"
    std::string reason;   // why, in words
    std::string by;       // the operator who wanted it
    std::string zone;     // that it is of, where it is of one
    std::optional<Duration> lasted;   // how long it was `from`
    std::optional<Agreement> checks;  // of the address, where it has more than one
    std::string text;                 // all of it, as one line of the log
};

}  // namespace fairlead
