// SPDX-License-Identifier: Apache-2.0
#pragma once

// A program to run and its arguments. Thread rule: one thread; looks whether the program is there.

#include <filesystem>
#include <string>
#include <vector>

#include "config/findings.h"

namespace fairlead::config {

/// `words`: the items of a list; the program's path may start at `directory`.
[[nodiscard]] std::vector<std::string> read_command(const std::vector<Cursor>& words,
                                                    const std::filesystem::path& directory,
                                                    Findings& findings);

}  // namespace fairlead::config
