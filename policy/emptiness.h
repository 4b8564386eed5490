// SPDX-License-Identifier: Apache-2.0
#pragma once

// Can a name that has addresses have none for some client, or at some moment? In a signed zone it
// must not: the proof of an empty answer would name the type as there (RFC 4035 section 3.1.3.1).
// Thread rule: pure.

#include <cstdint>
#include <optional>
#include <string>

#include "policy/tree.h"

namespace fairlead::policy {

struct Emptiness {
    enum class Reason : std::uint8_t {
        no_answer,   // on_all_unhealthy: no_answer
        no_default,  // some clients match nothing, and no default has the family
        strict,      // strict, and some target does not have the family
    };
    NodeIndex node = 0;
    Reason reason = Reason::no_answer;
};

/// Where the tree can come to nothing in a family that it has; nothing when it has none, or always
/// answers. Errs on the side of what could be: that a check never fails is not known here.
[[nodiscard]] std::optional<Emptiness> may_be_empty(const Forest& forest, NodeIndex root,
                                                    Family family);

/// "has no default with an A; give it one": goes on after the node's label.
[[nodiscard]] std::string to_string(Emptiness::Reason reason, const std::string& type);

}  // namespace fairlead::policy
