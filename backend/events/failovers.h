// SPDX-License-Identifier: Apache-2.0
#pragma once

// Failover nodes that return by themselves (`failback: auto`, the default): when they went to
// another target. They have no position (policy/failback.h): a decision follows the conditions, and
// only looking shows where that leads. Such a node stands at its first target that is able to
// answer, for whomever it is; when none is, it is where it was: total failure moves nobody. What
// comes and goes between two looks is not seen.
//
// What is first seen of a node is where it stands, and no move: at the start with the verdicts of
// the last run, after a reload that gave it other targets.
//
// Thread rule: one thread, none that answers queries: update() takes a moment with a hundred
// thousand nodes. Pure.

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/serving_state.h"
#include "base/event.h"

namespace fairlead::backend {

using FailoverPlaces = std::shared_ptr<const std::vector<policy::Place>>;

class Failovers {
  public:
    /// What has moved since the last call.
    [[nodiscard]] std::vector<Event> update(const ServingState& state);

    /// Where the nodes of `catalog` stand, each family that has a choice; null when update() has
    /// not seen this catalog.
    [[nodiscard]] FailoverPlaces places(const policy::Catalog& catalog) const {
        return &catalog == catalog_.get() ? places_ : nullptr;
    }

    /// All moves to a worse target, and to a better one.
    [[nodiscard]] std::uint64_t failovers() const { return failovers_; }
    [[nodiscard]] std::uint64_t failbacks() const { return failbacks_; }

  private:
    void learn(const ServingState& state);

    std::shared_ptr<const policy::Catalog> catalog_;
    FailoverPlaces places_;  // replaced when one moves
    std::uint64_t failovers_ = 0;
    std::uint64_t failbacks_ = 0;
};

}  // namespace fairlead::backend
