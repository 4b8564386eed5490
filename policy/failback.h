// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where failover nodes stand that do not return to a better target by themselves
// (`failback: {after: D}` or `manual`).
//
// Such a node leaves its current target when that cannot answer any more, for the first one in list
// order that can. It returns to a better one only after that one has been able to answer for D
// without a break, or, with manual, when it is told to. Nothing is left while nothing else can
// answer: total failure does not move a node.
//
//     failback {after: 5m}, targets a, b      a fails at 0:00, returns at 0:02, dips at 0:04-0:05
//     stands at                               b from 0:00 on, a from 0:10 on
//
// A position holds for all clients alike, so it is judged as nobody's: a target counts as able to
// answer when it is for somebody. A client for whom the current target has nothing gets the first
// that has. Decisions only prefer the current target: an unhealthy one is never answered because of
// its position.
//
// Thread rule: a value; deeply const once published. Pure: the time is passed in.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "policy/tree.h"

namespace fairlead::policy {

struct Conditions;

/// One node's place, in one family.
struct Position {
    NodeIndex node = 0;
    Family family = Family::v4;
    std::uint16_t place = 0;  // of the current target in Node::targets
    TimePoint since{};        // when it was reached; the epoch: from the start

    /// Since when each target has been able to answer; TimePoint::max() = it is not.
    std::vector<TimePoint> usable_since;

    friend bool operator==(const Position&, const Position&) = default;
};

/// Where a node that returns by itself (`failback: auto`) is seen to stand in one family. It has no
/// position: its answers follow the conditions.
struct Place {
    NodeIndex node = 0;
    Family family = Family::v4;
    std::uint16_t place = 0;  // of the target in Node::targets

    friend bool operator==(const Place&, const Place&) = default;
};

/// A node that went from one target to another.
struct Move {
    NodeIndex node = 0;
    Family family = Family::v4;
    std::uint16_t from = 0;
    std::uint16_t to = 0;

    [[nodiscard]] bool is_return() const { return to < from; }
};

class FailoverPositions {
  public:
    /// Every node with a failback stands at its first target, in each family at the first that has
    /// it.
    explicit FailoverPositions(const Forest& forest);

    /// True when no node has a failback: there is nothing to advance.
    [[nodiscard]] bool empty() const { return positions_.empty(); }
    [[nodiscard]] std::span<const Position> all() const { return positions_; }

    /// Of a node with a failback; REQUIRES: has(family).
    [[nodiscard]] const Position& of(const Node& node, Family family) const {
        return positions_[index_of(node, family)];
    }

    /// What becomes of the positions under these conditions (whose own positions are not looked
    /// at). Nobody moves before all aliases were asked for. The moves are in the order of the
    /// nodes, children first.
    [[nodiscard]] std::vector<Move> advance(const Forest& forest, const Conditions& conditions,
                                            TimePoint now);

    /// When advance() may next return a target because it has been well for long enough;
    /// TimePoint::max() when none waits.
    [[nodiscard]] TimePoint due(const Forest& forest) const;

    /// Sends a node with a failback to its first target that is able to answer.
    [[nodiscard]] std::vector<Move> fail_back(const Forest& forest, NodeIndex node, TimePoint now);

    /// Puts a node where it stood before a restart: at the target with this label (Target::label).
    /// False when it has no such target.
    bool restore(const Forest& forest, NodeIndex node, Family family, std::string_view target,
                 TimePoint since);

    /// Takes up what is known of the nodes and targets that this forest shares with an earlier one,
    /// by the nodes' paths and the targets' identities: a reload moves nobody and starts no wait
    /// anew. O(targets of these nodes).
    void inherit(const Forest& forest, const FailoverPositions& earlier,
                 const Forest& earlier_forest);

    friend bool operator==(const FailoverPositions&, const FailoverPositions&) = default;

  private:
    [[nodiscard]] static std::size_t index_of(const Node& node, Family family) {
        return std::size_t{*node.failback_slot} * 2 + (family == Family::v4 ? 0 : 1);
    }
    [[nodiscard]] Position& of(const Node& node, Family family) {
        return positions_[index_of(node, family)];
    }
    void move(Position& position, std::uint16_t to, TimePoint now, std::vector<Move>& moves);

    std::vector<Position> positions_;  // two for each slot: IPv4, IPv6
};

/// How many of the node's targets that can have the family stand before this place.
[[nodiscard]] std::size_t better_targets(const Forest& forest, NodeIndex node, Family family,
                                         std::uint16_t place);

/// The nodes with a failback by Node::path. Views into the forest.
[[nodiscard]] std::unordered_map<std::string_view, NodeIndex> failback_nodes_by_path(
    const Forest& forest);

/// The node that is called `path` (Node::path); nothing when none with a failback is.
[[nodiscard]] std::optional<NodeIndex> find_failback_node(const Forest& forest,
                                                          std::string_view path);

}  // namespace fairlead::policy
