// SPDX-License-Identifier: Apache-2.0
#include "checks/probe_queue.h"

#include <algorithm>
#include <variant>

namespace fairlead::checks {
namespace {

/// A failure that takes as long is no answer. Less than the timeout for what keeps a probe busy
/// without ever being done; also what a router takes to say that a host is not there.
constexpr milliseconds kHangs{500};

bool hung(const HealthCheck& check, const Outcome& last) {
    return !last.success() && last.duration >= std::min(kHangs, check.timeout);
}

}  // namespace

Lane lane_of(const HealthCheck& check, const Evidence& evidence) {
    if (!is_probed(check)) return Lane::free;
    if (std::holds_alternative<ExecProbe>(check.probe)) return Lane::command;
    const bool is_new = evidence.state.health == Health::unknown && evidence.last.success();
    // From before a restart there is no telling how a target failed.
    const bool is_remembered = evidence.last.failure == Failure::remembered;
    return is_new || is_remembered || hung(check, evidence.last) ? Lane::silent : Lane::answering;
}

ProbeQueue::ProbeQueue(std::size_t places, const CommandSlots& slots)
    : places_(std::max<std::size_t>(places, 1)),
      places_of_silent_(std::max<std::size_t>(places_ / 2, 1)),
      slots_(slots) {}

bool ProbeQueue::has_room(Lane lane) const {
    switch (lane) {
        case Lane::answering:
            return in_flight() < places_;
        case Lane::silent:
            return in_flight() < places_ && in_flight(Lane::silent) < places_of_silent_;
        case Lane::command:
            return slots_.free() > 0;
        case Lane::free:
            break;
    }
    return true;
}

std::size_t ProbeQueue::in_flight() const {
    return in_flight(Lane::answering) + in_flight(Lane::silent);
}

std::optional<Lane> ProbeQueue::first(bool with_room) const {
    std::optional<Lane> found;
    for (std::size_t i = 0; i < kLanes; ++i) {
        const auto lane = static_cast<Lane>(i);
        if (has_room(lane) == with_room && due_in(lane) < due_in(found)) found = lane;
    }
    return found;
}

TimePoint ProbeQueue::due_in(std::optional<Lane> lane) const {
    return lane ? timetables_.at(static_cast<std::size_t>(*lane)).next_due() : TimePoint::max();
}

std::optional<ProbeQueue::Turn> ProbeQueue::take_due(TimePoint now) {
    const auto lane = first(true);
    if (!lane) return std::nullopt;
    const auto entry = timetable(*lane).take_due(now);
    if (!entry) return std::nullopt;
    return Turn{*entry, *lane};
}

TimePoint ProbeQueue::next_due() const {
    return due_in(first(true));
}

TimePoint ProbeQueue::held_up_since() const {
    return due_in(first(false));
}

Lane ProbeQueue::held_up_lane() const {
    return first(false).value_or(Lane::free);
}

std::vector<Timetable::Entry> ProbeQueue::waiting() const {
    std::vector<Timetable::Entry> all;
    for (Timetable timetable : timetables_) {
        while (const auto entry = timetable.take_due(TimePoint::max()))
            all.push_back(*entry);
    }
    return all;
}

}  // namespace fairlead::checks
