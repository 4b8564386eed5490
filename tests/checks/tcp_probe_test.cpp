// SPDX-License-Identifier: Apache-2.0
#include "checks/tcp_probe.h"

#include "tests/checks/run_probe.h"
#include "tests/checks/silent_listener.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::checks {
namespace {

using test::Behaviour;
using test::sends;

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

/// The outcome, in words, of a tcp check of an endpoint that behaves so. The endpoint reads until
/// an empty line before it speaks, unless it speaks first.
std::string told(test::Behaviour behaviour, TcpProbe probe,
                 milliseconds timeout = milliseconds(5000)) {
    test::HttpEndpoint endpoint;
    endpoint.behave(std::move(behaviour));
    HealthCheck check = tcp_check(endpoint.port(), timeout);
    check.probe = std::move(probe);
    return describe(run_probe(*make_tcp_probe(check)));
}

/// Speaks as soon as it is connected.
test::Behaviour greets(const std::string& bytes, Behaviour::End end = Behaviour::End::hang) {
    return {.reply = bytes, .end = end, .reads_request = false};
}

TEST_CASE("a tcp check may expect a greeting", "[checks][tcp_probe]") {
    CHECK(told(greets("220 mail.example.com ESMTP\r\n"), {.expect = "220 "}) == "ok");
    CHECK(told(greets("554 go away\r\n", Behaviour::End::close), {.expect = "220 "}) ==
          "tcp reply: text not found in 13 bytes: 554 go away");
    CHECK(told(greets("", Behaviour::End::close), {.expect = "220 "}) ==
          "tcp closed early: end of stream");
    CHECK(told(greets("\x1b[2J\xff", Behaviour::End::close), {.expect = "220 "}) ==
          "tcp reply: text not found in 5 bytes: ?[2J?");
}

TEST_CASE("a tcp check may speak first", "[checks][tcp_probe]") {
    test::HttpEndpoint endpoint;
    endpoint.behave(sends("+PONG\r\n", Behaviour::End::hang));
    HealthCheck check = tcp_check(endpoint.port());
    const std::string ping("PING\0\r\n\r\n", 9);
    check.probe = TcpProbe{.send = ping, .expect = "PONG"};
    const auto outcome = run_probe(*make_tcp_probe(check));
    CHECK(describe(outcome) == "ok");
    CHECK(outcome.layer == Layer::tcp);
    CHECK(endpoint.last_request() == ping);
    // Nothing need come back.
    check.probe = TcpProbe{.send = ping};
    CHECK(run_probe(*make_tcp_probe(check)).success());
}

TEST_CASE("what is expected is found byte by byte and only at the beginning",
          "[checks][tcp_probe]") {
    auto slow = sends("abcPONG", Behaviour::End::hang);
    slow.piece = 1;
    slow.pause = milliseconds(1);
    const TcpProbe asks{.send = "\r\n\r\n", .expect = "cPO"};
    CHECK(told(slow, asks) == "ok");
    const std::string long_reply = std::string(5000, '.') + "PONG";
    const TcpProbe wants{.expect = "PONG", .max_body = 5003};
    CHECK(told(greets(long_reply), wants).starts_with("tcp reply: text not found in 5003 bytes"));
    CHECK(told(greets(long_reply), {.expect = "PONG"}) == "ok");
}

TEST_CASE("a target that streams without end, trickles or says nothing is given up",
          "[checks][tcp_probe]") {
    CHECK(told(greets(std::string(1U << 24U, 'x')), {.expect = "PONG"})
              .starts_with("tcp reply: text not found in 5120 bytes: xxx"));
    const milliseconds timeout(300);
    CHECK(told(greets(""), {.expect = "PONG"}, timeout) == "tcp timeout");
    auto trickle = sends(std::string(4000, '.'), Behaviour::End::hang);
    trickle.piece = 1;
    trickle.pause = milliseconds(10);
    CHECK(told(trickle, {.send = "\r\n\r\n", .expect = "PONG"}, timeout) == "tcp timeout");
    // More than the buffers between two sockets take, and nobody reads it.
    const test::DeafListener deaf;
    HealthCheck check = tcp_check(deaf.port(), timeout);
    check.probe = TcpProbe{.send = std::string(1U << 25U, 'x')};
    CHECK(describe(run_probe(*make_tcp_probe(check))) == "tcp timeout");
    CHECK(told(greets("", Behaviour::End::reset), {.expect = "PONG"})
              .ends_with("closed early: Connection reset by peer"));
}

}  // namespace
}  // namespace fairlead::checks
