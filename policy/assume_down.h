// SPDX-License-Identifier: Apache-2.0
#pragma once

// "What if it were down": health as it is, but for some endpoints. Pure.

#include <string>
#include <vector>

#include "base/result.h"
#include "checks/snapshot.h"
#include "policy/catalog.h"

namespace fairlead::policy {

/// Marks endpoints, or single addresses of them, as unhealthy in `health`, which is of this
/// catalog. The error says which of `down` is no endpoint, or has nothing that could be found down.
[[nodiscard]] Result<void> assume_down(const Catalog& catalog, const std::vector<std::string>& down,
                                       checks::Snapshot& health);

}  // namespace fairlead::policy
