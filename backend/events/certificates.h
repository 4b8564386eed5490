// SPDX-License-Identifier: Apache-2.0
#pragma once

// Certificates of endpoints that are still good but not for long. Told kEarly before they make
// their check fail (at `min_days_left`, else at their end), once a day, and when they are renewed.
//
// Thread rule: one thread. Pure: the time is passed in.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "checks/snapshot.h"
#include "policy/catalog.h"

namespace fairlead::backend {

class Certificates {
  public:
    static constexpr std::int32_t kEarlyDays = 14;
    static constexpr Duration kRepeat = std::chrono::hours(24);

    [[nodiscard]] std::vector<Event> update(const policy::Catalog& catalog,
                                            const checks::Snapshot& health, TimePoint now);

  private:
    struct Told {
        TimePoint at{};
        TimePoint since{};
    };
    std::unordered_map<std::string, Told> expiring_;  // by subject name
};

}  // namespace fairlead::backend
