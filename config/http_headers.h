// SPDX-License-Identifier: Apache-2.0
#pragma once

// Headers of requests that fairlead makes, as a configuration names them. Thread rule: pure.

#include <string_view>

namespace fairlead::config {

/// A header's name: a token of RFC 9110 section 5.6.2.
[[nodiscard]] bool is_header_name(std::string_view text);
/// What a value must not have, not even a tab: it could end the header.
[[nodiscard]] bool has_control_byte(std::string_view text);
/// Headers that whoever makes the request writes by itself.
[[nodiscard]] bool is_reserved_header(std::string_view name);

}  // namespace fairlead::config
