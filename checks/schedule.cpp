// SPDX-License-Identifier: Apache-2.0
#include "checks/schedule.h"

#include <algorithm>

namespace fairlead::checks {
namespace {

Duration scaled(milliseconds length, double factor) {
    const std::chrono::duration<double, std::milli> exact = length * factor;
    return std::chrono::duration_cast<Duration>(exact);
}

/// What is due within one beat begins together.
constexpr Duration kBeat = milliseconds(10);

TimePoint on_beat(TimePoint due) {
    const Duration past = due.time_since_epoch() % kBeat;
    return past == Duration::zero() ? due : due + (kBeat - past);
}

}  // namespace

TimePoint next_probe(const HealthCheck& check, const HealthState& state, const Attempt& attempt,
                     double draw) {
    // Whatever the numbers say, a target gets a moment's rest and the thread never spins.
    const TimePoint earliest = attempt.ended + milliseconds(1);
    const bool lost_its_place = attempt.first || attempt.started - attempt.due >= check.interval;
    TimePoint due = attempt.due + scaled(check.interval, 1 + check.jitter * (2 * draw - 1));
    if (in_doubt(state)) {
        due = attempt.ended + check.fast_interval;
    } else if (lost_its_place) {
        due = attempt.ended + scaled(check.interval, 1 - draw);
    }
    return on_beat(std::max(due, earliest));
}

std::optional<Timetable::Entry> Timetable::take_due(TimePoint now) {
    if (queue_.empty() || queue_.top().due > now) return std::nullopt;
    const Entry entry = queue_.top();
    queue_.pop();
    return entry;
}

}  // namespace fairlead::checks
