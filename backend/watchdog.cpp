// SPDX-License-Identifier: Apache-2.0
#include "backend/watchdog.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/duration.h"

namespace fairlead::backend {
namespace {

/// Workers give a sign of life once a second; less than a few of these is no silence.
constexpr Duration kSilenceMin = std::chrono::seconds(5);

}  // namespace

Watchdog::Watchdog(std::chrono::microseconds period, Calls calls, Log& log)
    : pace_(period / 4),
      silence_max_(std::max<Duration>(period / 2, kSilenceMin)),
      calls_(std::move(calls)),
      log_(log) {}

void Watchdog::tick(TimePoint now) {
    if (now < due_) return;
    const Duration silence = now - calls_.oldest_sign_of_life();
    if (silence <= silence_max_) {
        silent_looks_ = 0;
        due_ = now + pace_;
        return calls_.alive();
    }
    // Once is no sign: after a pause of this thread, that of a thread which gives one for each
    // asking is of before the pause. So the next tick looks again.
    if (++silent_looks_ != 2) return;
    log_.error("a worker or the checker has given no sign of life for " +
               rough_duration(std::chrono::duration_cast<std::chrono::milliseconds>(silence)) +
               "; the watchdog hears nothing until it does, and restarts this process");
}

}  // namespace fairlead::backend
