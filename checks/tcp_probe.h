// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tcp check: healthy when the connection is established within the timeout. Nothing is sent.

#include <memory>

#include "checks/health_check.h"
#include "checks/probe.h"

namespace fairlead::checks {

[[nodiscard]] std::unique_ptr<const Probe> make_tcp_probe(const HealthCheck& check);

}  // namespace fairlead::checks
