// SPDX-License-Identifier: Apache-2.0
#pragma once

// From what a health check says to the probe that does it, with what probes share.
// Thread rule: one thread; the probes it made do not need it any more.

#include <memory>
#include <string>

#include "base/result.h"
#include "checks/command_slots.h"
#include "checks/health_check.h"
#include "checks/probe.h"
#include "checks/tls_context.h"

namespace fairlead::checks {

class ProbeFactory {
  public:
    /// Loads the check's CA file, if it has one. Null for one that is not probed. The error names
    /// the check and the file.
    [[nodiscard]] Result<std::unique_ptr<const Probe>> make(const HealthCheck& check);

    /// What the probes of commands share.
    [[nodiscard]] const std::shared_ptr<CommandSlots>& command_slots() const {
        return command_slots_;
    }

    /// What this machine will not let the probes made so far do, and the remedy; empty = nothing.
    [[nodiscard]] const std::string& warning() const { return warning_; }

  private:
    [[nodiscard]] Result<std::unique_ptr<const Probe>> make_http(const HealthCheck& check,
                                                                 const HttpProbe& probe);
    [[nodiscard]] Result<std::unique_ptr<const Probe>> make_tls(const HealthCheck& check,
                                                                const TlsProbe& probe);
    [[nodiscard]] Result<std::unique_ptr<const Probe>> make_prometheus(
        const HealthCheck& check, const PrometheusProbe& probe);
    [[nodiscard]] std::unique_ptr<const Probe> make_icmp(const HealthCheck& check);
    [[nodiscard]] Result<TlsContext> context(const HealthCheck& check, const TlsSettings& settings);

    TlsContexts contexts_;
    std::shared_ptr<CommandSlots> command_slots_ = std::make_shared<CommandSlots>();
    std::string warning_;
};

}  // namespace fairlead::checks
