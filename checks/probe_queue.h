// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whose turn it is, when not all that are due may be probed at once. What waits does so in a lane:
//
//     answering   the last attempt was over soon      may fill all places
//     silent      it hung, or there never was one     may fill half of the places
//     command     exec checks                         the slots for commands; no place
//     free        heartbeats: nothing goes out        at once
//
// A place is a probe in flight, and so a file descriptor. The silent hold theirs until the timeout,
// a hundred times as long as the others do: with a share of their own, however many they are, they
// leave at least half of the places to targets that answer, whose probes stay on time. Within and
// across lanes the longest due goes first.
//
//     1,024 places, timeout 4 s, 10,000 silent: 512 places serve 128 of them a second;
//     the other 512 serve 25,600 probes of 20 ms a second
//
// A target is in its new lane from its next attempt on, so one that falls silent hangs in a place
// of those that answer once.
//
// Thread rule: owned by the checker thread. Pure: the time is passed in.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "checks/command_slots.h"
#include "checks/health_check.h"
#include "checks/schedule.h"
#include "checks/snapshot.h"

namespace fairlead::checks {

enum class Lane : std::uint8_t { answering, silent, command, free };
inline constexpr std::size_t kLanes = static_cast<std::size_t>(Lane::free) + 1;

/// Where a subject of `check` waits of which this is known.
[[nodiscard]] Lane lane_of(const HealthCheck& check, const Evidence& evidence);

class ProbeQueue {
  public:
    struct Turn {
        Timetable::Entry entry;
        Lane lane = Lane::answering;
    };

    /// `places`: at least one. `slots` must outlive this object.
    ProbeQueue(std::size_t places, const CommandSlots& slots);

    void add(Lane lane, const Timetable::Entry& entry) { timetable(lane).add(entry); }

    /// The longest due that may start at `now`, taken out; nothing when there is none.
    [[nodiscard]] std::optional<Turn> take_due(TimePoint now);

    /// A probe takes its place, and gives it back. A command has a slot, which it takes itself.
    void begin(Lane lane) { ++in_flight_.at(static_cast<std::size_t>(lane)); }
    void end(Lane lane) { --in_flight_.at(static_cast<std::size_t>(lane)); }

    [[nodiscard]] bool has_room(Lane lane) const;
    /// When the next one that may start then is due; TimePoint::max() when none is.
    [[nodiscard]] TimePoint next_due() const;
    /// When the longest waiting of those that may not start is, or was, due.
    [[nodiscard]] TimePoint held_up_since() const;
    /// Where that one waits.
    [[nodiscard]] Lane held_up_lane() const;

    [[nodiscard]] std::size_t in_flight() const;
    [[nodiscard]] std::size_t places() const { return places_; }
    [[nodiscard]] std::size_t places_of_silent() const { return places_of_silent_; }

    /// All that wait. O(n log n).
    [[nodiscard]] std::vector<Timetable::Entry> waiting() const;

  private:
    [[nodiscard]] Timetable& timetable(Lane lane) {
        return timetables_.at(static_cast<std::size_t>(lane));
    }
    [[nodiscard]] std::size_t in_flight(Lane lane) const {
        return in_flight_.at(static_cast<std::size_t>(lane));
    }
    /// The lane with the longest due entry, of those with room or of those without.
    [[nodiscard]] std::optional<Lane> first(bool with_room) const;
    [[nodiscard]] TimePoint due_in(std::optional<Lane> lane) const;

    const std::size_t places_;
    const std::size_t places_of_silent_;
    const CommandSlots& slots_;
    std::array<Timetable, kLanes> timetables_;
    std::array<std::size_t, kLanes> in_flight_{};
};

}  // namespace fairlead::checks
