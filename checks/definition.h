// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a check still means the same: evidence gathered under one definition says less under
// another. Pure.

#include <cstdint>

#include "checks/health_check.h"

namespace fairlead::checks {

/// A digest of everything but the name. Equal checks have equal ones, in every process of one
/// version; a different version may compute others, which costs counters and no more.
[[nodiscard]] std::uint64_t definition_of(const HealthCheck& check);

/// A digest of what a probe asks, of whom: not of how often, how patiently, and what follows.
[[nodiscard]] std::uint64_t question_of(const HealthCheck& check);

}  // namespace fairlead::checks
