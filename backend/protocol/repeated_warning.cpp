// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/repeated_warning.h"

namespace fairlead::backend {

void RepeatedWarning::happened(std::string_view detail) {
    unreported_.fetch_add(1, std::memory_order_relaxed);
    if (!limit_.allows(SteadyClock().now())) return;
    const std::uint64_t count = unreported_.exchange(0, std::memory_order_relaxed);
    std::string line = what_ + ": " + std::string(detail);
    if (count > 1) line += " (the last of " + std::to_string(count) + " since the previous line)";
    log_.warning(line);
}

}  // namespace fairlead::backend
