// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Letters and digits of ASCII, whatever the locale: those that DNS (RFC 4343), HTTP and the
/// configuration compare without regard to case. Other bytes are neither, and stay as they are.
namespace fairlead::ascii {

[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

[[nodiscard]] constexpr bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

[[nodiscard]] constexpr bool is_letter(char c) {
    return is_capital(c) || is_small(c);
}

[[nodiscard]] constexpr char lower(char c) {
    return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr char upper(char c) {
    return is_small(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

[[nodiscard]] inline std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

[[nodiscard]] inline std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return upper(c); });
    return out;
}

}  // namespace fairlead::ascii
