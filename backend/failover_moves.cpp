// SPDX-License-Identifier: Apache-2.0
#include "backend/failover_moves.h"

#include <memory>
#include <utility>

namespace fairlead::backend {

std::vector<policy::Move> advance_positions(ServingState& state, TimePoint now) {
    const policy::Forest& forest = state.catalog->forest();
    if (forest.failback_nodes().empty()) return {};
    auto next = state.positions == nullptr
                    ? std::make_shared<policy::FailoverPositions>(forest)
                    : std::make_shared<policy::FailoverPositions>(*state.positions);
    auto moves = next->advance(forest, state.conditions(), now);
    // Most publications move nothing: who follows the state sees by the pointer that it is so.
    if (state.positions == nullptr || *next != *state.positions) state.positions = std::move(next);
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

Event move_event(const policy::Forest& forest, const policy::Move& move) {
    const policy::Node& node = forest.node(move.node);
    const bool returns = move.is_return();
    Event event{.kind = returns ? EventKind::failback : EventKind::failover,
                .severity = returns ? LogLevel::info : LogLevel::warning,
                .subject = node.path + (move.family == Family::v4 ? " (A)" : " (AAAA)"),
                .from = node.targets[move.from].label,
                .to = node.targets[move.to].label};
    event.text = std::string(to_string(event.kind)) + ": " + event.subject + " goes from " +
                 event.from + " to " + event.to;
    return event;
}

}  // namespace fairlead::backend
