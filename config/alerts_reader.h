// SPDX-License-Identifier: Apache-2.0
#pragma once

// `alerts:`: who is told about what.
// Thread rule: one thread; reads the files with headers.

#include <bitset>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"
#include "config/fields.h"
#include "config/findings.h"
#include "config/http_server.h"

namespace fairlead::config {

using EventKinds = std::bitset<kEventKinds>;

struct WebhookSettings {
    HttpServer server;
    std::string target;                                        // path and query: may be secret
    std::vector<std::pair<std::string, std::string>> headers;  // likewise
    std::string ca_file;                                       // empty: the system's
    std::chrono::milliseconds timeout{10'000};
    EventKinds events;
    friend bool operator==(const WebhookSettings&, const WebhookSettings&) = default;
};

/// `alerts:`, with its defaults.
struct AlertSettings {
    std::chrono::milliseconds group_window{30'000};
    std::vector<WebhookSettings> webhooks;
    std::vector<std::string> exec;  // empty: none
    EventKinds exec_events;
    std::int64_t spike_factor = 5;
    std::chrono::milliseconds spike_window{60'000};
    friend bool operator==(const AlertSettings&, const AlertSettings&) = default;
};

/// The headers of a file: a line each, "NAME: VALUE"; empty lines and those that start with '#' are
/// passed over. The error says what is wrong, and never a part of a value.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> read_header_file(
    const std::filesystem::path& file);

/// Relative paths start at `directory`. Without the section: nobody is told anything.
[[nodiscard]] AlertSettings read_alerts(const Fields* fields,
                                        const std::filesystem::path& directory, Findings& findings);

}  // namespace fairlead::config
