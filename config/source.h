// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a path to the texts of a configuration. Thread rule: any one thread; reads files.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/diagnostics.h"
#include "config/document.h"
#include "config/file_version.h"

namespace fairlead::config {

struct TextFile {
    std::string text;           // at most one block more than kSourceBytesMax
    std::int64_t modified = 0;  // in Unix seconds
};
[[nodiscard]] Result<TextFile> read_text_file(const std::filesystem::path& path);

struct Sources {
    std::vector<Source> list;         // in the order of their names
    std::filesystem::path directory;  // where relative paths in them start
    std::int64_t newest = 0;          // last modification of the newest, in Unix seconds
    FileVersions versions;            // of the files, and of the directory, before they were read
};

/// Reads the file `path`, or the *.yaml and *.yml files of the directory `path` (hidden ones and
/// subdirectories are left out). What cannot be read goes to `findings`.
[[nodiscard]] Sources read_sources(const std::filesystem::path& path, Diagnostics& findings);

}  // namespace fairlead::config
