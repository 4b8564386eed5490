// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operator reads: lines on standard error, where systemd and Docker take them up, and
// events, which are more than their line. Thread rule: safe from any thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/clock.h"

namespace fairlead {

struct Event;

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Where log lines go. An object that is passed in, so that a test can have its own.
class Log {
  public:
    /// Lines to standard error: with a time stamp on a terminal, and with the "<N>" priority of
    /// sd-daemon(3) where the journal reads them (JOURNAL_STREAM is set).
    explicit Log(LogLevel lowest = LogLevel::info);
    virtual ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void debug(std::string_view line) { write(LogLevel::debug, line); }
    void info(std::string_view line) { write(LogLevel::info, line); }
    void warning(std::string_view line) { write(LogLevel::warning, line); }
    void error(std::string_view line) { write(LogLevel::error, line); }

    /// Something has happened to what is steered (base/event.h). Here that is its line; what keeps
    /// events overrides this. Never waits for a disk or a peer.
    virtual void report(Event event);

    /// Control bytes in `line` are written as \xNN: what a client sent cannot forge a line.
    virtual void write(LogLevel level, std::string_view line);

  private:
    struct Sink;
    std::unique_ptr<Sink> sink_;
};

/// Lets one line in `interval` through, so that what a peer repeats cannot fill a disk.
class LogLimit {
  public:
    explicit LogLimit(Duration interval = std::chrono::seconds(10)) : interval_(interval) {}

    /// True when a line may be written at `now`; the caller then says how many it stands for.
    [[nodiscard]] bool allows(TimePoint now);

  private:
    const Duration interval_;
    std::mutex mutex_;
    TimePoint next_{};  // guarded by mutex_
};

}  // namespace fairlead
