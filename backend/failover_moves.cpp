// SPDX-License-Identifier: Apache-2.0
#include "backend/failover_moves.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace fairlead::backend {

std::vector<policy::Move> advance_positions(ServingState& state, TimePoint now) {
    const policy::Forest& forest = state.catalog->forest();
    if (forest.failback_nodes().empty()) return {};
    auto next = state.positions == nullptr
                    ? std::make_shared<policy::FailoverPositions>(forest)
                    : std::make_shared<policy::FailoverPositions>(*state.positions);
    auto moves = next->advance(forest, state.conditions(), now);
    state.positions = std::move(next);
    return moves;
}

std::shared_ptr<const policy::FailoverPositions> inherited_positions(const ServingState& state,
                                                                     const policy::Catalog& next) {
    if (state.positions == nullptr || next.forest().failback_nodes().empty()) return nullptr;
    auto positions = std::make_shared<policy::FailoverPositions>(next.forest());
    positions->inherit(next.forest(), *state.positions, state.catalog->forest());
    return positions;
}

std::vector<NamedPosition> named_positions(const ServingState& state) {
    std::vector<NamedPosition> named;
    if (state.positions == nullptr) return named;
    for (const auto& position : state.positions->all()) {
        if (position.since == TimePoint{}) continue;
        const policy::Node& node = state.catalog->forest().node(position.node);
        named.push_back({.node = node.path,
                         .family = position.family,
                         .target = node.targets[position.place].label,
                         .since = position.since});
    }
    return named;
}

std::shared_ptr<const policy::FailoverPositions> restored_positions(
    const policy::Catalog& catalog, const std::vector<NamedPosition>& named) {
    const policy::Forest& forest = catalog.forest();
    if (forest.failback_nodes().empty()) return nullptr;
    const auto by_path = policy::failback_nodes_by_path(forest);
    auto positions = std::make_shared<policy::FailoverPositions>(forest);
    for (const auto& [path, family, target, since] : named) {
        const auto node = by_path.find(path);
        if (node == by_path.end()) continue;
        // A target that is gone leaves its node at the first one.
        (void)positions->restore(forest, node->second, family, target, since);
    }
    return positions;
}

TimePoint next_failback(const ServingState& state) {
    if (state.positions == nullptr) return TimePoint::max();
    return state.positions->due(state.catalog->forest());
}

void log_moves(const policy::Forest& forest, const std::vector<policy::Move>& moves, Log& log) {
    constexpr std::size_t kLinesMax = 10;
    for (const policy::Move& move : std::span(moves).first(std::min(moves.size(), kLinesMax))) {
        const policy::Node& node = forest.node(move.node);
        const std::string where = node.path + (move.family == Family::v4 ? " (A)" : " (AAAA)") +
                                  " goes from " + node.targets[move.from].label + " to " +
                                  node.targets[move.to].label;
        if (move.is_return()) {
            log.info("failback: " + where);
        } else {
            log.warning("failover: " + where);
        }
    }
    if (moves.size() <= kLinesMax) return;
    log.warning("failover and failback: " + std::to_string(moves.size() - kLinesMax) +
                " more policies went to another target at the same moment");
}

}  // namespace fairlead::backend
