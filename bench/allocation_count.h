// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counts the heap allocations of a benchmark: linking allocation_count.cpp replaces operator new.

#include <cstdint>

namespace fairlead::bench {

/// Allocations of the whole process so far; a loop's share is the difference around it.
[[nodiscard]] std::uint64_t allocation_count();

}  // namespace fairlead::bench
