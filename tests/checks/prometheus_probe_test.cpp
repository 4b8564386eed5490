// SPDX-License-Identifier: Apache-2.0
#include "checks/prometheus_probe.h"

#include "tests/checks/run_probe.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::checks {
namespace {

HealthCheck asking(std::uint16_t port) {
    HealthCheck check;
    check.port = port;
    check.probe = PrometheusProbe{.tls = {},
                                  .host = "prometheus.example.com",
                                  .path = "/prom/api/v1/query",
                                  .headers = {{"X-Scope-OrgID", "dns"}},
                                  .query = R"(sum(rate(a{b="c d"}[5m])) + 1)",
                                  .healthy_when = MetricCondition::parse("> 0.9").value()};
    return check;
}

std::string vector_of(const std::string& samples) {
    return R"({"status":"success","data":{"resultType":"vector","result":[)" + samples + "]}}";
}

std::string sample(const std::string& value) {
    return R"({"metric":{},"value":[1700000000.1,")" + value + R"("]})";
}

Outcome told(test::Behaviour behaviour, std::chrono::milliseconds timeout) {
    test::HttpEndpoint endpoint;
    endpoint.behave(std::move(behaviour));
    auto check = asking(endpoint.port());
    check.timeout = timeout;
    return run_probe(*make_prometheus_probe(check, nullptr));
}

Outcome told(test::Behaviour behaviour) {
    return told(std::move(behaviour), std::chrono::seconds(10));
}

TEST_CASE("an instant query is sent and its value held against the condition",
          "[checks][prometheus]") {
    test::HttpEndpoint endpoint;
    endpoint.behave(test::replies(vector_of(sample("0.95"))));
    const auto probe = make_prometheus_probe(asking(endpoint.port()), nullptr);
    CHECK(describe(run_probe(*probe)) == "ok (0.95)");
    const auto request = endpoint.last_request();
    CHECK(request.find("GET /prom/api/v1/query?query=sum%28rate%28a%7Bb%3D%22c%20d%22%7D%5B5m%5D"
                       "%29%29%20%2B%201 HTTP/1.1\r\n") == 0);
    CHECK(request.find("Host: prometheus.example.com\r\n") != request.npos);
    CHECK(request.find("X-Scope-OrgID: dns\r\n") != request.npos);

    endpoint.behave(test::replies(vector_of(sample("0.5"))));
    CHECK(describe(run_probe(*probe)) == "prometheus value: 0.5, not > 0.9");
}

TEST_CASE("what keeps Prometheus from answering says nothing of the target",
          "[checks][prometheus]") {
    const auto refused = asking(1);
    for (const auto& outcome :
         {run_probe(*make_prometheus_probe(refused, nullptr)), told(test::replies(vector_of(""))),
          told(test::replies("{}")), told(test::replies_with_status("503 Service Unavailable")),
          told(test::replies_with_status("302 Found")),
          told(test::sends("", test::Behaviour::End::hang), std::chrono::milliseconds(200)),
          told(test::sends("", test::Behaviour::End::reset)), told(test::sends("garbage\r\n\r\n")),
          told(test::replies(std::string(1024 * 1024 + 1, ' ')))}) {
        CAPTURE(describe(outcome));
        CHECK(outcome.failure == Failure::no_data);
        CHECK_FALSE(outcome.is_evidence());
    }
    CHECK(describe(run_probe(*make_prometheus_probe(refused, nullptr))) ==
          "prometheus no data: connect refused");
}

TEST_CASE("an error's reason is told", "[checks][prometheus]") {
    const std::string body = R"({"status":"error","error":"1:5: parse error"})";
    const auto bad_request =
        "HTTP/1.1 400 Bad Request\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
        body;
    CHECK(describe(told(test::sends(bad_request))) ==
          "prometheus no data: status 400: 1:5: parse error");
}

}  // namespace
}  // namespace fairlead::checks
