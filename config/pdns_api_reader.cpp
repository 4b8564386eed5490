// SPDX-License-Identifier: Apache-2.0
#include "config/pdns_api_reader.h"

#include <algorithm>
#include <optional>

#include "config/ca_file.h"
#include "config/http_url.h"
#include "config/secret_file.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kKeyFileMax = 4096;

/// Nothing for a line without a key.
Result<std::optional<std::string>> read_key_line(std::string line) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r' || line.back() == '\t'))
        line.pop_back();
    if (line.empty() || line.starts_with('#')) return std::optional<std::string>();
    const bool plain = std::ranges::all_of(line, [](char c) { return c > 0x20 && c < 0x7f; });
    if (!plain) return Error{"has a blank or a byte in it that no key can have"};
    return std::optional(std::move(line));
}

void read_url(const Fields& fields, PdnsApiSettings& api, Findings& findings) {
    const Cursor* at = fields.find("url");
    if (at == nullptr) return;  // which has been reported
    const std::string text = fields.text("url");
    const auto url = parse_http_url(text);
    if (!url || url->has_query()) {
        findings.add(Rule::bad_value, *at,
                     "this is no address of PowerDNS's webserver; write http://192.0.2.53:8081");
        return;
    }
    api.server = server_of(*url);
    api.path = std::string(url->encoded_path());
    api.url = text;
    for (auto* part : {&api.path, &api.url}) {
        while (part->ends_with('/'))
            part->pop_back();
    }
}

void read_key(const Fields& fields, const fs::path& directory, PdnsApiSettings& api,
              Findings& findings) {
    const Cursor* at = fields.find("key_file");
    if (at == nullptr) return;  // which has been reported
    const fs::path file = (directory / fields.text("key_file")).lexically_normal();
    auto key = read_api_key(file);
    if (key) {
        api.key = *std::move(key);
    } else {
        findings.add(Rule::key_file, *at, in_quotes(file.string()) + " " + key.error().message);
    }
}

}  // namespace

Result<std::string> read_api_key(const fs::path& file) {
    const SecretFileLimits limits{
        .bytes_max = kKeyFileMax,
        .forbidden = fs::perms::others_all | fs::perms::group_write,
        .complaint = "can be read by others, or written by more than its owner; run chmod 640"};
    auto keys = read_secret_file<std::string>(file, limits, read_key_line);
    if (!keys) return keys.error();
    if (keys->size() != 1) {
        return Error{keys->empty() ? "has no key in it" : "has more than one key in it"};
    }
    return Result<std::string>(boost::system::in_place_value, std::move(keys->front()));
}

std::vector<PdnsApiSettings> read_pdns_api(const Fields& fields, const fs::path& directory,
                                           Findings& findings) {
    std::vector<PdnsApiSettings> apis;
    for (const auto& at : fields.list("pdns_api")) {
        const Fields one(at, findings, Grammar{Level::pdns_api});
        if (!one.is_mapping()) continue;
        PdnsApiSettings api;
        one.has_required();
        read_url(one, api, findings);
        read_key(one, directory, api, findings);
        api.ca_file = read_ca_file(one, directory, findings);
        apis.push_back(std::move(api));
    }
    return apis;
}

}  // namespace fairlead::config
