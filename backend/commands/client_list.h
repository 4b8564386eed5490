// SPDX-License-Identifier: Apache-2.0
#pragma once

// A list of client networks and how much each counts, as CSV.

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "policy/simulate.h"

namespace fairlead::backend {

/// Lines "NETWORK,WEIGHT" or "NETWORK" (weight 1); empty lines and those that start with '#' are
/// passed over. The error names file, line and what is wrong.
[[nodiscard]] Result<std::vector<policy::ClientBlock>> read_client_list(
    const std::filesystem::path& file);

}  // namespace fairlead::backend
