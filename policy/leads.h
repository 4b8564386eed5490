// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which family decides whether a name is a CNAME, as far as the forest knows: see together.h, where
// it is decided for a client and a moment.
// Thread rule: functions of their arguments.

#include "base/ip.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// IPv4, or IPv6 where there is no IPv4 address. Both where there is neither.
[[nodiscard]] inline bool leads(const NodeFacts& facts, Family family) {
    return family == Family::v4 || !facts.has_address(Family::v4);
}

/// Whether the node's target can be what it answers to questions for the family. In one that does
/// not lead a CNAME is no choice.
[[nodiscard]] inline bool is_choice(const Forest& forest, NodeIndex node, const Target& target,
                                    Family family) {
    return leads(forest.facts(node), family) ? forest.has(target, family)
                                             : forest.has_address(target, family);
}

}  // namespace fairlead::policy
