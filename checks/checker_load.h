// SPDX-License-Identifier: Apache-2.0
#pragma once

// How much the checker has to do, and what holds it up. Thread rule: a value.

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace fairlead::checks {

struct CheckerLoad {
    std::size_t probes_in_flight = 0;  // commands are not among them
    std::size_t probes_in_flight_max = 0;
    Duration behind{0};              // how long the probe that is due the longest has waited
    std::uint64_t probes = 0;        // that were started
    std::uint64_t late = 0;          // more than a second after they were due
    std::uint64_t not_possible = 0;  // for want of files, ports, memory or a right
};

}  // namespace fairlead::checks
