// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files that outlive the process: a reader, and a machine that loses power, finds the old one or
// the new one whole. Thread rule: waits for the disk, so not on a query, checker or control thread
// while it serves.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::backend {

/// The error says why it cannot be read; a file of more than `bytes_max` cannot.
[[nodiscard]] Result<std::string> read_whole(const std::filesystem::path& file,
                                             std::size_t bytes_max);

/// Replaces `file`, or leaves it as it is and returns the operating system's error. Mode 0600.
[[nodiscard]] Result<void> write_durably(const std::filesystem::path& file, std::string_view text);

}  // namespace fairlead::backend
