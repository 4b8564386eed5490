// SPDX-License-Identifier: Apache-2.0
#pragma once

// What happened on the socket, counted. Each worker has its own set, so that counting costs no
// contention; readers add them up.
// Thread rule: count() by the owning worker, of() by any thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "backend/protocol/latency.h"
#include "backend/protocol/methods.h"
#include "base/counter.h"

namespace fairlead::backend {

enum class Count : std::uint8_t {
    connection,          // accepted
    connection_refused,  // closed at once: too many
    accept_failed,       // one that waits cannot be accepted, for want of descriptors as a rule
    request,             // every line that was answered, well-formed or not
    lookup,              // of those: lookups
    unsupported,         // of those: methods that this backend does not have
    not_json,            // of those: see Refused::Reason, and so for the next three
    no_method,
    bad_parameters,
    too_long,
    stalled,  // connections closed because the peer neither sent the rest nor read
};
inline constexpr std::size_t kCounts = static_cast<std::size_t>(Count::stalled) + 1;

class Counters {
  public:
    void count(Count which) { cells_[static_cast<std::size_t>(which)].add(); }
    [[nodiscard]] std::uint64_t of(Count which) const {
        return cells_[static_cast<std::size_t>(which)].value();
    }

    /// A request for the method at this place of method_names().
    void count_method(std::size_t method) { methods_[method].add(); }
    [[nodiscard]] std::uint64_t of_method(std::size_t method) const {
        return methods_[method].value();
    }

    /// Of lookups, from the line read to the reply written, without the socket; of each
    /// kTimedEach-th, so that looking at the clock costs next to nothing.
    LatencyHistogram lookup_latency;
    static constexpr std::uint64_t kTimedEach = 16;

  private:
    std::array<Counter, kCounts> cells_;
    std::array<Counter, kMethods> methods_;
};

}  // namespace fairlead::backend
