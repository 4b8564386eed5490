// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which events become lines of the log. A site that goes dark turns thousands of checks within
// seconds: of each kind the first lines are written, the rest are counted in one. What operators
// ask for, reloads and overrides, is written always.
// Thread rule: one thread at a time. Pure: the time is passed in.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"

namespace fairlead::backend {

class EventLines {
  public:
    static constexpr std::size_t kLinesInBurst = 20;
    static constexpr Duration kBurst = std::chrono::seconds(10);

    /// Whether the line of this event is written.
    [[nodiscard]] bool admits(EventKind kind, TimePoint now);

    /// "and 80 more changes of health": for what was left out, once the time is over.
    [[nodiscard]] std::vector<std::string> summaries(TimePoint now);

  private:
    struct Burst {
        TimePoint ends{};
        std::size_t written = 0;
        std::size_t left_out = 0;
    };

    std::array<Burst, kEventKinds> bursts_;
};

}  // namespace fairlead::backend
