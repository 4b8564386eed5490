// SPDX-License-Identifier: Apache-2.0
#include "checks/http_probe.h"

#include <vector>

#include "tests/checks/run_probe.h"
#include "tests/checks/silent_listener.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::checks {
namespace {

using std::chrono::milliseconds;
using test::Behaviour;
using test::HttpEndpoint;
using test::replies;
using test::replies_with_status;
using test::sends;

HealthCheck http_check(std::uint16_t port, HttpProbe probe = {},
                       milliseconds timeout = milliseconds(10000)) {
    HealthCheck check;
    check.probe = std::move(probe);
    check.port = port;
    check.timeout = timeout;
    return check;
}

std::unique_ptr<const Probe> make_probe(const HealthCheck& check) {
    auto made = make_http_probe(check, nullptr);
    REQUIRE(made);
    return *std::move(made);
}

Outcome probe_http(const HttpEndpoint& endpoint, HttpProbe probe = {}) {
    return run_probe(*make_probe(http_check(endpoint.port(), std::move(probe))));
}

/// The outcome, in words, of a probe of an endpoint that behaves so.
std::string told(Behaviour behaviour, HttpProbe probe = {},
                 milliseconds timeout = milliseconds(10000)) {
    HttpEndpoint endpoint;
    endpoint.behave(std::move(behaviour));
    return describe(run_probe(*make_probe(http_check(endpoint.port(), std::move(probe), timeout))));
}

HttpProbe wants(const std::string& text, std::size_t max_body = 5120) {
    HttpProbe probe;
    probe.body_contains = text;
    probe.max_body = max_body;
    return probe;
}

std::string until_close(const std::string& body) {
    return "HTTP/1.1 200 OK\r\n\r\n" + body;
}

std::string with_length(const std::string& body, std::size_t length) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + body;
}

std::string chunked(const std::vector<std::string>& chunks) {
    std::string reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto& chunk : chunks) {
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
        reply += size + chunk + "\r\n";
    }
    return reply + "0\r\n\r\n";
}

