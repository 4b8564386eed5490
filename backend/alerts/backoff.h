// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long to wait before a failed attempt is made again: from a second on, each time twice as
// long, five minutes at most, and a random part of that, so that many do not come back at once.
// Thread rule: pure.

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace fairlead::backend {

inline constexpr Duration kFirstWait = std::chrono::seconds(1);
inline constexpr Duration kLongestWait = std::chrono::minutes(5);

/// After `failures` in a row (at least one); `draw` is in [0, 1).
[[nodiscard]] inline Duration backoff(int failures, double draw) {
    constexpr int kDoublingsMax = 10;
    const Duration whole =
        std::min(kFirstWait * (1 << std::clamp(failures - 1, 0, kDoublingsMax)), kLongestWait);
    return std::chrono::duration_cast<Duration>(whole * (0.5 + draw / 2));
}

}  // namespace fairlead::backend
