// SPDX-License-Identifier: Apache-2.0
#pragma once

// "Did you mean ...?": the valid name that is likest to a wrong one.
// Source: optimal string alignment distance (Damerau 1964, restricted form): insertions, deletions,
// substitutions and swaps of neighbours count 1 each. Thread rule: pure functions.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead {

/// Edits between the two, without regard to ASCII case; stops counting at `limit` and returns it.
/// O(|a| * |b|).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// The candidate with the fewest edits, the first one of equals; empty when none is near enough to
/// be what was meant (a third of the longer name's length, at least one edit).
[[nodiscard]] std::string_view nearest(std::string_view wrong,
                                       std::span<const std::string_view> candidates);

/// "; did you mean \"pool\"?", or nothing: to be put behind a message.
[[nodiscard]] std::string did_you_mean(std::string_view wrong,
                                       std::span<const std::string_view> candidates);

}  // namespace fairlead
