// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names with a policy as documents: the list of them, and one with its whole tree under the
// conditions of this moment. Thread rule: pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "admin/endpoints.h"
#include "admin/process.h"
#include "policy/client.h"

namespace fairlead::admin {

/// {"total": ..., "records": [...]}: the steered names, in the order of the zones.
[[nodiscard]] nlohmann::ordered_json records_json(const View& view, const Page& page);

/// For each type the shares of the answers and the tree, as this client sees them; static records
/// beside. REQUIRES: `records` is in the view's catalog.
[[nodiscard]] nlohmann::ordered_json record_json(const View& view, const policy::RecordSet& records,
                                                 const policy::Client& client, const Moment& now);

}  // namespace fairlead::admin
