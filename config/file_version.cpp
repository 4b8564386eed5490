// SPDX-License-Identifier: Apache-2.0
#include "config/file_version.h"

#include <sys/stat.h>

namespace fairlead::config {

FileVersion version_of(const std::filesystem::path& path) {
    struct stat found {};
    FileVersion version{.path = path};
    if (::stat(path.c_str(), &found) != 0) return version;
    version.device = found.st_dev;
    version.inode = found.st_ino;
    version.size = found.st_size;
    version.modified_ns =
        found.st_mtim.tv_sec * std::int64_t{1'000'000'000} + found.st_mtim.tv_nsec;
    return version;
}

FileVersions current(const FileVersions& versions) {
    FileVersions now;
    now.reserve(versions.size());
    for (const auto& version : versions)
        now.push_back(version_of(version.path));
    return now;
}

}  // namespace fairlead::config
