// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who may report in: from a heartbeat check and an endpoint, as operators and targets call them, to
// the subjects that the report is about.
// Thread rule: pure; made for one catalog, deeply const.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/catalog.h"

namespace fairlead::policy {

class HeartbeatTargets {
  public:
    /// O(endpoints) when the catalog has heartbeat checks, else nothing.
    explicit HeartbeatTargets(const Catalog& catalog);

    /// The subjects of `check` for the endpoint of this name or address; empty when there is none.
    /// A report about an endpoint with several addresses is about all of them.
    [[nodiscard]] const std::vector<checks::SubjectIndex>& find(std::string_view check,
                                                                std::string_view endpoint) const;

  private:
    std::map<std::pair<std::string, std::string>, std::vector<checks::SubjectIndex>> targets_;
};

}  // namespace fairlead::policy
