// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `fairlead status` says first. Thread rule: pure.

#include <nlohmann/json_fwd.hpp>
#include <ostream>

namespace fairlead::backend {

/// `status` is what admin::status_json() makes.
void print_status_summary(const nlohmann::ordered_json& status, bool colour, std::ostream& out);

}  // namespace fairlead::backend
