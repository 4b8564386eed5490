// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file that is in memory only, for what reads files by their name.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/descriptor.h"
#include "tests/fuzz/require.h"

class MemoryFile {
  public:
    /// `name` is only for /proc.
    explicit MemoryFile(const char* name) : file_(::memfd_create(name, MFD_CLOEXEC)) {
        require(file_.is_open());
    }

    /// This, and nothing else, is what it holds.
    void hold(const std::uint8_t* data, std::size_t size) const {
        require(::ftruncate(file_.get(), 0) == 0);
        require(::pwrite(file_.get(), data, size, 0) == static_cast<ssize_t>(size));
    }
    [[nodiscard]] std::string path() const {
        return "/proc/self/fd/" + std::to_string(file_.get());
    }

  private:
    fairlead::Descriptor file_;
};
