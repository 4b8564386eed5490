// SPDX-License-Identifier: Apache-2.0
#pragma once

// The random numbers of one decision, drawn from its seed: splitmix64 (Steele, Lea, Flood: "Fast
// Splittable Pseudorandom Number Generators", OOPSLA 2014). No state outlives the decision, so the
// same seed gives the same answer.

#include <cstdint>

namespace fairlead::policy {

class Draw {
  public:
    /// One stream for each (seed, stream) pair: nodes of one decision draw independently.
    Draw(std::uint64_t seed, std::uint64_t stream) : state_(seed ^ mix(stream + 1)) {}

    /// Uniform over all 64-bit numbers.
    std::uint64_t next() {
        state_ += kGamma;
        return mix(state_);
    }

    /// Uniform in [0, bound). REQUIRES: bound > 0. Lemire's multiplication; its bias is below
    /// bound / 2^64, which no test and no traffic can see.
    std::uint64_t below(std::uint64_t bound) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
    }

    /// The mixing function alone: one well-spread number for each number.
    static constexpr std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

  private:
    static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15;

    std::uint64_t state_;
};

}  // namespace fairlead::policy
