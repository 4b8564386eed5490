// SPDX-License-Identifier: Apache-2.0
#pragma once

// When each subject is probed next: pure arithmetic and a queue, no timer and no random device.
//
// A subject is in exactly one place: in a timetable, or in flight. A due subject that may not start
// yet simply stays there (probe_queue.h); the longest due goes first.
//
//     interval 10 s, jitter 10 %, fast_interval 1 s, fall 3, the target dies at *
//     probe   0      4.7      14.2  *   24.5 x  25.5 x  26.5 x  -> unhealthy
//             first  spread   +-10 %    +-10 %  fast    fast
//
// Thread rule: owned by the checker thread.

#include <functional>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "checks/health_check.h"
#include "checks/health_state.h"

namespace fairlead::checks {

/// One probe that is over.
struct Attempt {
    TimePoint due;
    TimePoint started;  // later, when it had to wait its turn
    TimePoint ended;
    bool first = false;  // the subject's first
};

/// When the subject is probed next. `state` already counts the attempt; `draw` is uniform in
/// [0, 1).
///
/// - In doubt: `fast_interval` after the end, without jitter, so that detection keeps its bound.
/// - After the first probe, and one that was late by an interval: anywhere within one interval, so
///   that subjects which all began at once do not stay in lockstep.
/// - Otherwise `interval` after it was due, give or take `jitter`: a slow target does not stretch
///   the interval, and those that were late together, because a first round took its time, do not
///   stay together.
///
/// In each case up to 10 ms later, so that probes which are due at nearly the same time begin
/// together: the thread wakes once for all of them, which costs about as much as one of them.
[[nodiscard]] TimePoint next_probe(const HealthCheck& check, const HealthState& state,
                                   const Attempt& attempt, double draw);

/// The waiting subjects by due time. Every operation is O(log n).
class Timetable {
  public:
    struct Entry {
        TimePoint due;
        SubjectIndex subject = 0;
        std::uint32_t tenancy = 0;  // for whom, of those who have lived at an alias's place
        friend bool operator>(const Entry& a, const Entry& b) {
            return std::tie(a.due, a.subject) > std::tie(b.due, b.subject);
        }
    };

    void add(const Entry& entry) { queue_.push(entry); }

    /// The longest due subject, taken out; nothing when none is due at `now`.
    [[nodiscard]] std::optional<Entry> take_due(TimePoint now);

    /// When the next subject is due; TimePoint::max() when none waits.
    [[nodiscard]] TimePoint next_due() const {
        return queue_.empty() ? TimePoint::max() : queue_.top().due;
    }

  private:
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

}  // namespace fairlead::checks
