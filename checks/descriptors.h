// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the files that this process may have open are shared out: half for probes in flight, a
// quarter for connections that are kept between probes, the rest for PowerDNS, operators, alerts,
// commands and files. So a site that falls silent takes no descriptor from who asks.

#include <cstddef>

namespace fairlead::checks {

/// RLIMIT_NOFILE of this process, as it is now.
[[nodiscard]] std::size_t open_files_max();

/// How many probes may be in flight where nothing else is said.
inline constexpr std::size_t kProbesUsual = std::size_t{16} * 1024;

/// Of `files`: at least one.
[[nodiscard]] constexpr std::size_t files_for_probes(std::size_t files) {
    return files < 2 ? 1 : files / 2;
}
[[nodiscard]] constexpr std::size_t files_for_kept_connections(std::size_t files) {
    return files / 4;
}

}  // namespace fairlead::checks
