// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_history.h"

#include <algorithm>
#include <utility>

namespace fairlead::backend {

void EventHistory::add(Event event, WallTime time, TimePoint now) {
    const auto kind = static_cast<std::size_t>(event.kind);
    event.time = time;
    auto made = std::make_shared<Event>(std::move(event));
    std::vector<KeptEvent> forgotten;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    made->id = next_id_++;
    ++totals_[kind];
    events_.push_back({.event = std::move(made), .added = now});
    forgotten = forget(now);
}

void EventHistory::tick(TimePoint now) {
    std::vector<KeptEvent> forgotten;  // destroyed after the lock
    const std::lock_guard lock(mutex_);
    forgotten = forget(now);
}

std::vector<KeptEvent> EventHistory::forget(TimePoint now) {
    std::vector<KeptEvent> forgotten;
    const auto is_one_too_many = [&] {
        return events_.size() > kept_in_burst_ ||
               (events_.size() > kept_ && now - events_.front().added >= kBurst);
    };
    while (is_one_too_many()) {
        forgotten.push_back(std::move(events_.front().event));
        events_.pop_front();
        ++oldest_id_;
    }
    return forgotten;
}

EventBatch EventHistory::after(std::uint64_t id, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    return from(id + 1, limit);
}

EventBatch EventHistory::newest(std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    return from(next_id_ - std::min<std::uint64_t>(limit, events_.size()), limit);
}

EventBatch EventHistory::from(std::uint64_t id, std::size_t limit) const {
    EventBatch batch;
    // Who saw the last process's ids, or none, has missed what this one no longer has, no more.
    batch.missed = oldest_id_ - std::clamp(id, first_id_, oldest_id_);
    const std::uint64_t begin = std::clamp(id, oldest_id_, next_id_) - oldest_id_;
    const std::uint64_t end = begin + std::min<std::uint64_t>(limit, events_.size() - begin);
    batch.events.reserve(end - begin);
    for (std::uint64_t i = begin; i < end; ++i)
        batch.events.push_back(events_[i].event);
    return batch;
}

std::uint64_t EventHistory::newest_id() const {
    const std::lock_guard lock(mutex_);
    return next_id_ - 1;
}

std::array<std::uint64_t, kEventKinds> EventHistory::totals() const {
    const std::lock_guard lock(mutex_);
    return totals_;
}

}  // namespace fairlead::backend
