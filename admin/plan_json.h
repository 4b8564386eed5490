// SPDX-License-Identifier: Apache-2.0
#pragma once

// What another configuration would change, as the document that the interface and the command line
// show. Pure.

#include <nlohmann/json_fwd.hpp>

#include "policy/catalog.h"
#include "policy/plan.h"

namespace fairlead::admin {

/// `plan` is from `before` to `after`. Shares of clients, from 0 to 1, the largest first.
[[nodiscard]] nlohmann::ordered_json plan_json(const policy::Catalog& before,
                                               const policy::Catalog& after,
                                               const policy::Plan& plan);

}  // namespace fairlead::admin
