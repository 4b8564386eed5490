// SPDX-License-Identifier: Apache-2.0
#pragma once

// "What if it were down": health as it is, but for some endpoints. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/snapshot.h"
#include "policy/catalog.h"

namespace fairlead::policy {

/// What cannot be assumed down, and why.
struct NeverDown {
    enum class Reason : std::uint8_t {
        unknown,     // no endpoint, and no address of one
        unresolved,  // an alias without an address
        unchecked,   // nothing would ever find it down
    };
    std::string target;  // as it was given
    Reason reason = Reason::unknown;
};

/// Marks endpoints, or single addresses of them, as unhealthy in `health`, which is of this
/// catalog. Returns the first of `down` with which that cannot be; nothing when all is done.
[[nodiscard]] std::optional<NeverDown> assume_down(const Catalog& catalog,
                                                   const std::vector<std::string>& down,
                                                   checks::Snapshot& health);

/// "endpoint "fra1" has no health check, so nothing would ever find it down".
[[nodiscard]] std::string to_string(const NeverDown& never);

}  // namespace fairlead::policy
