// SPDX-License-Identifier: Apache-2.0
#include "config/http_headers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/ascii.h"

namespace fairlead::config {

bool is_header_name(std::string_view text) {
    static constexpr std::string_view kSeparators = "\"(),/:;<=>?@[\\]{}";
    return !text.empty() && text.find_first_of(kSeparators) == text.npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool has_control_byte(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; });
}

bool is_reserved_header(std::string_view name) {
    static constexpr auto kReserved = std::to_array<std::string_view>(
        {"host", "connection", "content-length", "transfer-encoding"});
    return std::find(kReserved.begin(), kReserved.end(), ascii::lower(name)) != kReserved.end();
}

}  // namespace fairlead::config
