// SPDX-License-Identifier: Apache-2.0
#pragma once

// Time as something that is passed in, so that tests can move it.
// Thread rule: now() may be called from any thread.

#include <chrono>

namespace fairlead {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
};

/// The machine's monotonic clock.
class SteadyClock final : public Clock {
  public:
    [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace fairlead
