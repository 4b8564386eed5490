// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a system call says of its failure. Thread rule: errno is the calling thread's.

#include <cerrno>
#include <system_error>

#include "base/result.h"

namespace fairlead {

/// errno in words: "No such file or directory".
[[nodiscard]] inline Error last_system_error() {
    return Error{std::generic_category().message(errno)};
}

}  // namespace fairlead
