// SPDX-License-Identifier: Apache-2.0
#pragma once

// The health that offline commands decide with: nobody has probed anything, so every endpoint
// counts as healthy but those that the user names.

#include <string>
#include <vector>

#include "base/result.h"
#include "checks/snapshot.h"
#include "policy/catalog.h"

namespace fairlead::backend {

/// `down`: names or addresses of endpoints that count as unhealthy. The error says which of them is
/// no endpoint, or one without a health check.
[[nodiscard]] Result<checks::Snapshot> assumed_health(const policy::Catalog& catalog,
                                                      const std::vector<std::string>& down);

}  // namespace fairlead::backend
