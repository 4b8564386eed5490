// SPDX-License-Identifier: Apache-2.0
#pragma once

// The commands of `fairlead`, as functions: what to do, where to write, the exit code as result.
// Parsing of the command line is in command_line.h; each command is in its own file.

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace fairlead::backend {

struct Streams {
    std::ostream& out;  // what was asked for
    std::ostream& err;  // what went wrong
};

/// fairlead serve: runs until it is told to stop. Exit code: see backend/daemon.h.
[[nodiscard]] int serve(const std::filesystem::path& config, const Streams& streams);

/// fairlead check: prints every finding. 0 clean, 1 warnings with `strict`, 2 errors.
[[nodiscard]] int check(const std::filesystem::path& config, bool strict, const Streams& streams);

struct ExplainOptions {
    std::filesystem::path config;
    std::string name;               // with or without the final dot
    std::string type;               // in any case
    std::string client;             // an address; empty: PowerDNS asking for itself
    std::string ecs;                // EDNS client subnet, or empty
    std::vector<std::string> down;  // endpoints, by name or address, that count as unhealthy
    std::uint64_t seed = 0;         // of random draws
    bool json = false;              // for machines
};

/// fairlead explain: what would be answered, and why, with every unknown endpoint counted as
/// healthy. 0, also for a name that does not exist; 2 when the options or the configuration are
/// wrong.
[[nodiscard]] int explain(const ExplainOptions& options, const Streams& streams);

struct SimulateOptions {
    std::filesystem::path config;
    std::string name;               // with or without the final dot
    std::string type = "A";         // or AAAA
    std::filesystem::path clients;  // CSV of networks and weights; empty: the world
    std::vector<std::string> down;  // as with explain
    bool by_country = false;
    bool json = false;
};

/// fairlead simulate: which share of many clients' answers each endpoint gets. 0; 2 when the
/// options, the clients or the configuration are wrong.
[[nodiscard]] int simulate(const SimulateOptions& options, const Streams& streams);

/// fairlead version.
[[nodiscard]] int version(const Streams& streams);

}  // namespace fairlead::backend
