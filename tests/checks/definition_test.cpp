// SPDX-License-Identifier: Apache-2.0
#include "checks/definition.h"

#include <functional>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

HealthCheck http() {
    HealthCheck check;
    check.name = "web";
    return check;
}

HttpProbe& probe_of(HealthCheck& check) {
    return std::get<HttpProbe>(check.probe);
}

TEST_CASE("a definition is the same for equal checks, whatever they are called",
          "[checks][definition]") {
    HealthCheck other = http();
    other.name = "site";
    CHECK(definition_of(http()) == definition_of(http()));
    CHECK(definition_of(other) == definition_of(http()));
}

TEST_CASE("whatever changes in a check, it is another definition", "[checks][definition]") {
    using Change = std::function<void(HealthCheck&)>;
    const std::vector<Change> changes{
        [](auto& c) { c.probe = TcpProbe{}; },
        [](auto& c) { c.port = 81; },
        [](auto& c) { c.interval += milliseconds(1); },
        [](auto& c) { c.fast_interval += milliseconds(1); },
        [](auto& c) { c.timeout += milliseconds(1); },
        [](auto& c) { c.jitter = 0.2; },
        [](auto& c) { c.thresholds.fall = 4; },
        [](auto& c) { c.thresholds.rise = 4; },
        [](auto& c) { c.thresholds.counting = Counting::cumulative; },
        [](auto& c) { c.invert = true; },
        [](auto& c) { c.enabled = false; },
        [](auto& c) { c.probe = TcpProbe{.send = "a"}; },
        [](auto& c) { c.probe = TcpProbe{.expect = "a"}; },
        [](auto& c) { c.probe = TcpProbe{.max_body = 1}; },
        [](auto& c) { c.probe = TlsProbe{}; },
        [](auto& c) { c.probe = TlsProbe{{.sni = "a"}}; },
        [](auto& c) { probe_of(c).tls = TlsSettings{}; },
        [](auto& c) { probe_of(c).tls = TlsSettings{.sni = "a"}; },
        [](auto& c) { probe_of(c).tls = TlsSettings{.verify = false}; },
        [](auto& c) { probe_of(c).tls = TlsSettings{.ca_file = "a"}; },
        [](auto& c) { probe_of(c).tls = TlsSettings{.min_days_left = 7}; },
        [](auto& c) { probe_of(c).method = "HEAD"; },
        [](auto& c) { probe_of(c).path = "/health"; },
        [](auto& c) { probe_of(c).host = "a"; },
        [](auto& c) { probe_of(c).body_contains = "a"; },
        [](auto& c) {
            probe_of(c).headers = {{"ab", "c"}};
        },
        [](auto& c) {
            probe_of(c).headers = {{"a", "bc"}};
        },
        [](auto& c) {
            probe_of(c).status = {{200, 200}};
        },
        [](auto& c) {
            probe_of(c).status = {{200, 399}, {404, 404}};
        },
        [](auto& c) { probe_of(c).max_body = 1; },
        [](auto& c) { probe_of(c).body_regex = "a"; },
        [](auto& c) { probe_of(c).follow_redirects = true; },
        [](auto& c) { probe_of(c).keep_alive = true; },
        [](auto& c) { c.probe = IcmpProbe{}; },
        [](auto& c) { c.probe = Heartbeat{}; },
        [](auto& c) { c.probe = PrometheusProbe{}; },
        [](auto& c) {
            c.probe = PrometheusProbe{};
            std::get<PrometheusProbe>(c.probe).query = "up";
        },
        [](auto& c) {
            c.probe = PrometheusProbe{};
            std::get<PrometheusProbe>(c.probe).healthy_when.bound = 1;
        },
        [](auto& c) { c.probe = Calculation{}; },
        [](auto& c) { c.probe = Calculation{.children = {1}}; },
        [](auto& c) { c.probe = Calculation{.children = {}, .at_least = 1}; },
        [](auto& c) { c.check_target = IpAddress::parse("192.0.2.1"); },
        [](auto& c) { c.check_host = "db.example.net"; },
        [](auto& c) { c.insufficient_data = InsufficientData::unhealthy; },
        [](auto& c) {
            c.probe = ExecProbe{{"ab", "c"}};
        },
        [](auto& c) {
            c.probe = ExecProbe{{"a", "bc"}};
        },
    };
    std::vector<std::uint64_t> seen{definition_of(http())};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        HealthCheck check = http();
        changes[i](check);
        CAPTURE(i);
        for (const auto other : seen)
            CHECK(definition_of(check) != other);
        seen.push_back(definition_of(check));
    }
}

}  // namespace
}  // namespace fairlead::checks
