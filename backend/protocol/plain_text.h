// SPDX-License-Identifier: Apache-2.0
#pragma once

// What stands for itself in a JSON string that PowerDNS and fairlead send each other: printable
// ASCII but '"' and '\'. Everything else is escaped in some way. Thread rule: pure.

#include <array>
#include <cstddef>
#include <string_view>

namespace fairlead::backend {

inline constexpr auto kStandsForItself = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x7f; ++c)
        table[c] = c != '"' && c != '\\';
    return table;
}();

/// How much of `text`, from its start, stands for itself. By a table: a lookup has some fifty
/// characters to look at, each of which would be compared four times.
[[nodiscard]] inline std::size_t plain_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && kStandsForItself[static_cast<unsigned char>(text[length])])
        ++length;
    return length;
}

}  // namespace fairlead::backend
