// SPDX-License-Identifier: Apache-2.0
#pragma once

// The newest events, in memory: ten thousand, and for some seconds all of a burst, so that who
// looks a few times a second sees every event of a site that goes dark. This is also the queue of
// all who do something with events (file, alerts, streams): each reads on from the id that it saw
// last, at its own pace. Who is too slow misses the oldest and is told how many; nobody waits for
// anybody.
//
// Thread rule: safe from any thread; what it hands out is deeply const.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/event.h"

namespace fairlead::backend {

using KeptEvent = std::shared_ptr<const Event>;

struct EventBatch {
    std::vector<KeptEvent> events;  // the oldest first
    std::uint64_t missed = 0;       // that came before them and are no longer kept
};

class EventHistory {
  public:
    static constexpr std::size_t kKept = 10'000;
    static constexpr std::size_t kKeptInBurst = 250'000;
    static constexpr std::chrono::seconds kBurst{5};

    /// Ids go on from `first_id`: from the time of the start, in microseconds, they are higher than
    /// those of the process before.
    explicit EventHistory(std::uint64_t first_id) : EventHistory(first_id, kKept, kKeptInBurst) {}
    EventHistory(std::uint64_t first_id, std::size_t kept, std::size_t kept_in_burst = 0)
        : kept_(kept),
          kept_in_burst_(std::max(kept, kept_in_burst)),
          first_id_(first_id),
          next_id_(first_id),
          oldest_id_(first_id) {}

    /// `now`: how long it is kept is counted from then.
    void add(Event event, WallTime time, TimePoint now);

    /// A few times a second: what was kept only because of a burst is forgotten after it.
    void tick(TimePoint now);

    /// Those after `id`, `limit` at most.
    [[nodiscard]] EventBatch after(std::uint64_t id, std::size_t limit) const;
    /// The newest `limit`.
    [[nodiscard]] EventBatch newest(std::size_t limit) const;

    /// The id that after() has nothing for yet.
    [[nodiscard]] std::uint64_t newest_id() const;
    /// How many there were since the start.
    [[nodiscard]] std::array<std::uint64_t, kEventKinds> totals() const;

  private:
    struct Kept {
        KeptEvent event;
        TimePoint added;
    };

    [[nodiscard]] std::vector<KeptEvent> forget(TimePoint now);
    [[nodiscard]] EventBatch from(std::uint64_t id, std::size_t limit) const;

    const std::size_t kept_;
    const std::size_t kept_in_burst_;  // those that are younger than kBurst
    const std::uint64_t first_id_;
    mutable std::mutex mutex_;  // guards the rest
    std::deque<Kept> events_;
    std::uint64_t next_id_;
    std::uint64_t oldest_id_;  // of those kept; next_id_ when there are none
    std::array<std::uint64_t, kEventKinds> totals_{};
};

}  // namespace fairlead::backend
