// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tcp check: healthy when the connection is established within the timeout and, where asked
// for, what is expected comes back. Without `send` the target must speak first, as mail servers do.
//
// What a hostile target can make a probe hold: a 4 KiB piece and `max_body` bytes of its reply,
// until the timeout.

#include <memory>

#include "checks/health_check.h"
#include "checks/probe.h"

namespace fairlead::checks {

/// REQUIRES: `check.probe` holds a TcpProbe.
[[nodiscard]] std::unique_ptr<const Probe> make_tcp_probe(const HealthCheck& check);

}  // namespace fairlead::checks
