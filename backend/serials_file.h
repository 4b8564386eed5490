// SPDX-License-Identifier: Apache-2.0
#pragma once

// The serials of zones in the state directory, `serials.json`, so that none goes back over a
// restart:
//
//     {"format": "fairlead serials", "version": 1,
//      "zones": {"example.com.": {"texts": 1234, "serial": 1763640000}}}
//
// Thread rule: functions of their arguments, which wait for the disk.

#include <filesystem>

#include "base/log.h"
#include "config/zone_serials.h"

namespace fairlead::backend {

/// Nothing when there is no file, or none that can be used, which is a warning.
[[nodiscard]] config::ZoneSerials recall_serials(const std::filesystem::path& directory, Log& log);

/// What cannot be written is a warning: nothing depends on it until a restart.
void save_serials(const std::filesystem::path& directory, const config::ZoneSerials& serials,
                  Log& log);

}  // namespace fairlead::backend
