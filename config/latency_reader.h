// SPDX-License-Identifier: Apache-2.0
#pragma once

// `latency` of a configuration: the table that policy latency goes by, and what it keeps of the
// table in use until now. Thread rule: one thread.

#include <filesystem>
#include <memory>

#include "config/fields.h"
#include "config/file_version.h"
#include "config/findings.h"
#include "geo/latency_table.h"

namespace fairlead::config {

struct Latencies {
    std::shared_ptr<const geo::LatencyTable> table;  // nothing when there is a mistake
    FileVersion file;                                // before it was read
};

/// Reads the table that `latency` names and steadies it against `previous` (nullptr = there is none
/// yet). Each bad row is a finding at its own line.
[[nodiscard]] Latencies read_latency(const Fields& latency, const std::filesystem::path& directory,
                                     const geo::LatencyTable* previous, Findings& findings);

}  // namespace fairlead::config
