// SPDX-License-Identifier: Apache-2.0
#include "policy/failback.h"

#include <algorithm>

#include "policy/conditions.h"
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

std::optional<std::uint16_t> place_of(const Node& node, std::string_view label) {
    for (std::size_t i = 0; i < node.targets.size(); ++i) {
        if (node.targets[i].label == label) return static_cast<std::uint16_t>(i);
    }
    return std::nullopt;
}

}  // namespace

FailoverPositions::FailoverPositions(const Forest& forest) {
    for (const NodeIndex index : forest.failback_nodes()) {
        const auto targets = forest.node(index).targets.size();
        for (const auto family : {Family::v4, Family::v6}) {
            positions_.push_back({.node = index,
                                  .family = family,
                                  .place = 0,
                                  .since = {},
                                  .usable_since = std::vector<TimePoint>(targets, kNever)});
        }
    }
}

std::vector<Move> FailoverPositions::advance(const Forest& forest, const Conditions& conditions,
                                             TimePoint now) {
    std::vector<Move> moves;
    for (Position& position : positions_) {
        const Node& node = forest.node(position.node);
        if (!forest.facts(position.node).has(position.family)) continue;
        const auto selection = Selection::for_everybody(forest, conditions, position.family);
        for (std::size_t place = 0; place < node.targets.size(); ++place) {
            const bool usable = selection.standing(node.targets[place]) == Standing::usable;
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
        for (std::size_t place = 0; place < position.place; ++place) {
            const TimePoint since = position.usable_since[place];
            if (since != kNever) due = std::min(due, since + failback.after);
        }
    }
    return due;
}

Position& FailoverPositions::at(const Forest& forest, NodeIndex node, Family family) {
    const std::size_t slot = *forest.node(node).failback_slot;
    return positions_[slot * 2 + (family == Family::v4 ? 0 : 1)];
}

std::vector<Move> FailoverPositions::fail_back(const Forest& forest, NodeIndex node,
                                               TimePoint now) {
    std::vector<Move> moves;
    for (const auto family : {Family::v4, Family::v6}) {
        Position& position = at(forest, node, family);
        const auto best = first_usable(position, now);
        if (best && *best < position.place) move(position, *best, now, moves);
    }
    return moves;
}

bool FailoverPositions::restore(const Forest& forest, NodeIndex node, Family family,
                                std::string_view target, TimePoint since) {
    const auto place = place_of(forest.node(node), target);
    if (!place) return false;
    Position& position = at(forest, node, family);
    position.place = *place;
    position.since = since;
    return true;
}

void FailoverPositions::inherit(const Forest& forest, const FailoverPositions& earlier,
                                const Forest& earlier_forest) {
    for (const Position& known : earlier.positions_) {
        const Node& before = earlier_forest.node(known.node);
        const auto index = find_failback_node(forest, before.path);
        if (!index) continue;
        (void)restore(forest, *index, known.family, before.targets[known.place].label, known.since);
        auto& usable_since = at(forest, *index, known.family).usable_since;
        for (std::size_t i = 0; i < before.targets.size(); ++i) {
            const auto place = place_of(forest.node(*index), before.targets[i].label);
            if (place) usable_since[*place] = known.usable_since[i];
        }
    }
}

std::optional<NodeIndex> find_failback_node(const Forest& forest, std::string_view path) {
    for (const NodeIndex index : forest.failback_nodes()) {
        if (forest.node(index).path == path) return index;
    }
    return std::nullopt;
}

}  // namespace fairlead::policy
