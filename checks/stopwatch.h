// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long a probe has taken so far. Thread rule: a value.

#include <chrono>

namespace fairlead::checks {

class Stopwatch {
  public:
    [[nodiscard]] std::chrono::milliseconds elapsed() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - started_);
    }

  private:
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace fairlead::checks
