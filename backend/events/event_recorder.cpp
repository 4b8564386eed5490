// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_recorder.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace fairlead::backend {
namespace {

std::uint64_t microseconds_now() {
    const auto now = wall_time().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::microseconds(now).count());
}

}  // namespace

EventRecorder::EventRecorder(Log& lines) : lines_(lines), history_(microseconds_now()) {}

void EventRecorder::report(Event event) {
    const TimePoint now = SteadyClock().now();
    bool admitted = false;
    {
        const std::lock_guard lock(mutex_);
        admitted = admitted_.admits(event.kind, now);
    }
    if (admitted) lines_.report(event);
    history_.add(std::move(event), wall_time(), now);
}

void EventRecorder::tick(TimePoint now) {
    history_.tick(now);
    std::vector<std::string> lines;
    {
        const std::lock_guard lock(mutex_);
        lines = admitted_.summaries(now);
    }
    for (const auto& line : lines)
        lines_.warning(line);
}

}  // namespace fairlead::backend
