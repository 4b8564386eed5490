// SPDX-License-Identifier: Apache-2.0
#pragma once

// The body of a message to a webhook or a command; docs/operations.md describes it. Thread rule:
// pure.

#include <string>

#include "backend/alerts/alert_groups.h"

namespace fairlead::backend {

/// `instance`: which fairlead speaks, the machine's name.
[[nodiscard]] std::string alert_json(const AlertMessage& message, const std::string& instance);

}  // namespace fairlead::backend
