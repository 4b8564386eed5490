// SPDX-License-Identifier: Apache-2.0
#include "config/health_checks.h"

#include <algorithm>

#include "base/nearest.h"
#include "config/check_nesting.h"
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

checks::InsufficientData insufficient_data(std::string_view word) {
    if (word == "healthy") return checks::InsufficientData::healthy;
    if (word == "unhealthy") return checks::InsufficientData::unhealthy;
    return checks::InsufficientData::last_known;
}

/// A check that is made at a host name is for that host where it does not say another one.
void name_after_target(checks::HealthCheck& check) {
    if (check.check_host.empty()) return;
    if (auto* tls = std::get_if<checks::TlsProbe>(&check.probe)) {
        if (tls->settings.sni.empty()) tls->settings.sni = check.check_host;
    }
    auto* http = std::get_if<checks::HttpProbe>(&check.probe);
    if (http == nullptr || !http->host.empty()) return;
    const bool usual = check.port == usual_port(http->tls ? "https" : "http");
    http->host = check.check_host + (usual ? "" : ":" + std::to_string(check.port));
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
        Entry& kept = checks_.emplace(name, Entry(entry)).first->second;
        kept.index = static_cast<std::uint32_t>(names_.size());
        names_.push_back(name);
    }
    // Children may stand anywhere in the list.
    std::vector<checks::HealthCheck> list;
    for (const auto name : names_) {
        list.push_back(read_check(checks_.find(name)->second.at));
        list.back().name = std::string(name);
    }
    if (const auto problem = nesting_problem(list)) {
        findings_.add_at_key(problem->rule, checks_.find(names_[problem->check])->second.at,
                             problem->message);
        // Nothing may follow such children.
        for (auto& check : list) {
            if (auto* calculation = std::get_if<checks::Calculation>(&check.probe)) {
                calculation->children.clear();
            }
        }
    }
    for (auto& check : list)
        builder_.add_check(std::move(check));
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
    if (const Cursor* target = fields.find("check_target"); target != nullptr) {
        auto read = read_check_target(*target, findings_);
        check.check_target = read.address;
        check.check_host = std::move(read.host);
    }
    check.insufficient_data = insufficient_data(fields.word("insufficient_data"));
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
    if (type == "heartbeat") {
        read_heartbeat(fields, check);
        return check;
    }
    if (type == "calculated") {
        check.probe = read_calculation(fields);
        return check;
    }
    const ProbeReader probe(fields, findings_, directory_);
    if (type == "prometheus") {
        probe.read_prometheus(check);
    } else {
        check.probe = probe.read(type);
        name_after_target(check);
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
    const auto port = fields.optional_integer("port");
    check.port = port ? static_cast<std::uint16_t>(*port) : usual_port(type);
    if (type == "tcp" && fields.find("port") == nullptr) {
        findings_.add(Rule::missing_key, fields.at(), "a tcp check needs a port");
    }
}

checks::Calculation HealthChecks::read_calculation(const Fields& fields) {
    if (fields.find("children") == nullptr) {
        findings_.add(Rule::missing_key, fields.at(), "a calculated check needs children");
    }
    checks::Calculation calculation;
    for (const auto& item : fields.list("children")) {
        Entry* child = find(item);
        if (child == nullptr) continue;
        child->used = true;
        if (std::ranges::count(calculation.children, child->index) > 0) {
            findings_.add(Rule::bad_value, item, in_quotes(item.node().text) + " stands twice");
        }
        calculation.children.push_back(child->index);
    }
    const auto all = static_cast<std::int64_t>(calculation.children.size());
    calculation.at_least =
        static_cast<std::uint16_t>(fields.optional_integer("at_least").value_or(all));
    return calculation;
}

/// One report is as good as another: the first that says down, or fails to come, decides.
void HealthChecks::read_heartbeat(const Fields& fields, checks::HealthCheck& check) {
    check.probe = checks::Heartbeat{};
    check.interval = fields.duration("ttl");
    check.thresholds = {.fall = 1, .rise = 1};
    const auto name = fields.at().key().text;
    heartbeats_.push_back(name);
    auto tokens = read_tokens(fields, directory_, findings_);
    if (!tokens.empty()) heartbeat_tokens_[std::string(name)] = std::move(tokens);
}

void HealthChecks::report_deaf_heartbeats() const {
    for (const auto name : heartbeats_) {
        findings_.add_at_key(Rule::missing_key, checks_.find(name)->second.at,
                             "targets report in at the interface for operators; write admin: {}");
    }
}

HealthChecks::Entry* HealthChecks::find(const Cursor& at) {
    const auto name = read_text(at, findings_);
    if (!name) return nullptr;
    const auto found = checks_.find(*name);
    if (found != checks_.end()) return &found->second;
    findings_.add(Rule::undefined_health_check, at,
                  "there is no health check " + in_quotes(*name) + did_you_mean(*name, names_));
    return nullptr;
}

HealthChecks::Reference HealthChecks::resolve(const Fields& fields, Reference inherited) {
    const Cursor* at = fields.find("health_check");
    if (at == nullptr) return inherited;
    const auto name = read_text(*at, findings_);
    if (!name || *name == "none") return std::nullopt;
    Entry* found = find(*at);
    if (found == nullptr) return std::nullopt;
    found->used = true;
    return found->index;
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
