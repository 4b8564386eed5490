// SPDX-License-Identifier: Apache-2.0
#pragma once

// What Prometheus replied to an instant query, held against a condition. Pure.
// Source: https://prometheus.io/docs/prometheus/latest/querying/api/ ("Format overview",
// "Expression query result formats").
//
// Only a comparison that fails speaks against the target. Whatever else is in the way - an error,
// an empty result, a value that is no number - says nothing of it: Failure::no_data.

#include <string_view>

#include "checks/metric_condition.h"
#include "checks/outcome.h"

namespace fairlead::checks {

/// `status`: of the HTTP reply whose whole text `body` is.
[[nodiscard]] Outcome judge_metric(unsigned status, std::string_view body,
                                   const MetricCondition& condition);

/// The target's health cannot be told, and why.
[[nodiscard]] Outcome no_metric(std::string_view why);

}  // namespace fairlead::checks
