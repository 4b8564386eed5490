// SPDX-License-Identifier: Apache-2.0
#pragma once

// events.jsonl in the state directory: each event as one line of JSON, as /api/v1/events gives it.
// Over kBytesMax the file becomes events.jsonl.1, in place of the one before. What the operating
// system has taken is written; a power cut may lose the last seconds.
//
// No directory, no permission, no room: what cannot be written now is left out of the file, and
// counted. The first failure is one warning with the remedy, success is said again.
//
// Thread rule: an EventWriter has a thread of its own, which nobody waits for; the rest of this is
// called on the control thread, counters from any.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string_view>
#include <thread>

#include "backend/events/event_history.h"
#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"

namespace fairlead::backend {

/// The file, of one thread.
class EventFile {
  public:
    static constexpr std::uint64_t kBytesMax = std::uint64_t{16} << 20U;

    explicit EventFile(const std::filesystem::path& directory, std::uint64_t bytes_max = kBytesMax);

    /// Appends whole lines, all or nothing. The error is the operating system's.
    [[nodiscard]] Result<void> append(std::string_view lines);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<void> rotate();

    const std::filesystem::path path_;
    const std::uint64_t bytes_max_;
    Descriptor file_;
    std::uint64_t size_ = 0;
};

/// Keeps the file up to date with a history.
class EventWriter {
  public:
    /// Starts the thread. `history` and `log` must outlive this object.
    EventWriter(const std::filesystem::path& directory, const EventHistory& history, Log& log,
                std::chrono::milliseconds pace = std::chrono::milliseconds(250));
    /// Writes what there still is, and ends the thread.
    ~EventWriter();
    EventWriter(const EventWriter&) = delete;
    EventWriter& operator=(const EventWriter&) = delete;

    /// Events that are not in the file.
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(); }

  private:
    void run();
    void write_new();
    void failed(const Error& error);

    const EventHistory& history_;
    Log& log_;
    const std::chrono::milliseconds pace_;
    std::atomic<std::uint64_t> lost_{0};

    // its own thread only
    EventFile file_;
    std::uint64_t written_ = 0;  // the id up to which it is done
    bool failing_ = false;

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace fairlead::backend
