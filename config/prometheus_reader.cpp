// SPDX-License-Identifier: Apache-2.0
#include "config/prometheus_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "config/http_url.h"

namespace fairlead::config {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kQueryPath = "/api/v1/query";
constexpr std::size_t kQueryMax = 4096;  // goes into one line of a request

const Cursor* required(const Fields& fields, std::string_view key, const char* what,
                       Findings& findings) {
    const Cursor* at = fields.find(key);
    if (at == nullptr) findings.add(Rule::missing_key, fields.at(), what);
    return at;
}

void read_url(const Fields& fields, Findings& findings, checks::PrometheusProbe& probe,
              checks::HealthCheck& check) {
    const Cursor* at = required(
        fields, "url", "a prometheus check needs a url, such as http://192.0.2.9:9090", findings);
    if (at == nullptr) return;
    const std::string text = fields.text("url");
    const auto url = parse_http_url(text);
    if (!url || url->has_query()) {
        findings.add(Rule::bad_value, *at,
                     in_quotes(text) +
                         " is no address of Prometheus; write http://192.0.2.9:9090, with https "
                         "and a path where needed");
        return;
    }
    check.port = port_of(*url);
    const std::string host(url->host_address());
    check.check_target = IpAddress::parse(host);
    if (!check.check_target) check.check_host = host_name(host).value_or("");
    if (!check.check_target && check.check_host.empty()) {
        findings.add(Rule::bad_value, *at, in_quotes(host) + " is no IP address and no host name");
    }
    probe.host = std::string(url->encoded_host_and_port());
    std::string path(url->encoded_path());
    while (path.ends_with('/'))
        path.pop_back();
    probe.path = path + std::string(kQueryPath);
}

void read_query(const Fields& fields, Findings& findings, checks::PrometheusProbe& probe) {
    const Cursor* at = fields.find("query");
    const std::string& alert = probe.healthy_when.alert;
    if (!alert.empty()) {
        probe.query = checks::firing_query(alert);
        if (at != nullptr) {
            findings.add_at_key(
                Rule::superfluous_key, *at,
                "the alert's name is the query; leave this out, or compare its result: "
                "healthy_when: \"> 0\"");
        }
        return;
    }
    probe.query = fields.text("query");
    if (at == nullptr) {
        findings.add(Rule::missing_key, fields.at(), "a prometheus check needs a query");
    } else if (probe.query.empty() || probe.query.size() > kQueryMax) {
        findings.add(Rule::out_of_range, *at, "a query has 1 to 4096 bytes");
    }
}

}  // namespace

bool has_https_url(const Fields& fields) {
    return fields.text("url").starts_with(kHttps);
}

void read_prometheus(const Fields& fields, Findings& findings, checks::PrometheusProbe probe,
                     checks::HealthCheck& check) {
    read_url(fields, findings, probe, check);
    const Cursor* at =
        required(fields, "healthy_when", "a prometheus check needs healthy_when, such as \"> 0.9\"",
                 findings);
    if (at != nullptr) {
        auto condition = checks::MetricCondition::parse(fields.text("healthy_when"));
        if (!condition) {
            findings.add(Rule::bad_value, *at, condition.error().message);
        } else {
            probe.healthy_when = *std::move(condition);
        }
    }
    read_query(fields, findings, probe);
    check.probe = std::move(probe);
}

}  // namespace fairlead::config
