// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one thing that is published to the query workers: what to answer to whom (catalog, with
// the geography compiled into it) and the conditions of this moment (health, overrides, positions).
// They travel together because their indexes mean nothing in another catalog. Thread rule: deeply
// const, but for what is counted and found out; replaced as a whole through
// Published<ServingState>.

#include <cstdint>
#include <memory>

#include "backend/traffic.h"
#include "base/clock.h"
#include "base/published.h"
#include "checks/snapshot.h"
#include "policy/catalog.h"
#include "policy/conditions.h"
#include "policy/override_list.h"

namespace fairlead::backend {

struct ServingState {
    std::shared_ptr<const policy::Catalog> catalog;
    std::shared_ptr<const checks::Snapshot> health;
    std::shared_ptr<const policy::OverrideList> set;             // by operators; may be null: none
    std::shared_ptr<const policy::Overrides> overrides;          // what `set` means in `catalog`
    std::shared_ptr<const policy::FailoverPositions> positions;  // may be null: all at the first
    TimePoint health_at{};                                       // when `health` was published
    std::uint64_t answers = 0;         // counts the states that do not answer alike
    bool purges = false;               // every PowerDNS is told what changes, see Conditions
    std::shared_ptr<Traffic> traffic;  // of `catalog`, counted by the workers; null: not counted
    mutable policy::KnownStandings known{};  // of these conditions, found out by the workers

    /// Valid as long as the state.
    [[nodiscard]] policy::Conditions conditions() const {
        policy::Conditions conditions{*health, overrides.get(), positions.get(), purges};
        conditions.known = &known;
        return conditions;
    }
};

/// True when both answer everybody alike, to the same draw: all that decisions look at is the same.
/// New evidence, which is all that most publications bring, changes no answer (but a TTL that
/// follows it). O(subjects).
[[nodiscard]] inline bool answers_alike(const ServingState& a, const ServingState& b) {
    return a.catalog == b.catalog && a.overrides == b.overrides && a.positions == b.positions &&
           a.health->health == b.health->health && a.health->aliases == b.health->aliases;
}

/// Numbers the answers of what follows `before`.
inline void count_answers(const ServingState& before, ServingState& next) {
    next.answers = before.answers + (answers_alike(before, next) ? 0 : 1);
}

using PublishedState = Published<ServingState>;

}  // namespace fairlead::backend
