// SPDX-License-Identifier: Apache-2.0
#pragma once

// What happened on the socket, counted. Each worker has its own set, so that counting costs no
// contention; readers add them up.
// Thread rule: count() by the owning worker, of() by any thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"

namespace fairlead::backend {

enum class Event : std::uint8_t {
    connection,          // accepted
    connection_refused,  // closed at once: too many
    request,             // every line that was answered, well-formed or not
    lookup,              // of those: lookups
    unsupported,         // of those: methods that this backend does not have
    not_json,            // of those: see Refused::Reason, and so for the next three
    no_method,
    bad_parameters,
    too_long,
    stalled,  // connections closed because the peer neither sent the rest nor read
};
inline constexpr std::size_t kEventCount = static_cast<std::size_t>(Event::stalled) + 1;

class Counters {
  public:
    void count(Event event) { cells_[static_cast<std::size_t>(event)].add(); }
    [[nodiscard]] std::uint64_t of(Event event) const {
        return cells_[static_cast<std::size_t>(event)].value();
    }

  private:
    std::array<Counter, kEventCount> cells_;
};

}  // namespace fairlead::backend