TEST_CASE("the request says who asks and that one reply is enough", "[checks][http_probe]") {
    HttpEndpoint endpoint;
    HttpProbe probe;
    probe.path = "/health?deep=1";
    probe.host = "www.example.com";
    probe.headers = {{"X-Probe", "yes"}, {"user-agent", "custom"}};
    REQUIRE(probe_http(endpoint, probe).success());
    const auto request = endpoint.last_request();
    CAPTURE(request);
    CHECK(request.starts_with("GET /health?deep=1 HTTP/1.1\r\n"));
    CHECK(request.find("\r\nHost: www.example.com\r\n") != std::string::npos);
    CHECK(request.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(request.find("\r\nX-Probe: yes\r\n") != std::string::npos);
    CHECK(request.find("custom\r\n") != std::string::npos);
    CHECK(request.find("fairlead") == std::string::npos);
    REQUIRE(probe_http(endpoint).success());
    CHECK(endpoint.last_request().find("User-Agent: fairlead/") != std::string::npos);
}

TEST_CASE("without a host the target's address is asked for", "[checks][http_probe]") {
    const HttpEndpoint v4;
    REQUIRE(probe_http(v4).success());
    CHECK(v4.last_request().find("\r\nHost: 127.0.0.1:" + std::to_string(v4.port()) + "\r\n") !=
          std::string::npos);
    const HttpEndpoint v6({.address = "::1"});
    REQUIRE(run_probe(*make_probe(http_check(v6.port())), "::1").success());
    CHECK(v6.last_request().find("\r\nHost: [::1]:" + std::to_string(v6.port()) + "\r\n") !=
          std::string::npos);
}

TEST_CASE("the status decides, and redirects are not followed", "[checks][http_probe]") {
    CHECK(told(replies_with_status("200 OK")) == "ok (200 OK)");
    CHECK(told(replies_with_status("399 Odd")) == "ok (399 Odd)");
    CHECK(told(replies_with_status("404 Not Found")) == "http status: 404 Not Found");
    CHECK(told(replies_with_status("503 ")) == "http status: 503 Service Unavailable");
    CHECK(told(replies_with_status("503 No\x1bway")) == "http protocol error: bad reason");
    HttpProbe only;
    only.status = {{200, 200}, {418, 420}};
    CHECK(told(replies_with_status("301 Moved"), only) == "http status: 301 Moved");
    CHECK(told(replies_with_status("419 Tea"), only) == "ok (419 Tea)");

    HttpEndpoint endpoint;
    endpoint.behave(sends("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"));
    CHECK(probe_http(endpoint).success());
    CHECK(endpoint.connections() == 1);
}

TEST_CASE("interim replies are passed over, within reason", "[checks][http_probe]") {
    const std::string hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    CHECK(told(sends(hint + hint + with_length("", 0))) == "ok (200 OK)");
    std::string flood;
    for (int i = 0; i < 100; ++i)
        flood += hint;
    CHECK(told(sends(flood)) == "http protocol error: too many interim replies");
}

TEST_CASE("the text is found however the body is framed", "[checks][http_probe]") {
    CHECK(told(replies("all is well"), wants("is well")) == "ok (200 OK)");
    CHECK(told(replies("all is well"), wants("Is Well")) ==
          "http body: text not found in 11 bytes");
    CHECK(told(sends(until_close("all is well")), wants("well")) == "ok (200 OK)");
    CHECK(told(sends(until_close("all is lost")), wants("well")) ==
          "http body: text not found in 11 bytes");
    CHECK(told(sends(chunked({"al", "l is w", "el", "l"})), wants("well")) == "ok (200 OK)");
    CHECK(told(sends(chunked({"al", "l is lost"})), wants("well")) ==
          "http body: text not found in 11 bytes");
    CHECK(told(replies(""), wants("well")) == "http body: text not found in 0 bytes");
    CHECK(told(replies_with_status("204 No Content"), wants("well")) ==
          "http body: text not found in 0 bytes");
}

TEST_CASE("the text is found byte by byte and across every boundary", "[checks][http_probe]") {
    auto slow = sends(chunked({std::string(20, '.') + "we", "ll"}));
    slow.piece = 1;
    slow.pause = milliseconds(1);
    CHECK(told(slow, wants("well")) == "ok (200 OK)");
    // A body longer than what is read at once, with the text across that boundary.
    for (const std::size_t before : {4093U, 4094U, 4095U, 4096U, 4097U}) {
        CAPTURE(before);
        CHECK(told(replies(std::string(before, '.') + "well"), wants("well")) == "ok (200 OK)");
    }
}

TEST_CASE("only the first max_body bytes count", "[checks][http_probe]") {
    const std::string body = std::string(96, '.') + "well" + std::string(10000, '.');
    CHECK(told(replies(body), wants("well", 100)) == "ok (200 OK)");
    CHECK(told(replies(body), wants("well", 99)) == "http body: text not found in 99 bytes");
    CHECK(told(sends(chunked({body})), wants("well", 99)) ==
          "http body: text not found in 99 bytes");
    CHECK(told(replies(body), wants("well", 0)) == "http body: text not found in 0 bytes");
}

TEST_CASE("no more is read than the verdict needs", "[checks][http_probe]") {
    // Each of these would go on for ever: the probe must not wait for an end.
    const std::size_t gigabyte = 1U << 30U;
    using End = Behaviour::End;
    CHECK(told(sends(with_length("", gigabyte), End::hang)) == "ok (200 OK)");
    CHECK(told(sends(with_length("all is well", gigabyte), End::hang), wants("well")) ==
          "ok (200 OK)");
    CHECK(told(sends(with_length(std::string(6000, '.'), gigabyte), End::hang), wants("well")) ==
          "http body: text not found in 5120 bytes");
}

HttpProbe wants_pattern(const std::string& pattern, std::size_t max_body = 5120) {
    HttpProbe probe;
    probe.body_regex = pattern;
    probe.max_body = max_body;
    return probe;
}

TEST_CASE("a pattern is held against all of the body that counts", "[checks][http_probe]") {
    CHECK(told(replies("all is well"), wants_pattern("is (well|fine)$")) == "ok (200 OK)");
    CHECK(told(replies("all is lost"), wants_pattern("is (well|fine)$")) ==
          "http body: pattern not found in 11 bytes");
    CHECK(told(sends(chunked({"al", "l is w", "el", "l"})), wants_pattern("^all.*well$")) ==
          "ok (200 OK)");
    CHECK(told(sends(until_close("all is well")), wants_pattern("well$")) == "ok (200 OK)");
    CHECK(told(replies("all is well"), wants_pattern("^all is$", 6)) == "ok (200 OK)");
    CHECK(told(replies(""), wants_pattern("^$")) == "ok (200 OK)");
    HttpProbe both = wants_pattern("^all");
    both.body_contains = "well";
    CHECK(told(replies("all is well"), both) == "ok (200 OK)");
    CHECK(told(replies("all is lost"), both) == "http body: text not found in 11 bytes");
    CHECK(told(replies("is all well"), both) == "http body: pattern not found in 11 bytes");
    const std::size_t gigabyte = 1U << 30U;
    CHECK(told(sends(with_length(std::string(6000, '.'), gigabyte), Behaviour::End::hang),
               wants_pattern("well")) == "http body: pattern not found in 5120 bytes");
}

TEST_CASE("a pattern that does not compile makes no probe", "[checks][http_probe]") {
    const auto made = make_http_probe(http_check(80, wants_pattern("a(b")), nullptr);
    REQUIRE_FALSE(made);
    CHECK(made.error().message == "body_regex: missing ): a(b");
}

HttpProbe following() {
    HttpProbe probe;
    probe.host = "www.example.com";
    probe.follow_redirects = true;
    return probe;
}

std::string redirect_to(const std::string& location, const std::string& status = "302 Found") {
    return "HTTP/1.1 " + status + "\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
}

TEST_CASE("a redirect is followed to its end on the same target", "[checks][http_probe]") {
    HttpEndpoint end;
    const HttpEndpoint begin;
    HttpEndpoint way;
    way.behave(sends(redirect_to("http://www.example.com:" + std::to_string(end.port()) + "/x")));
    CHECK(describe(probe_http(way, following())) == "ok (200 OK)");
    CHECK(end.last_request().starts_with("GET /x HTTP/1.1\r\n"));
    CHECK(end.last_request().find("Host: www.example.com:" + std::to_string(end.port()) + "\r\n") !=
          std::string::npos);
    end.behave(replies_with_status("503 Later"));
    CHECK(describe(probe_http(way, following())) == "http status: 503 Later");
    // A 3xx that leads nowhere is a status like others.
    CHECK(told(replies_with_status("304 Not Modified"), following()) == "ok (304 Not Modified)");
    CHECK(told(replies_with_status("302 Found"), following()) == "ok (302 Found)");
}

TEST_CASE("a redirect in a circle ends after five", "[checks][http_probe]") {
    HttpEndpoint endpoint;
    endpoint.behave(sends(redirect_to("/again")));
    CHECK(describe(probe_http(endpoint, following())) ==
          "http redirect: more than 5 in a row, the last to /again");
    CHECK(endpoint.connections() == 6);
}

TEST_CASE("a redirect to another host is a failure and goes nowhere", "[checks][http_probe]") {
    CHECK(told(sends(redirect_to("http://other.example.com/")), following()) ==
          "http redirect: not followed to another host: other.example.com");
    CHECK(told(sends(redirect_to("http://127.0.0.2/")), following()) ==
          "http redirect: not followed to another host: 127.0.0.2");
}

TEST_CASE("all redirects share one timeout", "[checks][http_probe]") {
    HttpEndpoint endpoint;
    auto slow = sends(redirect_to("/again"));
    slow.pause = milliseconds(150);
    endpoint.behave(slow);
    const auto check = http_check(endpoint.port(), following(), milliseconds(400));
    const auto outcome = run_probe(*make_probe(check));
    CHECK(describe(outcome) == "http timeout");
    CHECK(outcome.duration >= milliseconds(400));
    CHECK(endpoint.connections() < 6);
}

TEST_CASE("a HEAD request has a header and no body", "[checks][http_probe]") {
    HttpEndpoint endpoint;
    endpoint.behave(sends(with_length("", 1000), Behaviour::End::hang));
    HttpProbe probe;
    probe.method = "HEAD";
    CHECK(describe(probe_http(endpoint, probe)) == "ok (200 OK)");
    CHECK(endpoint.last_request().starts_with("HEAD / HTTP/1.1\r\n"));
    probe.body_contains = "well";
    CHECK(describe(probe_http(endpoint, probe)) == "http body: text not found in 0 bytes");
}

TEST_CASE("what is not HTTP is a protocol error", "[checks][http_probe]") {
    CHECK(told(sends("SSH-2.0-OpenSSH_9.2\r\n")) == "http protocol error: bad version");
    CHECK(told(sends(std::string(2000, '\xff'))) == "http protocol error: bad version");
    CHECK(told(sends("HTTP/1.1 abc\r\n\r\n")) == "http protocol error: bad status");
    CHECK(told(sends("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")) ==
          "http protocol error: bad Content-Length");
    CHECK(told(sends("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
               wants("well")) == "http protocol error: bad chunk");
}

TEST_CASE("an endless header ends at its limit", "[checks][http_probe]") {
    std::string header = "HTTP/1.1 200 OK\r\n";
    while (header.size() < 100000)
        header += "X-More: and more\r\n";
    CHECK(told(sends(header, Behaviour::End::hang)) ==
          "http protocol error: header limit exceeded");
    CHECK(told(sends("HTTP/1.1 200 OK\r\nX: " + std::string(100000, 'y'), Behaviour::End::hang))
              .starts_with("http protocol error: "));
}

TEST_CASE("an early end is told from a complete reply", "[checks][http_probe]") {
    using End = Behaviour::End;
    CHECK(told(sends("")) == "http closed early: end of stream");
    CHECK(told(sends("HTTP/1.1 200 OK\r\nX: ")) == "http closed early: end of stream");
    CHECK(told(sends("", End::reset)) == "http closed early: Connection reset by peer");
    CHECK(told(sends(with_length("half", 8)), wants("well")) == "http closed early: end of stream");
    CHECK(told(sends(with_length("all is well", 99)), wants("well")) == "ok (200 OK)");
}

TEST_CASE("the timeout covers connection, header and body together", "[checks][http_probe]") {
    const milliseconds timeout(300);
    using End = Behaviour::End;
    CHECK(told(sends("", End::hang), {}, timeout) == "http timeout");
    CHECK(told(sends("HTTP/1.1 2", End::hang), {}, timeout) == "http timeout");
    CHECK(told(sends(with_length("we", 4), End::hang), wants("well"), timeout) == "http timeout");
    // Every single byte is in time; the whole is not.
    auto trickle = replies(std::string(4000, '.'));
    trickle.piece = 1;
    trickle.pause = milliseconds(10);
    CHECK(told(trickle, {}, timeout) == "http timeout");

    const test::SilentListener silent;
    const auto outcome = run_probe(*make_probe(http_check(silent.port(), {}, timeout)));
    CHECK(describe(outcome) == "connect timeout");
    CHECK(outcome.duration >= timeout);
    const test::RefusingPort refusing;
    CHECK(describe(run_probe(*make_probe(http_check(refusing.port())))) == "connect refused");
}

}  // namespace
}  // namespace fairlead::checks
