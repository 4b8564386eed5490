// SPDX-License-Identifier: Apache-2.0
#pragma once

// A number that only grows: how often something happened since the start.
// Thread rule: one thread adds, any thread reads. Relaxed order: the value says nothing about other
// memory. With one adder a plain load and store do; no locked instruction on the query path.

#include <atomic>
#include <cstdint>

namespace fairlead {

class Counter {
  public:
    void add(std::uint64_t amount = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

  private:
    std::atomic<std::uint64_t> value_{0};
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

}  // namespace fairlead
