// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where failover nodes stand, those with a failback and those that return by themselves alike.
// Thread rule: pure.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "admin/process.h"

namespace fairlead::admin {

/// So many nodes away from their first target are listed.
inline constexpr std::size_t kFailedOverMax = 100;

/// Of every failover node, in each family that it has.
[[nodiscard]] std::vector<policy::Place> failover_places(const View& view);

/// How many targets of the family the node prefers to the one where it stands: 0 is its first.
[[nodiscard]] std::size_t rank_of(const View& view, const policy::Place& place);

/// Nodes that do not stand at their first target.
[[nodiscard]] std::size_t count_failed_over(const View& view);

/// The same as a list, the first kFailedOverMax.
[[nodiscard]] nlohmann::ordered_json failed_over_json(const View& view);

}  // namespace fairlead::admin
