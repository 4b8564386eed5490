// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the decision did, step by step, for people: filled by decide() itself, never by a copy of
// it. Pointers refer to the forest that was decided on.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ip.h"
#include "policy/selection.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// What became of one target of a node.
enum class Fate : std::uint8_t {
    picked,
    eligible,     // could have been picked
    standby,      // weight 0 while a sibling with weight serves
    held_back,    // better than where the failover node stands, and waits for its failback
    unhealthy,    // its check, or everything below it
    forced_down,  // state: down
    drained,      // state: drain
    no_family,    // has no address of the asked family
    unresolved,   // an alias, or a node of aliases, that has never been resolved
    not_matched,  // geolocation: not for this client
};

struct TraceTarget {
    const Target* target = nullptr;
    Fate fate = Fate::eligible;
    double probability = 0;  // of being picked, given that the node is reached; 0 when it cannot be
    std::optional<geo::Latency> latency{};  // of policy latency: from the client, where measured
};

struct TraceStep {
    const Node* node = nullptr;
    int depth = 0;  // 0 at the root
    Manner manner = Manner::normal;
    Specificity matched =
        Specificity::none;  // how the picked target matched the client; none = default
    bool placed = false;    // the client's place or network gave the targets and their order
    std::size_t healthy = 0;
    std::size_t required = 0;          // min_healthy in this family
    std::vector<TraceTarget> targets;  // in the order of the configuration, the default last
};

struct Trace {
    std::vector<TraceStep> steps;
};

/// Of the decisions of A and of AAAA.
struct Traces {
    Trace v4;
    Trace v6;

    [[nodiscard]] Trace& of(Family family) { return family == Family::v4 ? v4 : v6; }
    [[nodiscard]] const Trace& of(Family family) const { return family == Family::v4 ? v4 : v6; }
};

}  // namespace fairlead::policy
