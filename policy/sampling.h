// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of a decision that is chance, or a client's hash: which of the candidates are taken.
// Pure and allocation-free.

#include <cstdint>
#include <span>

#include "base/ip.h"
#include "policy/draw.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// The weights of some targets of a node: zero is standby, and equal among themselves when alone.
struct Weights {
    bool standby = false;  // no candidate has weight
    std::uint64_t sum = 0;

    Weights(const Node& node, std::span<const std::uint16_t> places) {
        for (const auto place : places)
            sum += node.targets[place].weight;
        standby = sum == 0;
        if (standby) sum = places.size();
    }
    [[nodiscard]] std::uint64_t of(const Target& target) const {
        return standby ? 1 : target.weight;
    }
};

/// Draws up to max_answers of `places` without replacement, by weight or evenly as the node's
/// policy says, and moves them to the front. Returns how many. Standbys are not drawn to fill up:
/// they come in only when nobody with weight is among the places.
std::size_t draw_sample(const Node& node, std::span<std::uint16_t> places, Draw draw);

/// Moves the client's targets to the front instead, in the order in which its hash ranks them.
/// REQUIRES: node.affinity.
std::size_t rank_by_affinity(const Node& node, std::span<std::uint16_t> places,
                             const IpAddress& client);

}  // namespace fairlead::policy
