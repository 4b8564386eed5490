// SPDX-License-Identifier: Apache-2.0
#pragma once

// How many commands of exec checks run at once. Those beyond wait in line.
// Thread rule: the checker thread.

#include <cstddef>
#include <deque>
#include <functional>

namespace fairlead::checks {

class CommandSlots {
  public:
    static constexpr std::size_t kUsual = 64;
    static constexpr std::size_t kWaitingMax = 1024;

    /// Takes the slot; false = not needed any more.
    using Granted = std::function<bool()>;

    explicit CommandSlots(std::size_t most = kUsual) : free_(most) {}

    [[nodiscard]] std::size_t free() const { return free_; }

    /// Calls `granted` now, or when a slot becomes free; never when too many wait already.
    void acquire(Granted granted) {
        if (waiting_.size() == kWaitingMax) return;
        waiting_.push_back(std::move(granted));
        grant();
    }

    void release() {
        ++free_;
        grant();
    }

  private:
    void grant() {
        while (free_ > 0 && !waiting_.empty()) {
            const Granted next = std::move(waiting_.front());
            waiting_.pop_front();
            --free_;
            if (!next()) ++free_;
        }
    }

    std::size_t free_;
    std::deque<Granted> waiting_;
};

}  // namespace fairlead::checks
