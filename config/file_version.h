// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which content a path has at a moment, as far as that can be told without reading it. A rewritten
// file has another time, a replaced one another inode. Thread rule: values.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace fairlead::config {

struct FileVersion {
    std::filesystem::path path;
    dev_t device = 0;
    ino_t inode = 0;  // 0: there is no such file
    off_t size = 0;
    std::int64_t modified_ns = 0;  // Unix time

    friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

/// Follows symbolic links. Never fails: what cannot be looked at is not there.
[[nodiscard]] FileVersion version_of(const std::filesystem::path& path);

using FileVersions = std::vector<FileVersion>;

/// The same paths as they are now.
[[nodiscard]] FileVersions current(const FileVersions& versions);

}  // namespace fairlead::config
