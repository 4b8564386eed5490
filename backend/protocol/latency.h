// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long answers took, in buckets.
// Thread rule: add() by one thread, the rest by any.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"

namespace fairlead::backend {

class LatencyHistogram {
  public:
    using Time = std::chrono::nanoseconds;

    /// Upper bounds of the buckets; a last one has no bound.
    static constexpr auto kBounds = std::to_array<Time>(
        {Time(1'000), Time(2'000), Time(5'000), Time(10'000), Time(20'000), Time(50'000),
         Time(100'000), Time(200'000), Time(500'000), Time(1'000'000), Time(10'000'000)});

    void add(Time took) {
        const auto* const bound = std::ranges::lower_bound(kBounds, took);
        buckets_[static_cast<std::size_t>(bound - kBounds.begin())].add();
        sum_ns_.add(static_cast<std::uint64_t>(std::max(took, Time(0)).count()));
    }

    struct Values {
        std::array<std::uint64_t, kBounds.size() + 1> buckets{};  // each alone, not cumulative
        Time sum{0};
    };
    void add_to(Values& values) const {
        for (std::size_t i = 0; i < buckets_.size(); ++i)
            values.buckets[i] += buckets_[i].value();
        values.sum += Time(sum_ns_.value());
    }

  private:
    std::array<Counter, kBounds.size() + 1> buckets_;
    Counter sum_ns_;
};

}  // namespace fairlead::backend
