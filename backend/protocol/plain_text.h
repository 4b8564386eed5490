// SPDX-License-Identifier: Apache-2.0
#pragma once

// What stands for itself in a JSON string that PowerDNS and fairlead send each other: printable
// ASCII but '"' and '\'. Everything else is escaped in some way. Thread rule: pure.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace fairlead::backend {

inline constexpr auto kStandsForItself = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x20; c < 0x7f; ++c)
        table[c] = c != '"' && c != '\\';
    return table;
}();

/// How much of `text`, from its start, stands for itself. By eight characters at a time: a lookup
/// has some fifty to look at.
[[nodiscard]] inline std::size_t plain_length(std::string_view text) {
    using Eight = std::uint64_t;
    constexpr Eight kEach = ~Eight{0} / 0xff;  // 1 in each byte
    constexpr Eight kTop = kEach << 7U;
    // The lowest bit of kTop that is set is that of the first byte that is, or is below, what is
    // looked for; a borrow or a carry sets none but in bytes that follow (H. Warren: "Hacker's
    // Delight", section 6-1).
    const auto below = [](Eight word, unsigned char c) { return (word - kEach * c) & ~word; };
    const auto equal = [&below](Eight word, unsigned char c) { return below(word ^ kEach * c, 1); };
    std::size_t length = 0;
    if constexpr (std::endian::native == std::endian::little) {
        for (; length + sizeof(Eight) <= text.size(); length += sizeof(Eight)) {
            Eight word = 0;
            std::memcpy(&word, text.data() + length, sizeof word);
            const Eight stops = kTop & (word | (word + kEach) | below(word, 0x20) |
                                        equal(word, '"') | equal(word, '\\'));
            if (stops != 0) return length + static_cast<std::size_t>(std::countr_zero(stops)) / 8;
        }
    }
    while (length < text.size() && kStandsForItself[static_cast<unsigned char>(text[length])])
        ++length;
    return length;
}

}  // namespace fairlead::backend
