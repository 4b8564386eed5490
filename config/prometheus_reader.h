// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the keys of a prometheus check say. Thread rule: one thread.

#include <string_view>

#include "checks/health_check.h"
#include "config/fields.h"
#include "config/findings.h"

namespace fairlead::config {

/// Into `check` go its target and port, which stand in `url`, and its probe; what the probe has in
/// common with those of other types (`tls`, `headers`) is there already.
void read_prometheus(const Fields& fields, Findings& findings, checks::PrometheusProbe probe,
                     checks::HealthCheck& check);

/// Whether `url:` asks for TLS.
[[nodiscard]] bool has_https_url(const Fields& fields);

}  // namespace fairlead::config
