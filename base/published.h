// SPDX-License-Identifier: Apache-2.0
#pragma once

// One immutable value that writers replace and readers never wait for.
//
// A reader keeps the pointer it saw last and the generation that belongs to it; as long as the
// generation has not moved, get() is one acquire load and a compare, with no reference count.
// Not std::atomic<std::shared_ptr>: libstdc++ 12 releases that lock bit with relaxed order
// (bits/shared_ptr_atomic.h), which ThreadSanitizer reports. The idea is PowerDNS's sholder.hh.
//
// The price: a reader that asks for nothing keeps the value it saw last alive. Call get() now and
// then on an idle thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace fairlead {

template <typename T>
class Published {
  public:
    using Pointer = std::shared_ptr<const T>;

    explicit Published(Pointer first) : current_(std::move(first)) {}

    /// The value as it is now. Takes the lock; for writers and rare readers.
    [[nodiscard]] Pointer load() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }

    /// Replaces the value by `change(current)`. Writers wait for each other; readers only for the
    /// exchange, however long `change` takes.
    template <typename Change>
    void update(Change&& change) {
        Pointer old;  // declared before the locks, so destroyed after them: there may be much to
                      // destroy
        const std::lock_guard writing(writers_);
        Pointer next = std::forward<Change>(change)(std::as_const(current_));
        const std::lock_guard lock(mutex_);
        old = std::exchange(current_, std::move(next));
        generation_.fetch_add(1, std::memory_order_release);
    }

    /// Counts the updates; starts at 1.
    [[nodiscard]] std::uint64_t generation() const {
        return generation_.load(std::memory_order_acquire);
    }

    /// One thread's view. The Published must outlive it.
    class Reader {
      public:
        explicit Reader(const Published& source) : source_(&source) {}

        /// Valid until this reader's next get().
        [[nodiscard]] const T& get() {
            const auto generation = source_->generation();
            if (generation != seen_) {
                seen_ = generation;  // read before the pointer: at worst one more load next time
                cached_ = source_->load();
            }
            return *cached_;
        }

      private:
        const Published* source_;
        std::uint64_t seen_ = 0;
        Pointer cached_;
    };

  private:
    std::mutex writers_;  // taken before mutex_
    mutable std::mutex mutex_;
    Pointer current_;  // read under either mutex, written under both
    std::atomic<std::uint64_t> generation_{1};
};

}  // namespace fairlead
