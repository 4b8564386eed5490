// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names with a policy as documents: the list of them, one with its whole tree under the conditions
// of this moment, and whether anything healthy is left. Thread rule: pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "admin/endpoints.h"
#include "admin/process.h"
#include "policy/client.h"

namespace fairlead::admin {

/// Which names, and what of them.
struct RecordSelection {
    /// Only names that can be answered with one of these.
    std::optional<std::vector<policy::EndpointIndex>> answered_by;
    /// With each address's share of the answers to this client.
    std::optional<policy::Client> shares_for;
};

/// {"total": ..., "records": [...]}: the selected names, in the order of the zones. "total" is that
/// of all pages.
[[nodiscard]] nlohmann::ordered_json records_json(const View& view, const Page& page,
                                                  const RecordSelection& selection = {});

/// Of a steered name, "pool NAME" or "policy NAME", for each type that it has: how many of its
/// targets are able to answer somebody. Null when there is no such thing.
[[nodiscard]] nlohmann::ordered_json standing_json(const View& view, std::string_view name);

/// For each type the shares of the answers and the tree, as this client sees them; static records
/// beside. REQUIRES: `records` is in the view's catalog.
[[nodiscard]] nlohmann::ordered_json record_json(const View& view, const policy::RecordSet& records,
                                                 const policy::Client& client, const Moment& now);

}  // namespace fairlead::admin
