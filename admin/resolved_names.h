// SPDX-License-Identifier: Apache-2.0
#pragma once

// What host names resolve to, those of aliases and those that are probed, for people: how old the
// last good answer is, and why there is no newer one. Thread rule: pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "admin/process.h"
#include "checks/name_state.h"

namespace fairlead::admin {

/// The age of the last good answer, in seconds; nothing when there has never been one.
[[nodiscard]] std::optional<double> age_of(const checks::FamilyAnswer& answer, TimePoint now);

/// {"total": ..., "failing": ..., "names": [...]}: those that fail first, a hundred at most.
[[nodiscard]] nlohmann::ordered_json resolved_names_json(const View& view, TimePoint now);

}  // namespace fairlead::admin
