// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operator means by a name: the endpoints that "fra1", "203.0.113.10", "pool eu" or
// "site=fra" are, and the failover nodes that "db.example.com" or "policies.eu" is about. And what
// hangs on them. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/catalog.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// True for what may be many endpoints: "pool eu", "site=fra".
[[nodiscard]] bool names_group(std::string_view target);

/// An endpoint by its name or one of its addresses, all endpoints of "pool NAME", or those with the
/// label "NAME=VALUE" (or with each of several, see LabelSelector); empty when nothing is called
/// so.
[[nodiscard]] std::vector<EndpointIndex> endpoints_named(const Forest& forest,
                                                         std::string_view target);

/// Why endpoints_named() is empty, with the remedy and the likest name that there is.
[[nodiscard]] std::string nothing_named(const Forest& forest, std::string_view target);

/// The nodes whose label is "pool NAME", in the order of the configuration.
[[nodiscard]] std::vector<NodeIndex> pools_of(const Forest& forest);

/// All endpoints that an answer of this node may come from, each once, in ascending order.
[[nodiscard]] std::vector<EndpointIndex> endpoints_below(const Forest& forest, NodeIndex node);

/// By node: whether an answer of it can come from one of these endpoints. O(nodes + targets).
[[nodiscard]] std::vector<bool> nodes_leading_to(const Forest& forest,
                                                 const std::vector<EndpointIndex>& endpoints);

/// The failover nodes that do not fail back by themselves and that `name` means: the one with this
/// path, or of the policy of this name, or all in the tree of the record of this name.
[[nodiscard]] std::vector<NodeIndex> failback_nodes_named(const Catalog& catalog,
                                                          std::string_view name);

/// By endpoint: the largest TTL of the names that may be answered with it, in seconds; 0 when none
/// may. O(names + targets).
[[nodiscard]] std::vector<std::uint32_t> largest_ttls(const Catalog& catalog);

}  // namespace fairlead::policy
