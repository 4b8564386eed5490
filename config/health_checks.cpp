// SPDX-License-Identifier: Apache-2.0
#include "config/health_checks.h"

#include "config/nearest.h"
#include "config/probe_reader.h"

namespace fairlead::config {
namespace {

/// 0 = none.
std::uint16_t usual_port(std::string_view type) {
    static constexpr std::uint16_t kHttpPort = 80;
    static constexpr std::uint16_t kTlsPort = 443;
    if (type == "http") return kHttpPort;
    return type == "https" || type == "tls" ? kTlsPort : 0;
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
    check.probe = ProbeReader(fields, findings_, directory_).read(type);
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
    const auto port = fields.optional_integer("port");
    check.port = port ? static_cast<std::uint16_t>(*port) : usual_port(type);
    if (type == "tcp" && fields.find("port") == nullptr) {
        findings_.add(Rule::missing_key, fields.at(), "a tcp check needs a port");
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
