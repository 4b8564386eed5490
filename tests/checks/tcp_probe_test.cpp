// SPDX-License-Identifier: Apache-2.0
#include "checks/tcp_probe.h"

#include "tests/checks/run_probe.h"
#include "tests/checks/silent_listener.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::checks {
namespace {

HealthCheck tcp_check(std::uint16_t port, milliseconds timeout = milliseconds(5000)) {
    HealthCheck check;
    check.probe = TcpProbe{};
    check.port = port;
    check.timeout = timeout;
    return check;
}

TEST_CASE("a tcp check succeeds where somebody listens", "[checks][tcp_probe]") {
    const test::HttpEndpoint endpoint;
    const auto outcome = run_probe(*make_tcp_probe(tcp_check(endpoint.port())));
    CHECK(outcome.success());
    CHECK(outcome.layer == Layer::connect);
}

TEST_CASE("a tcp check reaches an IPv6 target", "[checks][tcp_probe]") {
    const test::HttpEndpoint endpoint({.address = "::1"});
    CHECK(run_probe(*make_tcp_probe(tcp_check(endpoint.port())), "::1").success());
}

TEST_CASE("a tcp check tells refused, silent and unreachable targets apart",
          "[checks][tcp_probe]") {
    const test::RefusingPort refusing;
    const test::SilentListener silent;
    const milliseconds timeout(200);
    CHECK(describe(run_probe(*make_tcp_probe(tcp_check(refusing.port())))) == "connect refused");
    const auto outcome = run_probe(*make_tcp_probe(tcp_check(silent.port(), timeout)));
    CHECK(describe(outcome) == "connect timeout");
    CHECK(outcome.duration >= timeout);
    // No machine connects to a multicast address.
    CHECK(run_probe(*make_tcp_probe(tcp_check(9)), "224.0.0.1").failure == Failure::unreachable);
}

}  // namespace
}  // namespace fairlead::checks
