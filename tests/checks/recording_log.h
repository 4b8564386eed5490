// SPDX-License-Identifier: Apache-2.0
#pragma once

// A log that keeps its lines for the test to read. Thread rule: safe from any thread.

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"
#include "base/log.h"

namespace fairlead::test {

class RecordingLog final : public Log {
  public:
    void write(LogLevel level, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        if (level != LogLevel::debug) lines_.emplace_back(line);
        written_.notify_all();
    }

    void report(Event event) override {
        write(event.severity, event.text);
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(event));
    }

    [[nodiscard]] std::vector<Event> events() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    /// How many lines contain `text`.
    [[nodiscard]] std::size_t count(const std::string& text) const {
        const std::lock_guard lock(mutex_);
        return count_locked(text);
    }

    /// False when no line contains `text` within ten seconds.
    [[nodiscard]] bool wait_for(const std::string& text) const {
        std::unique_lock lock(mutex_);
        return written_.wait_for(lock, std::chrono::seconds(10),
                                 [&] { return count_locked(text) > 0; });
    }

  private:
    std::size_t count_locked(const std::string& text) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            lines_, [&](const auto& line) { return line.find(text) != std::string::npos; }));
    }

    mutable std::mutex mutex_;
    mutable std::condition_variable written_;
    std::vector<std::string> lines_;
    std::vector<Event> events_;
};

}  // namespace fairlead::test
