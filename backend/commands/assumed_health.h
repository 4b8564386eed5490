// SPDX-License-Identifier: Apache-2.0
#pragma once

// The health that offline commands decide with: nobody has probed or resolved anything, so every
// endpoint counts as healthy but those that the user names, and aliases have no address but those
// that the user gives.

#include <string>
#include <vector>

#include "base/result.h"
#include "checks/snapshot.h"
#include "policy/catalog.h"

namespace fairlead::backend {

struct Assumptions {
    /// Names or addresses of endpoints that count as unhealthy.
    std::vector<std::string> down;
    /// "lb.example.net=192.0.2.1,2001:db8::1".
    std::vector<std::string> resolve;
};

/// The error says what is no endpoint, or one without a health check, and what is no alias.
[[nodiscard]] Result<checks::Snapshot> assumed_health(const policy::Catalog& catalog,
                                                      const Assumptions& assumed);

/// What to do about aliases below `root` that have no address; empty when there are none.
[[nodiscard]] std::string advice_on_aliases(const policy::Catalog& catalog,
                                            const checks::Snapshot& health, policy::NodeIndex root);

}  // namespace fairlead::backend
