// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many commands of exec checks run at once. A check whose turn it is waits until a slot is free
// (probe_queue.h). A command has its slot until its process is gone, which may be later than its
// outcome. Thread rule: the checker thread.

#include <cstddef>
#include <functional>
#include <utility>

namespace fairlead::checks {

class CommandSlots {
  public:
    static constexpr std::size_t kUsual = 64;

    explicit CommandSlots(std::size_t most = kUsual) : free_(most) {}

    [[nodiscard]] std::size_t free() const { return free_; }

    /// REQUIRES: one is free.
    void take() { --free_; }
    void give_back() {
        ++free_;
        on_free_();
    }

    /// Called whenever a slot was given back.
    void on_free(std::function<void()> call) { on_free_ = std::move(call); }

  private:
    std::size_t free_;
    std::function<void()> on_free_ = [] {};
};

}  // namespace fairlead::checks
