// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads a latency table from the text that a measurement writes:
//
//     network,region,ms              a header, if one is wanted
//     198.51.100.0/24,eu-west,23.4   # a comment
//     2001:db8::/32,us-east,80
//
// All or nothing, and every mistake at once. Thread rule: any one thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "geo/latency_table.h"

namespace fairlead::geo {

inline constexpr std::size_t kLatencyRowsMax = 4'000'000;
inline constexpr std::size_t kLatencyRegionsMax = 1024;
inline constexpr std::size_t kLatencyFileBytesMax = std::size_t{256} << 20U;
/// Reading ends after so many mistakes: the file is of another kind.
inline constexpr std::size_t kLatencyMistakesMax = 100;
/// A minute: more is no latency.
inline constexpr Latency kLatencyMax{60'000'000};

struct LatencyMistake {
    std::uint32_t line = 0;  // from 1; 0 = the file as a whole
    std::string message;     // what is wrong, and the remedy
};

struct LatencyReading {
    std::optional<LatencyTable> table;  // nothing when there is a mistake
    std::vector<LatencyMistake> mistakes;
};

/// Rows in any order, up to `rows_max`; takes O(n log n).
[[nodiscard]] LatencyReading parse_latency_csv(std::string_view text,
                                               std::size_t rows_max = kLatencyRowsMax);

/// The same of a file.
[[nodiscard]] LatencyReading read_latency_csv(const std::filesystem::path& file);

}  // namespace fairlead::geo
