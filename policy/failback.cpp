// SPDX-License-Identifier: Apache-2.0
#include "policy/failback.h"

#include <algorithm>

#include "policy/conditions.h"
#include "policy/leads.h"
#include "policy/selection.h"

namespace fairlead::policy {
namespace {

constexpr TimePoint kNever = TimePoint::max();

/// The first target that has been able to answer since `latest` at least.
std::optional<std::uint16_t> first_usable(const Position& position, TimePoint latest) {
    const auto& since = position.usable_since;
    const auto found = std::find_if(since.begin(), since.end(), [&](TimePoint usable) {
        return usable != kNever && usable <= latest;
    });
    if (found == since.end()) return std::nullopt;
    return static_cast<std::uint16_t>(found - since.begin());
}

/// Where the node goes; its own place when it stays.
std::uint16_t next_place(const Position& position, const Failback& failback, TimePoint now) {
    if (position.usable_since[position.place] == kNever) {
        return first_usable(position, now).value_or(position.place);
    }
    if (failback.mode == Failback::Mode::manual) return position.place;
    const auto settled = first_usable(position, now - failback.after);
    return std::min(settled.value_or(position.place), position.place);
}

std::optional<std::uint16_t> place_of(const Node& node, std::uint64_t identity) {
    for (std::size_t i = 0; i < node.targets.size(); ++i) {
        if (node.targets[i].identity == identity) return static_cast<std::uint16_t>(i);
    }
    return std::nullopt;
}

/// The first target that is a choice for the family; 0 when none is.
std::uint16_t first_place(const Forest& forest, NodeIndex index, Family family) {
    const auto& targets = forest.node(index).targets;
    const auto found = std::find_if(targets.begin(), targets.end(), [&](const Target& target) {
        return is_choice(forest, index, target, family);
    });
    return found == targets.end() ? std::uint16_t{0}
                                  : static_cast<std::uint16_t>(found - targets.begin());
}

}  // namespace

FailoverPositions::FailoverPositions(const Forest& forest) {
    for (const NodeIndex index : forest.failback_nodes()) {
        const auto targets = forest.node(index).targets.size();
        for (const auto family : kFamilies) {
            positions_.push_back({.node = index,
                                  .family = family,
                                  .place = first_place(forest, index, family),
                                  .since = {},
                                  .usable_since = std::vector<TimePoint>(targets, kNever)});
        }
    }
}

std::vector<Move> FailoverPositions::advance(const Forest& forest, const Conditions& conditions,
                                             TimePoint now) {
    std::vector<Move> moves;
    if (!conditions.health.has_asked()) return moves;
    for (Position& position : positions_) {
        const Node& node = forest.node(position.node);
        if (!forest.facts(position.node).has(position.family)) continue;
        const auto selection = Selection::for_everybody(forest, conditions, position.family);
        for (std::size_t place = 0; place < node.targets.size(); ++place) {
            const Target& target = node.targets[place];
            const bool usable = is_choice(forest, position.node, target, position.family) &&
                                selection.standing(target) == Standing::usable;
            TimePoint& since = position.usable_since[place];
            since = usable ? std::min(since, now) : kNever;
        }
        const auto place = next_place(position, node.failback, now);
        if (place != position.place) move(position, place, now, moves);
    }
    return moves;
}

void FailoverPositions::move(Position& position, std::uint16_t to, TimePoint now,
                             std::vector<Move>& moves) {
    moves.push_back(
        {.node = position.node, .family = position.family, .from = position.place, .to = to});
    position.place = to;
    position.since = now;
}

TimePoint FailoverPositions::due(const Forest& forest) const {
    TimePoint due = kNever;
    for (const Position& position : positions_) {
        const Failback& failback = forest.node(position.node).failback;
        if (failback.mode != Failback::Mode::after) continue;
        if (!forest.facts(position.node).has(position.family)) continue;  // never moves
        for (std::size_t place = 0; place < position.place; ++place) {
            const TimePoint since = position.usable_since[place];
            if (since != kNever) due = std::min(due, since + failback.after);
        }
    }
    return due;
}

std::vector<Move> FailoverPositions::fail_back(const Forest& forest, NodeIndex node,
                                               TimePoint now) {
    std::vector<Move> moves;
    for (const auto family : kFamilies) {
        Position& position = of(forest.node(node), family);
        const auto best = first_usable(position, now);
        if (best && *best < position.place) move(position, *best, now, moves);
    }
    return moves;
}

bool FailoverPositions::restore(const Forest& forest, NodeIndex node, Family family,
                                std::string_view target, TimePoint since) {
    const auto& targets = forest.node(node).targets;
    const auto found = std::find_if(targets.begin(), targets.end(),
                                    [&](const Target& known) { return known.label == target; });
    if (found == targets.end() || !forest.has(*found, family)) return false;
    Position& position = of(forest.node(node), family);
    position.place = static_cast<std::uint16_t>(found - targets.begin());
    position.since = since;
    return true;
}

void FailoverPositions::inherit(const Forest& forest, const FailoverPositions& earlier,
                                const Forest& earlier_forest) {
    const auto by_path = failback_nodes_by_path(forest);
    for (const Position& known : earlier.positions_) {
        const Node& before = earlier_forest.node(known.node);
        const auto found = by_path.find(before.path);
        if (found == by_path.end()) continue;
        const Node& node = forest.node(found->second);
        Position& position = of(node, known.family);
        for (std::size_t i = 0; i < before.targets.size(); ++i) {
            const auto place = place_of(node, before.targets[i].identity);
            if (!place || !forest.has(node.targets[*place], known.family)) continue;
            position.usable_since[*place] = known.usable_since[i];
            if (i == known.place) position.place = *place;
        }
        position.since = known.since;
    }
}

std::size_t better_targets(const Forest& forest, NodeIndex node, Family family,
                           std::uint16_t place) {
    const auto better = std::span(forest.node(node).targets).first(place);
    return static_cast<std::size_t>(std::count_if(
        better.begin(), better.end(),
        [&](const Target& target) { return is_choice(forest, node, target, family); }));
}

std::unordered_map<std::string_view, NodeIndex> failback_nodes_by_path(const Forest& forest) {
    std::unordered_map<std::string_view, NodeIndex> by_path;
    for (const NodeIndex index : forest.failback_nodes())
        by_path.emplace(forest.node(index).path, index);
    return by_path;
}

std::optional<NodeIndex> find_failback_node(const Forest& forest, std::string_view path) {
    for (const NodeIndex index : forest.failback_nodes()) {
        if (forest.node(index).path == path) return index;
    }
    return std::nullopt;
}

}  // namespace fairlead::policy
