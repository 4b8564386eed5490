// SPDX-License-Identifier: Apache-2.0
#pragma once

// The owner of a file descriptor. Thread rule: a value of one owner.

#include <unistd.h>

#include <utility>

namespace fairlead {

/// A descriptor that is closed once; -1 = none.
class Descriptor {
  public:
    Descriptor() = default;
    /// What open(2) and the like return: a failure is none.
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (is_open()) ::close(number_);
    }
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    [[nodiscard]] int get() const { return number_; }
    /// Hands it over to the caller.
    [[nodiscard]] int release() { return std::exchange(number_, -1); }

  private:
    int number_ = -1;
};

}  // namespace fairlead
