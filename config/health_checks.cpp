// SPDX-License-Identifier: Apache-2.0
#include "config/health_checks.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "config/nearest.h"

namespace fairlead::config {
namespace {

bool is_visible_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// A header's name: a token of RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    static constexpr std::string_view kSeparators = "\"(),/:;<=>?@[\\]{}";
    return !text.empty() && is_visible_ascii(text) && text.find_first_of(kSeparators) == text.npos;
}

bool has_control_byte(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; });
}

/// Headers that the probe writes itself.
bool is_reserved_header(std::string_view name) {
    static constexpr auto kReserved = std::to_array<std::string_view>(
        {"host", "connection", "content-length", "transfer-encoding"});
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
}

/// Reads a text that must not contain blanks or control bytes; what it is for goes into the report.
std::string visible_text(const Fields& fields, std::string_view key, Findings& findings) {
    auto text = fields.text(key);
    const Cursor* at = fields.find(key);
    if (at == nullptr || is_visible_ascii(text)) return text;
    findings.add(Rule::bad_value, *at, in_quotes(text) + " has blanks or bytes that are not ASCII");
    return {};
}

}  // namespace

void HealthChecks::read(const Fields& top) {
    for (const auto& entry : top.named("health_checks")) {
        const auto name = entry.key().text;
        if (!is_valid_name(name) || name == "none") {
            findings_.add_at_key(Rule::bad_name, entry,
                                 in_quotes(name) +
                                     " is no name; use letters, digits, '.', '_' and '-', and not "
                                     "the word none");
        }
        // The cursor of the loop ends with it; its parent is the one that `top` keeps.
        const Cursor& kept = checks_.emplace(name, Entry(entry)).first->second.at;
        names_.push_back(name);
        auto check = read_check(kept);
        check.name = std::string(name);
        checks_.find(name)->second.index = builder_.add_check(std::move(check));
    }
}

checks::HealthCheck HealthChecks::read_check(const Cursor& at) {
    // The type comes first: it decides which other keys mean something.
    std::string_view type;
    if (at.node().is_mapping()) {
        for (std::size_t i = 0; i < at.node().size(); ++i) {
            if (at.node().key(i).text == "type") type = at.node().value(i).text;
        }
    }
    const bool known = has_word(find_key(Level::health_check, "type")->words, type);
    const Fields fields(at, findings_, Grammar{Level::health_check, known ? type : ""});
    fields.has_required();
    checks::HealthCheck check;
    if (!fields.is_mapping()) return check;
    (void)fields.word("type");  // reports a wrong one
    read_timing(fields, check);
    read_port(fields, known ? type : "", check);
    check.thresholds.fall = static_cast<std::uint16_t>(fields.integer("fall"));
    check.thresholds.rise = static_cast<std::uint16_t>(fields.integer("rise"));
    check.thresholds.counting = fields.word("counting") == "cumulative"
                                    ? checks::Counting::cumulative
                                    : checks::Counting::consecutive;
    check.jitter = static_cast<double>(fields.percent("jitter")) / 100;
    check.invert = fields.boolean("invert");
    check.enabled = fields.boolean("enabled");
    if (type == "tcp") {
        check.probe = checks::TcpProbe{};
    } else {
        check.probe = read_http(fields, type == "https");
    }
    return check;
}

void HealthChecks::read_timing(const Fields& fields, checks::HealthCheck& check) {
    check.interval = fields.duration("interval");
    check.timeout = fields.duration("timeout");
    check.fast_interval = fields.duration("fast_interval");
    if (check.timeout > check.interval) {
        const Cursor* timeout = fields.find("timeout");
        const Cursor* at = timeout != nullptr ? timeout : fields.find("interval");
        findings_.add(Rule::timeout_above_interval, at != nullptr ? *at : fields.at(),
                      "a timeout of " + std::to_string(check.timeout.count()) +
                          " ms is longer than the interval of " +
                          std::to_string(check.interval.count()) + " ms" +
                          (timeout == nullptr ? "; set a shorter timeout" : ""));
    }
    if (check.fast_interval <= check.interval) return;
    const Cursor* fast = fields.find("fast_interval");
    if (fast != nullptr) {
        findings_.add(Rule::out_of_range, *fast, "fast_interval is longer than interval");
    }
    check.fast_interval = check.interval;
}

