// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/event.h"
#include "base/log.h"

namespace fairlead::backend {

/// Keeps the lines, for tests to read.
class MemoryLog final : public Log {
  public:
    void write(LogLevel, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(line);
    }
    void report(Event event) override {
        write(event.severity, event.text);
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(event));
    }
    std::vector<Event> events() {
        const std::lock_guard lock(mutex_);
        return events_;
    }
    std::vector<std::string> lines() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    bool has(std::string_view part) {
        const auto all = lines();
        return std::any_of(all.begin(), all.end(), [&](const std::string& line) {
            return line.find(part) != std::string::npos;
        });
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> lines_;  // guarded by mutex_
    std::vector<Event> events_;       // likewise
};

}  // namespace fairlead::backend
