// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a configuration file (or a directory of them) to what can be served. `fairlead check`,
// `serve` and reload are this same call, so that validation cannot drift from loading.
//
// All or nothing: with one error nothing is returned but the findings, all of them at once.
// Thread rule: any one thread; reads files, starts nothing.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "config/admin_reader.h"
#include "config/alerts_reader.h"
#include "config/diagnostics.h"
#include "config/file_version.h"
#include "config/pdns_api_reader.h"
#include "config/zone_serials.h"
#include "geo/latency_table.h"
#include "geo/locator.h"
#include "policy/catalog.h"

namespace fairlead::config {

/// `server:`, with its defaults.
struct ServerSettings {
    std::filesystem::path socket = "/run/fairlead/pdns.sock";
    std::string socket_group;          // empty: the process's own
    std::uint32_t socket_mode = 0660;  // permission bits
    unsigned workers = 1;
    std::size_t max_probes = 0;  // in flight at once; 0: as many as descriptors allow for
    std::filesystem::path state_dir = "/var/lib/fairlead";  // empty: nothing is kept
    /// One of them for each PowerDNS; without any caches cannot be purged.
    std::vector<std::filesystem::path> pdns_control;
    std::vector<PdnsApiSettings> pdns_api;
};

struct Loaded {
    ServerSettings server;
    std::optional<AdminSettings> admin;  // nothing: no interface for operators
    AlertSettings alerts;
    LogSettings log;
    std::shared_ptr<const policy::Catalog> catalog;
    std::shared_ptr<const geo::Locator> locator;
    std::shared_ptr<const geo::LatencyTable> latencies;  // null without `latency`
    std::shared_ptr<const ZoneSerials> serials;
    FileVersions databases;  // that the locator is made of, as they were when they were read
    FileVersions files;      // texts, zone files, databases and the latency table, as they were
    FileVersions watched;    // those of them whose replacement asks for a reload
};

/// True when clients may be placed otherwise than before, by other databases or latencies.
[[nodiscard]] inline bool may_place_otherwise(const Loaded& before, const Loaded& after) {
    return before.databases != after.databases || after.latencies != nullptr;
}

struct LoadResult {
    std::optional<Loaded> loaded;  // nothing when `diagnostics` has an error
    Diagnostics diagnostics;       // sorted by file, line, column
};

/// `path`: one YAML file, or a directory whose *.yaml and *.yml files are merged by top-level key
/// in the order of their names.
///
/// The serial of a zone is the modification time of the newest of these files in Unix seconds, as
/// far as that is more than it was for other texts (zone_serials.h). Relative paths in the
/// configuration start at its directory.
///
/// `previous`: what has been served until now. Its locator is used again when the databases are the
/// same as then, and its latencies stay where new measurements differ little
/// (`latency.hysteresis`), and serials go on from its. Without it, they go on from what
/// `recall(server.state_dir)` gives.
using RecallSerials = std::function<ZoneSerials(const std::filesystem::path& state_dir)>;
[[nodiscard]] LoadResult load(const std::filesystem::path& path, const Loaded* previous = nullptr,
                              const RecallSerials& recall = {});

/// The same for a text; `name` stands for the file in findings. Opens nothing but the databases and
/// certificate files that the text names.
[[nodiscard]] LoadResult load_text(std::string_view yaml, std::string name = "config.yaml",
                                   std::uint32_t serial = 1);

}  // namespace fairlead::config
