// SPDX-License-Identifier: Apache-2.0
#pragma once

// Moments as ISO 8601 writes them, in UTC. Thread rule: pure functions.

#include <string>

#include "base/clock.h"

namespace fairlead {

/// "2026-11-20T12:30:00Z".
[[nodiscard]] std::string iso_text(WallTime time);
/// "2026-11-20T12:30:00.123Z".
[[nodiscard]] std::string iso_text_ms(WallTime time);

}  // namespace fairlead
