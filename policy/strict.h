// SPDX-License-Identifier: Apache-2.0
#pragma once

// The proof that no path leads out of a strict node (`strict: true`): a client that one of its
// targets is for gets an answer from that target, or none, whatever is healthy.
//
// The decision does its part: a strict node takes no wider match, and never fails in its parent's
// eyes. What is left is written in the configuration, and that is what is looked for here:
//
// - the node itself fails up, or uses a fallback;
// - a node inside a branch uses a fallback that can answer with an endpoint from outside of it;
// - a node above the strict one chooses by health, chance or distance, or sees the client at
// another
//   place (`ecs`), so that its clients could be led elsewhere;
// - a node above it has addresses of a family that the strict one has none of: clients that ask
//   for these would be led elsewhere.
//
// A client is held from where the decision reaches the strict node. Networks or places that a node
// above gives to another target, more narrowly, are that target's.
//
// Pure; thread rule: none.

#include <cstddef>
#include <optional>
#include <string>

#include "policy/tree.h"

namespace fairlead::policy {

/// Where a path leaves.
struct WayOut {
    std::optional<std::size_t> place;  // of the target in Node::targets; nothing = the node itself
    std::string how;                   // "{use: pool us} inside this branch can answer with us1"
};

/// The first way out of `node` itself, or out of a strict node below one of its targets through
/// `node`. REQUIRES: everything below it is in the forest; the node itself need not be.
[[nodiscard]] std::optional<WayOut> find_way_out(const Forest& forest, const Node& node);

}  // namespace fairlead::policy
