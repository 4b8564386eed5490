// SPDX-License-Identifier: Apache-2.0
#pragma once

// A list of client networks and how much each counts, as CSV.

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/audience.h"

namespace fairlead::admin {

/// Lines "NETWORK,WEIGHT" or "NETWORK" (weight 1); empty lines and those that start with '#' are
/// passed over. The error names the line and what is wrong; `source` is what the list is called.
[[nodiscard]] Result<std::vector<policy::ClientBlock>> read_client_list(std::istream& in,
                                                                        const std::string& source);

}  // namespace fairlead::admin
