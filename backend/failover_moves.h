// SPDX-License-Identifier: Apache-2.0
#pragma once

// The step between a new health snapshot and its publication: failover nodes that do not fail back
// by themselves take their new places, in the same serving state, so that no query ever sees the
// one without the other. Pure.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/serving_state.h"
#include "base/clock.h"
#include "base/event.h"

namespace fairlead::backend {

/// Replaces `state.positions` by what becomes of them under the state's other conditions. Takes
/// O(targets of the nodes with a failback).
[[nodiscard]] std::vector<policy::Move> advance_positions(ServingState& state, TimePoint now);

/// The positions that `next`, which is to follow `state`, begins with; null when nothing is known.
[[nodiscard]] std::shared_ptr<const policy::FailoverPositions> inherited_positions(
    const ServingState& state, const policy::Catalog& next);

/// A position in words, which mean the same after a restart.
struct NamedPosition {
    std::string node;  // Node::path
    Family family = Family::v4;
    std::string target;  // Target::label
    TimePoint since;
};

/// Those that were ever taken; a node that stands where it began needs no word.
[[nodiscard]] std::vector<NamedPosition> named_positions(const ServingState& state);

/// The positions of `catalog` with these taken up, as far as it has such nodes and targets; null
/// when it has none with a failback.
[[nodiscard]] std::shared_ptr<const policy::FailoverPositions> restored_positions(
    const policy::Catalog& catalog, const std::vector<NamedPosition>& named);

/// When time alone may move a node; TimePoint::max() when it cannot.
[[nodiscard]] TimePoint next_failback(const ServingState& state);

/// So many moves at once are events of their own; the others are counted in one of each kind. A
/// dead site must not push everything else out of the history.
inline constexpr std::size_t kMovesToldMax = 1'000;

/// "failover: policies.eu (A) goes from fra1 to ash1". `by`: the operator who wanted it.
[[nodiscard]] std::vector<Event> move_events(const policy::Forest& forest,
                                             const std::vector<policy::Move>& moves,
                                             std::string_view by = {});

}  // namespace fairlead::backend
