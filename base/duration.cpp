// SPDX-License-Identifier: Apache-2.0
#include "base/duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace fairlead {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return number;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    struct Unit {
        std::string_view suffix;
        std::int64_t milliseconds;
    };
    static constexpr auto kUnits = std::to_array<Unit>({
        {"ms", 1},
        {"s", 1000},
        {"m", 60'000},
        {"h", 3'600'000},
        {"d", 86'400'000},
        {"", 1000},
    });
    static constexpr std::int64_t kCountMax = std::int64_t{1} << 32;  // no overflow below
    for (const auto& [suffix, factor] : kUnits) {
        if (!text.ends_with(suffix)) continue;
        const auto count = whole_number(text.substr(0, text.size() - suffix.size()));
        if (!count || *count > kCountMax || *count < -kCountMax) return std::nullopt;
        return std::chrono::milliseconds(*count * factor);
    }
    return std::nullopt;
}

std::string rough_duration(std::chrono::nanoseconds time) {
    const auto seconds =
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(time).count(), 0);
    if (seconds < 120) return std::to_string(seconds) + " s";
    if (seconds < 7200) return std::to_string(seconds / 60) + " min";
    if (seconds < 172'800) return std::to_string(seconds / 3600) + " h";
    return std::to_string(seconds / 86'400) + " d";
}

}  // namespace fairlead
