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
/// health checks is complete, and not while the checker is stale.
[[nodiscard]] std::optional<std::string> why_not_ready(const View& view, const Activity& activity,
                                                       TimePoint now);

/// Why the checker does not do its work; nothing when it does, or has nothing to do. Its results
/// must come as often as the most frequent check has it, and each round of all checks must be
/// complete in twice the time that the rarest needs.
[[nodiscard]] std::optional<std::string> why_stale(const View& view, TimePoint now);

/// How many checks of addresses there are; of an alias, those it has at this moment.
[[nodiscard]] std::size_t checked_addresses(const View& view);

[[nodiscard]] nlohmann::ordered_json status_json(const View& view, const Activity& activity,
                                                 const Moment& now);

}  // namespace fairlead::admin
