// SPDX-License-Identifier: Apache-2.0
#pragma once

// The settings of a running PowerDNS, and what purging has to know of them.
// Sources: PowerDNS pdns/arguments.cc, pdns/dnsbackend.cc, modules/remotebackend (4.7 to 5.1).
// Thread rule: pure.

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fairlead::backend {

/// Setting -> value, as the control command CURRENT-CONFIG and the HTTP API tell them.
using PowerDnsSettings = std::map<std::string, std::string, std::less<>>;

/// Lines `name=value`, and `# name=value`, which is how PowerDNS tells a default.
[[nodiscard]] PowerDnsSettings parse_settings(std::string_view current_config);

/// How long PowerDNS waits for one answer: `timeout` in the connection string of the remote
/// backend, or of the one among several that waits longest; 2 s unless it is said.
[[nodiscard]] std::chrono::milliseconds connector_timeout(const PowerDnsSettings& settings);

/// Of `launch`, in the order in which they are asked: "bind", "remote", "remote:second". A line
/// `launch+=remote` makes "bind, remote" of it. Valid as long as `settings`.
[[nodiscard]] std::vector<std::string_view> launched_backends(const PowerDnsSettings& settings);

/// Whether one of these is a remote backend.
[[nodiscard]] bool is_remote(std::string_view backend);

/// True when zones may come from elsewhere too (`launch=bind,remote`), with references to names of
/// ours that nobody here knows of. Also when it is not said.
[[nodiscard]] bool has_other_backends(const PowerDnsSettings& settings);

}  // namespace fairlead::backend
