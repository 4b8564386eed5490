// SPDX-License-Identifier: Apache-2.0
#pragma once

// How often each zone of one catalog was asked for. Each worker has cells of its own, so counting
// is a load and a store; readers add them up.
// Thread rule: count() by the worker that `worker` numbers, the rest by any thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/counter.h"

namespace fairlead::backend {

class ZoneTraffic {
  public:
    ZoneTraffic(unsigned workers, std::size_t zones)
        : zones_(zones), cells_(workers * (zones + kGap)) {}

    /// A zone that there is not is nobody's.
    void count(unsigned worker, std::int64_t zone) {
        const auto index = static_cast<std::size_t>(zone);
        if (zone < 0 || index >= zones_) return;
        cells_[worker * (zones_ + kGap) + index].add();
    }

    /// By zone.
    [[nodiscard]] std::vector<std::uint64_t> totals() const {
        std::vector<std::uint64_t> sums(zones_);
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            const std::size_t zone = i % (zones_ + kGap);
            if (zone < zones_) sums[zone] += cells_[i].value();
        }
        return sums;
    }

  private:
    static constexpr std::size_t kGap = 8;  // two workers never write to one line of the cache

    const std::size_t zones_;
    std::vector<Counter> cells_;  // worker by worker
};

}  // namespace fairlead::backend
