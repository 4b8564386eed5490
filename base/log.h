// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operator reads: lines on standard error, where systemd and Docker take them up, and
// events, which are more than their line. Thread rule: safe from any thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace fairlead {

struct Event;

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// "debug", "info", "warning", "error".
[[nodiscard]] const char* to_string(LogLevel level);
/// The level whose to_string() this is; nothing for any other text.
[[nodiscard]] std::optional<LogLevel> log_level_named(std::string_view name);

enum class LogFormat : std::uint8_t {
    text,  // for people
    json,  // an object a line (base/log_line.h)
};

struct LogSettings {
    LogFormat format = LogFormat::text;
    LogLevel lowest = LogLevel::info;  // what is below it is not written
    friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

/// Where log lines go. An object that is passed in, so that a test can have its own.
class Log {
  public:
    /// Lines to standard error: with a time stamp, or with the "<N>" priority of sd-daemon(3) where
    /// the journal reads them (JOURNAL_STREAM names standard error's device and inode).
    Log();
    virtual ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// What is written from here on, and how.
    void configure(const LogSettings& settings);
    [[nodiscard]] LogSettings settings() const;

    void debug(std::string_view line) { write(LogLevel::debug, line); }
    void info(std::string_view line) { write(LogLevel::info, line); }
    void warning(std::string_view line) { write(LogLevel::warning, line); }
    void error(std::string_view line) { write(LogLevel::error, line); }

    /// Something has happened to what is steered (base/event.h). Here that is its line; what keeps
    /// events overrides this. Never waits for a disk or a peer.
    virtual void report(Event event);

    /// Control bytes in `line` are escaped: what a client sent cannot forge a line.
    virtual void write(LogLevel level, std::string_view line);

  private:
    struct Sink;
    void write(LogLevel level, std::string_view line, const Event* event);

    std::unique_ptr<Sink> sink_;
};

/// True when `journal_stream`, the value of JOURNAL_STREAM, "DEVICE:INODE" in decimal, is that of
/// this descriptor (systemd.exec(5)): a program that redirects standard error inherits the variable
/// all the same.
[[nodiscard]] bool is_journal(std::string_view journal_stream, int descriptor);

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