void HealthChecks::read_port(const Fields& fields, std::string_view type,
                             checks::HealthCheck& check) {
    static constexpr std::uint16_t kHttpPort = 80;
    static constexpr std::uint16_t kHttpsPort = 443;
    const auto port = fields.optional_integer("port");
    check.port = type == "https" ? kHttpsPort : kHttpPort;
    if (port) check.port = static_cast<std::uint16_t>(*port);
    if (type == "tcp" && fields.find("port") == nullptr) {
        findings_.add(Rule::missing_key, fields.at(), "a tcp check needs a port");
    }
}

checks::HttpProbe HealthChecks::read_http(const Fields& fields, bool tls) {
    checks::HttpProbe probe;
    probe.tls = tls;
    read_request(fields, probe);
    probe.status.clear();
    for (const auto& range : fields.status("status")) {
        probe.status.push_back({.first = static_cast<std::uint16_t>(range.first),
                                .last = static_cast<std::uint16_t>(range.last)});
    }
    probe.max_body = static_cast<std::size_t>(fields.integer("max_body"));
    probe.body_contains = fields.text("body_contains");
    const Cursor* body = fields.find("body_contains");
    if (body != nullptr && probe.body_contains.size() > probe.max_body) {
        findings_.add(Rule::bad_value, *body, "the text is longer than max_body, so never found");
    } else if (body != nullptr && probe.method == "HEAD") {
        findings_.add(Rule::bad_value, *body, "a reply to HEAD has no body");
    }
    if (tls) read_tls(fields, probe);
    return probe;
}

void HealthChecks::read_request(const Fields& fields, checks::HttpProbe& probe) {
    probe.method = std::string(fields.word("method"));
    probe.path = visible_text(fields, "path", findings_);
    const Cursor* path = fields.find("path");
    if (path != nullptr && !probe.path.empty() && !probe.path.starts_with('/')) {
        findings_.add(Rule::bad_value, *path, "a path begins with /");
    }
    probe.host = visible_text(fields, "host", findings_);
    for (const auto& header : fields.named("headers")) {
        const auto name = header.key().text;
        const auto value = read_text(header, findings_);
        if (!is_token(name) || (value && has_control_byte(*value))) {
            findings_.add_at_key(Rule::bad_value, header, "this is no HTTP header");
        } else if (is_reserved_header(name)) {
            findings_.add_at_key(Rule::bad_value, header,
                                 "the probe sets " + std::string(name) + " itself" +
                                     (name.size() == 4 ? "; write host" : ""));
        } else if (value) {
            probe.headers.emplace_back(name, *value);
        }
    }
}

void HealthChecks::read_tls(const Fields& fields, checks::HttpProbe& probe) {
    probe.sni = visible_text(fields, "sni", findings_);
    probe.verify = fields.boolean("verify");
    const auto file = fields.text("ca_file");
    if (file.empty()) return;
    const auto path = (directory_ / file).lexically_normal();
    probe.ca_file = path.string();
    std::error_code error;
    const bool readable = std::filesystem::is_regular_file(path, error) && std::ifstream(path);
    if (!readable) {
        findings_.add(Rule::ca_file, *fields.find("ca_file"),
                      in_quotes(probe.ca_file) + " cannot be read");
    }
}

HealthChecks::Reference HealthChecks::resolve(const Fields& fields, Reference inherited) {
    const Cursor* at = fields.find("health_check");
    if (at == nullptr) return inherited;
    const auto name = read_text(*at, findings_);
    if (!name || *name == "none") return std::nullopt;
    const auto found = checks_.find(*name);
    if (found == checks_.end()) {
        findings_.add(Rule::undefined_health_check, *at,
                      "there is no health check " + in_quotes(*name) + did_you_mean(*name, names_));
        return std::nullopt;
    }
    found->second.used = true;
    return found->second.index;
}

void HealthChecks::report_unused() const {
    for (const auto name : names_) {
        const auto& check = checks_.find(name)->second;
        if (check.used) continue;
        findings_.add_at_key(Rule::unused_health_check, check.at,
                             "nothing refers to this health check");
    }
}

}  // namespace fairlead::config
