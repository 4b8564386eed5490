// SPDX-License-Identifier: Apache-2.0
#pragma once

// "20%" as operators write it.

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

#include "base/result.h"

namespace fairlead::backend {

/// A whole number from 0 to 100, with or without the sign.
[[nodiscard]] inline Result<unsigned> parse_percentage(std::string_view text) {
    const auto number = text.substr(0, text.size() - (text.ends_with('%') ? 1 : 0));
    unsigned percent = 0;
    const auto* const end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, percent);
    if (error != std::errc{} || rest != end || percent > 100) {
        return Error{"\"" + std::string(text) + "\" is no percentage; write 20%"};
    }
    return percent;
}

}  // namespace fairlead::backend
