// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tells the service manager that the process lives, as long as all of it does: the control thread,
// which calls this, and every thread whose oldest sign of life is asked for. A thread lives when
// its loop has turned lately; what it does there, and how well, is not looked at: an overloaded
// machine, or an endpoint that does not answer, is not mended by a restart.
//
// Thread rule: control thread.

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "base/log.h"

namespace fairlead::backend {

class Watchdog {
  public:
    struct Calls {
        std::function<TimePoint()> oldest_sign_of_life;  // of the other threads; at each asking
        std::function<void()> alive;
    };

    /// `period`: within which the service manager has to hear of it, or it ends the process. `log`
    /// must outlive this object.
    Watchdog(std::chrono::microseconds period, Calls calls, Log& log);

    /// A few times a second; asks and tells four times a period, and asks each time while somebody
    /// is silent.
    void tick(TimePoint now);

  private:
    const Duration pace_;
    const Duration silence_max_;
    const Calls calls_;
    Log& log_;
    TimePoint due_{};
    int silent_looks_ = 0;  // in a row; the service manager hears nothing meanwhile
};

}  // namespace fairlead::backend
