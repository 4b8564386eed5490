// SPDX-License-Identifier: Apache-2.0
#pragma once

// Weighted rendezvous hashing: each client prefix ranks all targets, by a hash of both, and takes
// the first. A target that goes takes only its own clients' answers with it, and one that comes
// back gets exactly them; shares follow the weights.
//
// Source: D. Thaler, C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates" (1998); the
// logarithmic weights are of J. Resch, "New Hashing Algorithms for Data Storage" (2015).
// Pure; O(1) a target.

#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/ip.h"
#include "policy/draw.h"

namespace fairlead::policy {

/// FNV-1a, then mixed: the same for the same text in every process and version.
[[nodiscard]] inline std::uint64_t stable_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text)
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    return Draw::mix(hash);
}

/// Of the client's first `length` bits: neighbours that share them are one client.
[[nodiscard]] inline std::uint64_t client_hash(const IpAddress& client, std::uint8_t length) {
    const IpAddress network = client.masked(length);
    std::uint64_t hash = client.width();
    for (const auto byte : network.bytes())
        hash = Draw::mix(hash * 257 + byte + 1);
    return hash;
}

/// The target with the greatest score is the client's. REQUIRES: weight > 0.
[[nodiscard]] inline double rendezvous_score(std::uint64_t client, std::uint64_t target,
                                             std::uint64_t weight) {
    // 53 bits in (0, 1): never 0, whose logarithm is infinite, and never 1, whose is 0.
    const auto bits = Draw::mix(client ^ target) >> 11U;
    const double uniform = (static_cast<double>(bits) + 0.5) / 9007199254740992.0;
    return static_cast<double>(weight) / -std::log(uniform);
}

}  // namespace fairlead::policy
