// SPDX-License-Identifier: Apache-2.0
#pragma once

// An explanation for machines: what policy::explain() tells people, as one JSON object.

#include <string>

#include "geo/locator.h"
#include "policy/lookup.h"

namespace fairlead::admin {

/// `traces` must have been filled by the lookup that made `reply`. Members: name, type, client,
/// location (null where nothing asks for it), exists, static (records of the asked type), and for
/// each decided type a member of that name with addresses, ttl, scope (null = cacheable),
/// depends_on and steps. Ends with a newline.
[[nodiscard]] std::string explain_json(const policy::Catalog& catalog, const geo::Locator& locator,
                                       const policy::Query& query, const policy::Reply& reply,
                                       const policy::Traces& traces);

}  // namespace fairlead::admin
