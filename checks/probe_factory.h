// SPDX-License-Identifier: Apache-2.0
#pragma once

// From what a health check says to the probe that does it, with what probes share.
// Thread rule: one thread; the probes it made do not need it any more.

#include <memory>

#include "base/result.h"
#include "checks/health_check.h"
#include "checks/probe.h"
#include "checks/tls_context.h"

namespace fairlead::checks {

class ProbeFactory {
  public:
    /// Loads the check's CA file, if it has one. The error names the check and the file.
    [[nodiscard]] Result<std::unique_ptr<const Probe>> make(const HealthCheck& check);

  private:
    [[nodiscard]] Result<TlsContext> context(const HealthCheck& check, const TlsSettings& settings);

    TlsContexts contexts_;
};

}  // namespace fairlead::checks
