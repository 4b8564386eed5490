// SPDX-License-Identifier: Apache-2.0
#pragma once

// The exec check: a command decides, by its exit status as Nagios plugins have it (Monitoring
// Plugins Development Guidelines, "Plugin Return Codes"): 0 OK and 1 WARNING are healthy; 2
// CRITICAL, 3 UNKNOWN, any other status and a signal are not. The first line it prints is the
// reason. At the deadline its process group gets SIGTERM, and SIGKILL half a second later.
//
// A command can make a probe hold 1 KiB of output; what it prints beyond is read and dropped. A
// program that cannot be started is a fault of this machine, not of the target (Failure::resource).

#include <memory>
#include <string>
#include <vector>

#include "checks/command_slots.h"
#include "checks/health_check.h"
#include "checks/probe.h"

namespace fairlead::checks {

/// REQUIRES: `check.probe` holds an ExecProbe; a slot is free whenever it is started.
[[nodiscard]] std::unique_ptr<const Probe> make_exec_probe(const HealthCheck& check,
                                                           std::shared_ptr<CommandSlots> slots);

/// The whole environment of a check's command at `address`: PATH and the FAIRLEAD_ variables.
[[nodiscard]] std::vector<std::string> command_environment(const HealthCheck& check,
                                                           const IpAddress& address);

}  // namespace fairlead::checks
