// SPDX-License-Identifier: Apache-2.0
#pragma once

// Zones that are asked far more often than they were: the rate over the last `window` against a
// moving average over kMemory windows. Both are exponential averages, so that a zone costs two
// numbers and nothing is stored. The average follows a spike, too: what goes on for hours is the
// new normal.
//
// Thread rule: one thread. Pure: the time is passed in.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"

namespace fairlead::backend {

struct SpikeLimits {
    double factor = 5;
    std::chrono::milliseconds window{60'000};
    double least_per_s = 10;  // rates below are no spike, however quiet it was
};

/// One zone.
class QueryRate {
  public:
    static constexpr int kMemory = 60;   // windows
    static constexpr int kLearning = 3;  // windows, before which nothing is a spike

    /// `lookups` came within `time`. True when a spike has begun or ended.
    [[nodiscard]] bool sample(std::uint64_t lookups, double seconds, const SpikeLimits& limits);

    [[nodiscard]] bool is_spike() const { return spike_; }
    [[nodiscard]] double per_s() const { return now_; }
    [[nodiscard]] double usual_per_s() const { return usual_; }

  private:
    double now_ = 0;    // lookups a second over about a window
    double usual_ = 0;  // ... over about kMemory windows
    double age_s_ = 0;
    bool spike_ = false;
};

/// All zones, by name over reloads.
class QuerySpikes {
  public:
    explicit QuerySpikes(SpikeLimits limits = {}) : limits_(limits) {}

    void configure(SpikeLimits limits) { limits_ = limits; }

    /// `names` and what they were asked since they were first given so. Other names than before:
    /// those that stay keep what is known of them.
    void rename(std::vector<std::string> names);
    [[nodiscard]] std::vector<Event> sample(std::span<const std::uint64_t> lookups, TimePoint now);

    /// Zones with a spike now.
    [[nodiscard]] std::size_t count() const;

  private:
    struct Zone {
        std::string name;
        QueryRate rate;
        std::uint64_t counted = 0;
        TimePoint since{};  // of a spike
    };

    SpikeLimits limits_;
    std::vector<Zone> zones_;
    TimePoint sampled_{};
};

}  // namespace fairlead::backend
