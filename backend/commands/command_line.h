// SPDX-License-Identifier: Apache-2.0
#pragma once

// `fairlead COMMAND ...`: reads the command line and runs the command.

#include "backend/commands/commands.h"

namespace fairlead::backend {

/// Returns the exit code: the command's, or 2 with one line on `streams.err` when the command line
/// itself is wrong.
[[nodiscard]] int run_command_line(int argc, const char* const* argv, const Streams& streams);

}  // namespace fairlead::backend
