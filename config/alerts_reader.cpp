// SPDX-License-Identifier: Apache-2.0
#include "config/alerts_reader.h"

#include <algorithm>
#include <optional>

#include "config/ca_file.h"
#include "config/command_reader.h"
#include "config/http_headers.h"
#include "config/http_url.h"
#include "config/secret_file.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWebhooksMax = 16;
constexpr std::size_t kHeadersMax = 32;
constexpr std::uintmax_t kHeaderFileMax = 16384;

using Header = std::pair<std::string, std::string>;

void read_url(const Fields& fields, WebhookSettings& webhook, Findings& findings) {
    const Cursor* at = fields.find("url");
    if (at == nullptr) return;  // which has been reported
    const std::string text = fields.text("url");
    const auto url = parse_http_url(text);
    if (!url) {
        findings.add(Rule::bad_value, *at,
                     "this is no address to post to; write https://hooks.example.com/path");
        return;
    }
    webhook.server = server_of(*url);
    webhook.target = std::string(url->encoded_target());
    if (!webhook.target.starts_with('/')) webhook.target.insert(0, "/");
}

EventKinds read_kinds(const Fields& fields, EventKinds otherwise, Findings& findings) {
    if (fields.find("events") == nullptr) return otherwise;
    EventKinds kinds;
    for (const auto& item : fields.list("events")) {
        const auto word = read_word(item, *find_key(Level::webhook, "events"), findings);
        for (std::size_t kind = 0; word && kind < kEventKinds; ++kind) {
            if (*word == to_string(static_cast<EventKind>(kind))) kinds.set(kind);
        }
    }
    return kinds;
}

/// Nothing for a line without a header.
Result<std::optional<Header>> read_header(const std::string& line) {
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    if (line.starts_with('#') || std::ranges::all_of(line, is_blank)) {
        return std::optional<Header>();
    }
    const auto colon = line.find(':');
    const std::string name = line.substr(0, colon);
    if (colon == std::string::npos || !is_header_name(name)) return Error{"is no \"NAME: VALUE\""};
    if (is_reserved_header(name)) return Error{"has a header that fairlead sets itself"};
    std::string value = line.substr(colon + 1);
    while (!value.empty() && is_blank(value.front()))
        value.erase(0, 1);
    while (!value.empty() && is_blank(value.back()))
        value.pop_back();
    if (has_control_byte(value)) return Error{"has a control character in it"};
    return std::optional(Header(name, std::move(value)));
}

void read_headers(const Fields& fields, const fs::path& directory, WebhookSettings& webhook,
                  Findings& findings) {
    const Cursor* at = fields.find("headers_file");
    const std::string name = fields.text("headers_file");
    if (at == nullptr || name.empty()) return;
    const fs::path file = (directory / name).lexically_normal();
    auto headers = read_header_file(file);
    if (headers) {
        webhook.headers = *std::move(headers);
    } else {
        findings.add(Rule::headers_file, *at,
                     in_quotes(file.string()) + " " + headers.error().message);
    }
}

WebhookSettings read_webhook(const Fields& fields, EventKinds kinds, const fs::path& directory,
                             Findings& findings) {
    WebhookSettings webhook;
    fields.has_required();
    read_url(fields, webhook, findings);
    read_headers(fields, directory, webhook, findings);
    webhook.timeout = fields.duration("timeout");
    webhook.events = read_kinds(fields, kinds, findings);
    webhook.ca_file = read_ca_file(fields, directory, findings);
    return webhook;
}

}  // namespace

Result<std::vector<Header>> read_header_file(const fs::path& file) {
    const SecretFileLimits limits{
        .bytes_max = kHeaderFileMax,
        .forbidden = fs::perms::group_all | fs::perms::others_all,
        .complaint = "can be read or written by others than its owner; run chmod 600"};
    auto headers = read_secret_file<Header>(file, limits, read_header);
    if (!headers) return headers;
    if (headers->empty()) return Error{"has no header in it"};
    if (headers->size() > kHeadersMax) return Error{"has more than 32 headers"};
    return headers;
}

AlertSettings read_alerts(const Fields* fields, const fs::path& directory, Findings& findings) {
    AlertSettings alerts;
    if (fields == nullptr) return alerts;
    alerts.group_window = fields->duration("group_window");
    const EventKinds kinds = read_kinds(*fields, EventKinds().set(), findings);
    const auto hooks = fields->list("webhooks");
    if (hooks.size() > kWebhooksMax) {
        findings.add(Rule::out_of_range, *fields->find("webhooks"), "there can be 16 webhooks");
    }
    for (const auto& at : hooks) {
        const Fields hook(at, findings, Grammar{Level::webhook});
        if (hook.is_mapping())
            alerts.webhooks.push_back(read_webhook(hook, kinds, directory, findings));
    }
    alerts.exec = read_command(fields->list("exec"), directory, findings);
    alerts.exec_events = kinds;
    if (const Cursor* at = fields->find("query_spike")) {
        const Fields spike(*at, findings, Grammar{Level::query_spike});
        alerts.spike_factor = spike.integer("factor");
        alerts.spike_window = spike.duration("window");
    }
    return alerts;
}

}  // namespace fairlead::config
