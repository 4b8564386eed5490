// SPDX-License-Identifier: Apache-2.0
#pragma once

// A log that keeps its lines for the test to read. Thread rule: safe from any thread.

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"

namespace fairlead::test {

class RecordingLog final : public Log {
  public:
    void write(LogLevel level, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        if (level != LogLevel::debug) lines_.emplace_back(line);
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

    /// How many lines contain `text`.
    [[nodiscard]] std::size_t count(const std::string& text) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::ranges::count_if(
            lines_, [&](const auto& line) { return line.find(text) != std::string::npos; }));
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace fairlead::test
