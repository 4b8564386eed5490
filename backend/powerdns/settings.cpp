// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/settings.h"

#include <algorithm>
#include <charconv>

namespace fairlead::backend {
namespace {

constexpr std::chrono::milliseconds kDefaultTimeout{2000};  // unixconnector.cc, httpconnector.cc

bool is_name(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                                std::string_view::npos;
}

/// In "unix:path=/run/fairlead/pdns.sock,timeout=1000".
std::chrono::milliseconds timeout_of(std::string_view connection) {
    static constexpr std::string_view kKey = "timeout=";
    const auto at = connection.find(kKey);
    if (at == std::string_view::npos) return kDefaultTimeout;
    connection.remove_prefix(at + kKey.size());
    int value = 0;
    const auto [end, error] =
        std::from_chars(connection.data(), connection.data() + connection.size(), value);
    return error == std::errc() ? std::chrono::milliseconds(value) : kDefaultTimeout;
}

}  // namespace

PowerDnsSettings parse_settings(std::string_view current_config) {
    PowerDnsSettings settings;
    while (!current_config.empty()) {
        const auto line = current_config.substr(0, current_config.find('\n'));
        current_config.remove_prefix(std::min(line.size() + 1, current_config.size()));
        const auto setting = line.starts_with("# ") ? line.substr(2) : line;
        const auto equals = setting.find('=');
        const auto name = setting.substr(0, equals);
        if (equals == std::string_view::npos || !is_name(name)) continue;
        settings.insert_or_assign(std::string(name), std::string(setting.substr(equals + 1)));
    }
    return settings;
}

std::chrono::milliseconds connector_timeout(const PowerDnsSettings& settings) {
    std::chrono::milliseconds longest{0};
    for (const auto& [name, value] : settings) {
        if (name.starts_with("remote-") && name.ends_with("connection-string")) {
            longest = std::max(longest, timeout_of(value));
        }
    }
    return longest == std::chrono::milliseconds(0) ? kDefaultTimeout : longest;
}

std::vector<std::string_view> launched_backends(const PowerDnsSettings& settings) {
    static constexpr std::string_view kSeparators = ", ";  // dnsbackend.cc
    std::vector<std::string_view> backends;
    const auto launch = settings.find("launch");
    if (launch == settings.end()) return backends;
    std::string_view rest = launch->second;
    for (std::size_t begin = 0; (begin = rest.find_first_not_of(kSeparators)) != rest.npos;) {
        rest.remove_prefix(begin);
        backends.push_back(rest.substr(0, rest.find_first_of(kSeparators)));
        rest.remove_prefix(backends.back().size());
    }
    return backends;
}

bool is_remote(std::string_view backend) {
    return backend == "remote" || backend.starts_with("remote:");
}

bool has_other_backends(const PowerDnsSettings& settings) {
    const auto backends = launched_backends(settings);
    return backends.size() != 1 || !is_remote(backends.front());
}

}  // namespace fairlead::backend
