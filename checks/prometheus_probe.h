// SPDX-License-Identifier: Apache-2.0
#pragma once

// The prometheus check: an instant query, and its result held against a condition. The request is
// an http check's; see metric_result.h for what the reply means. What keeps Prometheus from
// answering says nothing of the target: Failure::no_data.

#include <memory>

#include "checks/health_check.h"
#include "checks/probe.h"
#include "checks/tls_context.h"

namespace fairlead::checks {

/// `tls` may be null where no https is asked. REQUIRES: `check.probe` holds a PrometheusProbe.
[[nodiscard]] std::unique_ptr<const Probe> make_prometheus_probe(const HealthCheck& check,
                                                                 TlsContext tls);

}  // namespace fairlead::checks
