// SPDX-License-Identifier: Apache-2.0
#pragma once

// How large a benchmark is: what is left out has the size whose figures are in docs/performance.md.

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace fairlead::bench {

/// `text` as a number from 1 on, or `otherwise` when it is null. Ends the program with `usage` and
/// status 2 when it is anything else.
[[nodiscard]] inline std::size_t count_argument(const char* text, std::size_t otherwise,
                                                const char* usage) {
    if (text == nullptr) return otherwise;
    std::size_t value = 0;
    const char* const all = text + std::strlen(text);
    const auto [end, error] = std::from_chars(text, all, value);
    if (error == std::errc() && end == all && value > 0) return value;
    std::fprintf(stderr, "usage: %s\n", usage);
    std::exit(2);
}

}  // namespace fairlead::bench
