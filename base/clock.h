// SPDX-License-Identifier: Apache-2.0
#pragma once

// Time as something that is passed in, so that tests can move it.
// Thread rule: now() may be called from any thread.

#include <chrono>

namespace fairlead {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
/// The calendar's time, for people and files.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] inline WallTime wall_time() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

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
