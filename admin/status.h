// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the process is doing as a whole: ready or not, and its state in one document.
// Thread rule: pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "admin/process.h"

namespace fairlead::admin {

/// Why the process should get no traffic; nothing when it is ready. Not before the first round of
/// health checks is complete, and not while the checker is silent: no outcome has been published
/// for longer than the longest a check can take to give one.
[[nodiscard]] std::optional<std::string> why_not_ready(const View& view, const Activity& activity,
                                                       TimePoint now);

[[nodiscard]] nlohmann::ordered_json status_json(const View& view, const Activity& activity,
                                                 const Moment& now);

/// "2026-11-20T12:30:00Z".
[[nodiscard]] std::string iso_text(WallTime time);
/// "2026-11-20T12:30:00.123Z".
[[nodiscard]] std::string iso_text_ms(WallTime time);

}  // namespace fairlead::admin
