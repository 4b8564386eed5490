// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace fairlead::backend {

/// Keeps the lines, for tests to read.
class MemoryLog final : public Log {
  public:
    void write(LogLevel, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(line);
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
};

}  // namespace fairlead::backend
