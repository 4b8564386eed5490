// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tls check: healthy when a TLS handshake succeeds within the timeout and the certificate is
// valid for the target, for as long as it must be. Nothing is sent through the connection.

#include <memory>

#include "checks/health_check.h"
#include "checks/probe.h"
#include "checks/tls_context.h"

namespace fairlead::checks {

/// REQUIRES: `check.probe` holds a TlsProbe; `tls` is not null.
[[nodiscard]] std::unique_ptr<const Probe> make_tls_probe(const HealthCheck& check, TlsContext tls);

}  // namespace fairlead::checks
