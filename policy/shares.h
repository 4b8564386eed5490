// SPDX-License-Identifier: Apache-2.0
#pragma once

// What part of one client's answers each address, or CNAME, gets: the decision with its draws
// replaced by their probabilities. Exact, not sampled.
//
// Pure. An answer of several targets counts as shared equally among them, as clients do that take
// any.

#include <map>
#include <string>
#include <variant>

#include "base/ip.h"
#include "policy/selection.h"

namespace fairlead::policy {

/// One thing that is answered: an address, or the target of a CNAME.
using Content = std::variant<IpAddress, std::string>;

/// "192.0.2.1", "CNAME static.example.net."
[[nodiscard]] std::string to_string(const Content& content);

struct Shares {
    std::map<Content, double> parts;
    double unanswered = 0;  // parts and this add up to 1
    bool exact = true;      // false: a weighted draw of several among too many to work out
};

/// Targets of a weighted node of several answers, up to which their shares are worked out exactly
/// (2^n steps). Above, the share of the first draw stands for all.
inline constexpr std::size_t kExactSampleMax = 16;

/// Of one family, as decide() answers it. A node with affinity counts as if many clients asked,
/// each with a hash of its own.
[[nodiscard]] Shares shares(const Selection& selection, NodeIndex root);

/// What clients see who ask for the family, as decide_together() answers it.
[[nodiscard]] Shares shares_together(const Selection& selection, NodeIndex root);

}  // namespace fairlead::policy
