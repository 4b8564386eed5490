// SPDX-License-Identifier: Apache-2.0
#pragma once

// The ways to PowerDNS that a configuration names. Thread rule: pure.

#include <memory>
#include <vector>

#include "backend/powerdns/channel.h"
#include "config/load.h"

namespace fairlead::backend {

/// One for each PowerDNS; empty where none can be told.
[[nodiscard]] std::vector<std::unique_ptr<const Channel>> open_channels(
    const config::ServerSettings& settings);

/// True when there is one.
[[nodiscard]] bool is_told(const config::ServerSettings& settings);

}  // namespace fairlead::backend
