// SPDX-License-Identifier: Apache-2.0
#include "config/probe_reader.h"

#include <algorithm>

#include "checks/pattern.h"
#include "config/ca_file.h"
#include "config/command_reader.h"
#include "config/http_headers.h"
#include "config/prometheus_reader.h"

namespace fairlead::config {
namespace {

bool is_visible_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

checks::ProbeKind ProbeReader::read(std::string_view type) const {
    if (type == "tcp") return read_tcp();
    if (type == "icmp") return checks::IcmpProbe{};
    if (type == "exec") return read_exec();
    if (type == "tls") return checks::TlsProbe{.settings = read_tls()};
    return read_http(type == "https");
}

void ProbeReader::read_prometheus(checks::HealthCheck& check) const {
    checks::PrometheusProbe probe;
    if (has_https_url(fields_)) probe.tls = read_tls();
    probe.headers = read_headers();
    config::read_prometheus(fields_, findings_, std::move(probe), check);
}

checks::TcpProbe ProbeReader::read_tcp() const {
    checks::TcpProbe probe;
    probe.send = fields_.text("send");
    probe.expect = fields_.text("expect");
    probe.max_body = read_max_body("expect", probe.expect);
    return probe;
}

checks::HttpProbe ProbeReader::read_http(bool tls) const {
    checks::HttpProbe probe;
    read_request(probe);
    probe.headers = read_headers();
    probe.status.clear();
    for (const auto& range : fields_.status("status")) {
        probe.status.push_back({.first = static_cast<std::uint16_t>(range.first),
                                .last = static_cast<std::uint16_t>(range.last)});
    }
    read_body(probe);
    probe.follow_redirects = fields_.boolean("follow_redirects");
    probe.keep_alive = fields_.boolean("keep_alive");
    if (tls) probe.tls = read_tls();
    return probe;
}

void ProbeReader::read_request(checks::HttpProbe& probe) const {
    probe.method = std::string(fields_.word("method"));
    probe.path = visible_text("path");
    const Cursor* path = fields_.find("path");
    if (path != nullptr && !probe.path.empty() && !probe.path.starts_with('/')) {
        findings_.add(Rule::bad_value, *path, "a path begins with /");
    }
    probe.host = visible_text("host");
}

ProbeReader::Headers ProbeReader::read_headers() const {
    Headers headers;
    for (const auto& header : fields_.named("headers")) {
        const auto name = header.key().text;
        const auto value = read_text(header, findings_);
        if (!is_header_name(name) || (value && has_control_byte(*value))) {
            findings_.add_at_key(Rule::bad_value, header, "this is no HTTP header");
        } else if (is_reserved_header(name)) {
            findings_.add_at_key(Rule::bad_value, header,
                                 "the probe sets " + std::string(name) + " itself" +
                                     (name.size() == 4 ? "; write host" : ""));
        } else if (value) {
            headers.emplace_back(name, *value);
        }
    }
    return headers;
}

void ProbeReader::read_body(checks::HttpProbe& probe) const {
    probe.body_contains = fields_.text("body_contains");
    probe.max_body = read_max_body("body_contains", probe.body_contains);
    probe.body_regex = fields_.text("body_regex");
    const Cursor* pattern = fields_.find("body_regex");
    if (pattern != nullptr) {
        const auto compiled = checks::Pattern::compile(probe.body_regex, probe.max_body);
        if (!compiled) findings_.add(Rule::bad_value, *pattern, compiled.error().message);
    }
    const Cursor* body = pattern != nullptr ? pattern : fields_.find("body_contains");
    if (body != nullptr && probe.method == "HEAD") {
        findings_.add(Rule::bad_value, *body, "a reply to HEAD has no body");
    }
}

checks::ExecProbe ProbeReader::read_exec() const {
    checks::ExecProbe probe;
    if (fields_.find("command") == nullptr) {
        findings_.add(Rule::missing_key, fields_.at(), "an exec check needs a command");
    }
    probe.command = read_command(fields_.list("command"), directory_, findings_);
    return probe;
}

checks::TlsSettings ProbeReader::read_tls() const {
    checks::TlsSettings settings;
    settings.sni = visible_text("sni");
    settings.verify = fields_.boolean("verify");
    settings.min_days_left =
        static_cast<std::uint16_t>(fields_.optional_integer("min_days_left").value_or(0));
    settings.ca_file = read_ca_file(fields_, directory_, findings_);
    return settings;
}

std::size_t ProbeReader::read_max_body(std::string_view wanted_key,
                                       const std::string& wanted) const {
    const auto max_body = static_cast<std::size_t>(fields_.integer("max_body"));
    const Cursor* at = fields_.find(wanted_key);
    if (at != nullptr && wanted.size() > max_body) {
        findings_.add(Rule::bad_value, *at, "the text is longer than max_body, so never found");
    }
    return max_body;
}

/// A text that must not contain blanks or control bytes.
std::string ProbeReader::visible_text(std::string_view key) const {
    auto text = fields_.text(key);
    const Cursor* at = fields_.find(key);
    if (at == nullptr || is_visible_ascii(text)) return text;
    findings_.add(Rule::bad_value, *at,
                  in_quotes(text) + " has blanks or bytes that are not ASCII");
    return {};
}

}  // namespace fairlead::config
