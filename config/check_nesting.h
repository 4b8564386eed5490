// SPDX-License-Identifier: Apache-2.0
#pragma once

// Calculated health checks may have calculated children, down to a depth and never back to
// themselves. Thread rule: pure.

#include <optional>
#include <string>
#include <vector>

#include "checks/health_check.h"
#include "config/rules.h"

namespace fairlead::config {

inline constexpr std::size_t kCheckDepthMax = 16;

struct NestingProblem {
    Rule rule;
    std::uint32_t check;  // index of the one to report
    std::string message;
};

/// The first thing that is wrong with the children in this list; nothing when all is well.
[[nodiscard]] std::optional<NestingProblem> nesting_problem(
    const std::vector<checks::HealthCheck>& list);

}  // namespace fairlead::config
