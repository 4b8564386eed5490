// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "backend/commands/commands.h"

namespace fairlead::backend {

/// Says "fairlead COMMAND: WHY" on `streams.err`: what was given to a command cannot be used.
/// Returns its exit code, kExitBadConfig.
int refuse(std::string_view command, const std::string& why, const Streams& streams);

}  // namespace fairlead::backend
