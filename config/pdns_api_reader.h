// SPDX-License-Identifier: Apache-2.0
#pragma once

// `server.pdns_api`: PowerDNS's HTTP API, for a PowerDNS whose control socket is out of reach.
// Thread rule: any one thread; reads the files of keys.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/fields.h"
#include "config/findings.h"
#include "config/http_server.h"

namespace fairlead::config {

struct PdnsApiSettings {
    std::string url;  // as people know it: "http://192.0.2.53:8081", without a final slash
    HttpServer server;
    std::string path;     // in front of "/api/v1": empty, or that of a proxy
    std::string key;      // a secret
    std::string ca_file;  // empty: the system's
    friend bool operator==(const PdnsApiSettings&, const PdnsApiSettings&) = default;
};

/// The key in a file: its one line that is not empty and no comment ('#'). The error says what is
/// wrong, and never a part of the key.
[[nodiscard]] Result<std::string> read_api_key(const std::filesystem::path& file);

/// `fields`: of the section `server`. Relative paths start at `directory`.
[[nodiscard]] std::vector<PdnsApiSettings> read_pdns_api(const Fields& fields,
                                                         const std::filesystem::path& directory,
                                                         Findings& findings);

}  // namespace fairlead::config
