// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the CNAMEs lead that a tree can answer with.
// Thread rule: a function of its arguments.

#include <vector>

#include "base/dns_name.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// Those of fallbacks, too. O(nodes below that lead to one).
[[nodiscard]] std::vector<DnsName> cname_targets(const Forest& forest, NodeIndex root);

}  // namespace fairlead::policy
