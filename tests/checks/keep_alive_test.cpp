// SPDX-License-Identifier: Apache-2.0

// http and https checks that keep their connection: several probes in one event loop.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "checks/http_probe.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::checks {
namespace {

using test::Behaviour;
using test::HttpEndpoint;
using test::sends;

std::string reply(const std::string& body, const std::string& more = "") {
    return "HTTP/1.1 200 OK\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

HealthCheck keeping(std::uint16_t port, HttpProbe probe = {}) {
    probe.keep_alive = true;
    HealthCheck check;
    check.probe = std::move(probe);
    check.port = port;
    check.timeout = milliseconds(10000);
    return check;
}

/// Probes in one loop, one after the other.
class Prober {
  public:
    explicit Prober(const HealthCheck& check, TlsContext tls = nullptr)
        : probe_(*make_http_probe(check, std::move(tls))) {}

    std::string told() { return describe(probe()); }
    Outcome probe() {
        std::optional<Outcome> result;
        probe_->start(io_, *IpAddress::parse("127.0.0.1"),
                      [&](Outcome outcome) { result = std::move(outcome); });
        io_.restart();
        io_.run();
        return result.value();
    }

  private:
    std::unique_ptr<const Probe> probe_;
    boost::asio::io_context io_;  // goes first, with what it keeps
};

TEST_CASE("one connection serves many probes", "[checks][keep_alive]") {
    HttpEndpoint endpoint;
    endpoint.behave(sends(reply("fine"), Behaviour::End::keep));
    HttpProbe probe;
    probe.body_contains = GENERATE("", "fine");
    Prober prober(keeping(endpoint.port(), probe));
    for (int i = 1; i <= 4; ++i) {
        CHECK(prober.told() == "ok (200 OK)");
        CHECK(endpoint.requests() == i);
    }
    CHECK(endpoint.connections() == 1);
    CHECK(endpoint.last_request().find("Connection: close") == std::string::npos);
}

TEST_CASE("the loop closes what is kept when it ends", "[checks][keep_alive]") {
    HttpEndpoint endpoint;
    endpoint.behave(sends(reply("fine"), Behaviour::End::keep));
    {
        Prober prober(keeping(endpoint.port()));
        REQUIRE(prober.told() == "ok (200 OK)");
    }
    CHECK(endpoint.wait_until_idle());
}

TEST_CASE("a server that closes a kept connection is asked again on a new one",
          "[checks][keep_alive]") {
    HttpEndpoint endpoint;
    const auto end = GENERATE(Behaviour::End::close, Behaviour::End::reset);
    endpoint.behave(sends(reply("fine"), end));
    Prober prober(keeping(endpoint.port()));
    for (int i = 1; i <= 3; ++i) {
        CHECK(prober.told() == "ok (200 OK)");
        CHECK(endpoint.connections() == i);
    }
}

TEST_CASE("what is wrong on a new connection is wrong on a kept one", "[checks][keep_alive]") {
    HttpEndpoint endpoint;
    endpoint.behave(sends(reply("fine"), Behaviour::End::keep));
    HttpProbe probe;
    probe.body_contains = "well";
    Prober prober(keeping(endpoint.port(), probe));
    CHECK(prober.told() == "http body: text not found in 4 bytes");
    CHECK(prober.told() == "http body: text not found in 4 bytes");

    HttpEndpoint dying;
    dying.behave(sends(reply("fine"), Behaviour::End::close));
    Prober to_dying(keeping(dying.port()));
    CHECK(to_dying.told() == "ok (200 OK)");
    dying.behave(sends("", Behaviour::End::close));
    CHECK(to_dying.told() == "http closed early: end of stream");
}

TEST_CASE("a connection is not kept when its server says so, or its reply does not end",
          "[checks][keep_alive]") {
    HttpEndpoint endpoint;
    const auto bytes = GENERATE(
        as<std::string>{}, reply("fine", "Connection: close\r\n"), "HTTP/1.0 200 OK\r\n\r\nfine",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(20'000, '.'),
        reply("fine") + "and more");
    endpoint.behave(sends(bytes, Behaviour::End::keep));
    HealthCheck check = keeping(endpoint.port());
    std::get<HttpProbe>(check.probe).max_body = 4096;
    check.timeout = milliseconds(3000);
    Prober prober(check);
    for (int i = 1; i <= 2; ++i) {
        CHECK(prober.told() == "ok (200 OK)");
        CHECK(endpoint.connections() == i);
    }
}

TEST_CASE("a reply that hangs after the verdict keeps the verdict", "[checks][keep_alive]") {
    HttpEndpoint endpoint;
    endpoint.behave(sends("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfine",  //
                          Behaviour::End::hang));
    HealthCheck check = keeping(endpoint.port());
    check.timeout = milliseconds(2000);
    Prober prober(check);
    CHECK(prober.told() == "ok (200 OK)");
    CHECK(prober.told() == "ok (200 OK)");
    CHECK(endpoint.connections() == 2);
}

TEST_CASE("https keeps its connection, and what is known of the certificate",
          "[checks][keep_alive]") {
    const test::TestCa ca;
    HttpEndpoint endpoint({.tls = ca.issue({.dns_names = {"www.example.com"}})});
    endpoint.behave(sends(reply("fine"), Behaviour::End::keep));
    HttpProbe probe;
    probe.host = "www.example.com";
    probe.tls = TlsSettings{.verify = false};
    TlsContexts contexts;
    Prober prober(keeping(endpoint.port(), probe), *contexts.get(false, ""));
    const auto first = prober.probe();
    const auto second = prober.probe();
    CHECK(describe(second) == "ok (200 OK)");
    CHECK(endpoint.connections() == 1);
    REQUIRE(first.certificate_days_left);
    CHECK(second.certificate_days_left == first.certificate_days_left);
}

}  // namespace
}  // namespace fairlead::checks
