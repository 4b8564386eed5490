// SPDX-License-Identifier: Apache-2.0
#pragma once

// Turns what lookup() did into the text that `fairlead explain` prints.

#include <string>

#include "base/clock.h"
#include "geo/locator.h"
#include "policy/lookup.h"

namespace fairlead::policy {

/// Several lines, each ended: question, one line a node with its targets, answer, ttl, scope and
/// cacheability with their reasons. `traces` must have been filled by the lookup that made `reply`,
/// under the same conditions; `now` tells how long an endpoint has been down, `locator` (the one
/// that the catalog was compiled with) where the client is.
[[nodiscard]] std::string explain(const Catalog& catalog, const Conditions& conditions,
                                  const geo::Locator& locator, const Query& query,
                                  const Reply& reply, const Traces& traces, TimePoint now);

}  // namespace fairlead::policy
