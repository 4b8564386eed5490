// SPDX-License-Identifier: Apache-2.0
#pragma once

// Durations as people write them, in the configuration and on the command line. Thread rule: pure.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fairlead {

/// An integer with ms, s, m, h or d behind it; without a unit it counts seconds. May be negative.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// In the largest unit that says enough: "40 s", "12 min", "3 h", "2 d". Never negative.
[[nodiscard]] std::string rough_duration(std::chrono::nanoseconds time);

}  // namespace fairlead
