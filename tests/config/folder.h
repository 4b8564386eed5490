// SPDX-License-Identifier: Apache-2.0
#pragma once

// A folder with configuration files for one test, which goes away with it. Thread rule: one thread.

#include <fcntl.h>
#include <stdlib.h>  // mkdtemp is POSIX
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/catch.h"

namespace fairlead::config {

class Folder {
  public:
    Folder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "fairlead-config-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    // The path of what was written.
    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return path_ / name;
    }
    void set_time(const std::string& name, time_t seconds) const {
        const std::array<timespec, 2> times{timespec{seconds, 0}, timespec{seconds, 0}};
        REQUIRE(utimensat(AT_FDCWD, (path_ / name).c_str(), times.data(), 0) == 0);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace fairlead::config
