// SPDX-License-Identifier: Apache-2.0
#include "backend/failover_moves.h"

#include <memory>
#include <utility>

#include "backend/counted.h"

namespace fairlead::backend {
namespace {

Event event_of(bool returns, std::string_view by) {
    return {.kind = returns ? EventKind::failback : EventKind::failover,
            .severity = returns ? LogLevel::info : LogLevel::warning,
            .by = std::string(by)};
}

std::string text_of(const Event& event, const std::string& what) {
    return std::string(to_string(event.kind)) + ": " + event.subject + what +
           (event.by.empty() ? "" : ", by " + event.by);
}

Event event_of(const policy::Forest& forest, const policy::Move& move, std::string_view by) {
    const policy::Node& node = forest.node(move.node);
    Event event = event_of(move.is_return(), by);
    event.subject = node.path + (move.family == Family::v4 ? " (A)" : " (AAAA)");
    event.from = node.targets[move.from].label;
    event.to = node.targets[move.to].label;
    event.text = text_of(event, " goes from " + event.from + " to " + event.to);
    return event;
}

Event event_of_more(std::size_t count, bool returns, std::string_view by) {
    Event event = event_of(returns, by);
    event.subject = counted(count, "more failover node");
    event.to = returns ? "a better target" : "a worse target";
    event.text = text_of(event, (count == 1 ? " goes to " : " go to ") + event.to);
    return event;
}

}  // namespace

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
    // Until all names have been asked for, no node moves, however long it is due.
    if (state.positions == nullptr || !state.health->has_asked()) return TimePoint::max();
    return state.positions->due(state.catalog->forest());
}

std::vector<Event> move_events(const policy::Forest& forest, const std::vector<policy::Move>& moves,
                               std::string_view by) {
    std::vector<Event> events;
    std::size_t more_failovers = 0;
    std::size_t more_failbacks = 0;
    for (const auto& move : moves) {
        if (events.size() < kMovesToldMax) {
            events.push_back(event_of(forest, move, by));
        } else {
            ++(move.is_return() ? more_failbacks : more_failovers);
        }
    }
    if (more_failovers > 0) events.push_back(event_of_more(more_failovers, false, by));
    if (more_failbacks > 0) events.push_back(event_of_more(more_failbacks, true, by));
    return events;
}

}  // namespace fairlead::backend
