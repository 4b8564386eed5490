// SPDX-License-Identifier: Apache-2.0
#pragma once

// The log of a running process: lines go on to the log behind it, events are kept as well.
// Thread rule: safe from any thread; tick() on one.

#include <mutex>
#include <string_view>

#include "backend/events/event_history.h"
#include "backend/events/event_lines.h"
#include "base/log.h"

namespace fairlead::backend {

class EventRecorder final : public Log {
  public:
    /// `lines` must outlive this object.
    explicit EventRecorder(Log& lines);

    void write(LogLevel level, std::string_view line) override { lines_.write(level, line); }
    void report(Event event) override;

    /// To be called a few times a second: writes how many lines were left out, and has a burst
    /// forgotten that is over.
    void tick(TimePoint now);

    [[nodiscard]] const EventHistory& history() const { return history_; }

  private:
    Log& lines_;
    EventHistory history_;
    std::mutex mutex_;
    EventLines admitted_;  // guarded by mutex_
};

}  // namespace fairlead::backend
