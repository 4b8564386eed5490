// SPDX-License-Identifier: Apache-2.0
#pragma once

// `resolver:`: who is asked what host names resolve to. Thread rule: one thread.

#include <string>

#include "config/fields.h"
#include "config/findings.h"

namespace fairlead::config {

/// "192.0.2.53:5353,[2001:db8::53]:53"; empty without the section: the system's servers.
[[nodiscard]] std::string read_resolver(const Fields* resolver, Findings& findings);

}  // namespace fairlead::config
