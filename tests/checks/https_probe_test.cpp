// SPDX-License-Identifier: Apache-2.0

// The TLS side of the http probe, against real handshakes.

#include "checks/http_probe.h"
#include "checks/tls_context.h"
#include "tests/checks/run_probe.h"
#include "tests/checks/silent_listener.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"
#include "tests/support/test_ca.h"

namespace fairlead::checks {
namespace {

using test::Behaviour;
using test::CertificateRequest;
using test::HttpEndpoint;
using test::Identity;
using test::sends;
using test::TemporaryFile;
using test::TestCa;

const TestCa& ca() {
    static const TestCa authority;
    return authority;
}

const std::string& ca_path() {
    static const TemporaryFile file(ca().certificate_pem());
    return file.path();
}

HttpEndpoint::Options serving(Identity identity) {
    return {.tls = std::move(identity)};
}

Identity for_name(const std::string& name) {
    return ca().issue({.dns_names = {name}});
}

/// An https probe for `host` that trusts the test's authority.
HttpProbe https(const std::string& host) {
    HttpProbe probe;
    probe.tls = TlsSettings{.ca_file = ca_path()};
    probe.host = host;
    return probe;
}

Outcome probe_https(std::uint16_t port, const HttpProbe& probe,
                    milliseconds timeout = milliseconds(10000)) {
    HealthCheck check;
    check.probe = probe;
    check.port = port;
    check.timeout = timeout;
    TlsContexts contexts;
    const auto context = contexts.get(probe.tls->verify, probe.tls->ca_file);
    REQUIRE(context);
    return run_probe(**make_http_probe(check, *context));
}

std::string told(const Identity& identity, const HttpProbe& probe) {
    const HttpEndpoint endpoint(serving(identity));
    return describe(probe_https(endpoint.port(), probe));
}

TEST_CASE("a valid certificate for the host is accepted and the name is indicated",
          "[checks][https_probe]") {
    const HttpEndpoint endpoint(serving(for_name("www.example.com")));
    CHECK(describe(probe_https(endpoint.port(), https("www.example.com"))) == "ok (200 OK)");
    CHECK(endpoint.last_server_name() == "www.example.com");
    CHECK(describe(probe_https(endpoint.port(), https("www.example.com:8443"))) == "ok (200 OK)");
    CHECK(endpoint.last_request().find("Host: www.example.com:8443\r\n") != std::string::npos);
}

TEST_CASE("sni goes before host for TLS and leaves the Host header alone",
          "[checks][https_probe]") {
    const HttpEndpoint endpoint(serving(for_name("origin.example.com")));
    HttpProbe probe = https("www.example.com");
    probe.tls->sni = "origin.example.com";
    CHECK(describe(probe_https(endpoint.port(), probe)) == "ok (200 OK)");
    CHECK(endpoint.last_server_name() == "origin.example.com");
    CHECK(endpoint.last_request().find("Host: www.example.com\r\n") != std::string::npos);
}

TEST_CASE("without a name the address must be in the certificate", "[checks][https_probe]") {
    const HttpEndpoint endpoint(serving(ca().issue({.addresses = {"127.0.0.1"}})));
    CHECK(describe(probe_https(endpoint.port(), https(""))) == "ok (200 OK)");
    CHECK(endpoint.last_server_name().empty());
    CHECK(told(ca().issue({.addresses = {"127.0.0.2"}}), https("")) ==
          "tls certificate: IP address mismatch, expected 127.0.0.1");
    CHECK(told(for_name("127.0.0.1"), https("")) ==
          "tls certificate: IP address mismatch, expected 127.0.0.1");
}

TEST_CASE("a bad certificate is told by what is wrong with it", "[checks][https_probe]") {
    const std::string name = "www.example.com";
    CHECK(told(for_name("other.example.com"), https(name)) ==
          "tls certificate: hostname mismatch, expected www.example.com");
    CHECK(told(ca().issue({.dns_names = {name}, .valid_from_s = -7200, .valid_to_s = -3600}),
               https(name)) == "tls certificate: certificate has expired");
    CHECK(told(ca().issue({.dns_names = {name}, .valid_from_s = 3600, .valid_to_s = 7200}),
               https(name)) == "tls certificate: certificate is not yet valid");
    CHECK(told(TestCa::self_signed({.dns_names = {name}}), https(name)) ==
          "tls certificate: self-signed certificate");
    CHECK(told(TestCa("Other CA").issue({.dns_names = {name}}), https(name)) ==
          "tls certificate: unable to get local issuer certificate");
    // An authority that was made anew under its old name.
    CHECK(told(TestCa().issue({.dns_names = {name}}), https(name)) ==
          "tls certificate: certificate signature failure");
    HttpProbe system_store = https(name);
    system_store.tls->ca_file.clear();
    CHECK(told(for_name(name), system_store) ==
          "tls certificate: unable to get local issuer certificate");
    CHECK(told(for_name("*.example.com"), https(name)) == "ok (200 OK)");
}

TEST_CASE("verify: false accepts any certificate", "[checks][https_probe]") {
    HttpProbe probe = https("www.example.com");
    probe.tls->verify = false;
    probe.tls->ca_file.clear();
    const CertificateRequest wrong{
        .dns_names = {"other.example.com"}, .valid_from_s = -7200, .valid_to_s = -3600};
    CHECK(told(TestCa::self_signed(wrong), probe) == "ok (200 OK)");
}

TEST_CASE("an https check knows how long the certificate lasts, and may ask for more",
          "[checks][https_probe]") {
    const HttpEndpoint endpoint(
        serving(ca().issue({.dns_names = {"www.example.com"}, .valid_to_s = 3 * 86400 + 3600})));
    HttpProbe probe = https("www.example.com");
    CHECK(probe_https(endpoint.port(), probe).certificate_days_left == 3);
    probe.tls->min_days_left = 3;
    CHECK(describe(probe_https(endpoint.port(), probe)) == "ok (200 OK)");
    probe.tls->min_days_left = 14;
    const auto outcome = probe_https(endpoint.port(), probe);
    CHECK(describe(outcome) == "tls certificate: certificate expires in 3 days (min_days_left 14)");
    CHECK(outcome.certificate_days_left == 3);
}

TEST_CASE("a host that is no name at all verifies nothing and so fails", "[checks][https_probe]") {
    CHECK(told(for_name("www.example.com"), https(":443")) ==
          "tls certificate: not a name to verify: ");
}

TEST_CASE("the certificate of the target itself may be the trusted one", "[checks][https_probe]") {
    const Identity identity = TestCa::self_signed({.dns_names = {"www.example.com"}});
    const TemporaryFile pinned(identity.certificate_pem);
    HttpProbe probe = https("www.example.com");
    probe.tls->ca_file = pinned.path();
    CHECK(told(identity, probe) == "ok (200 OK)");
}

TEST_CASE("a redirect from http to https is verified, and one back is not followed",
          "[checks][https_probe]") {
    HttpEndpoint secure(serving(for_name("www.example.com")));
    HttpEndpoint plain;
    const auto leads_to = [](const std::string& scheme, const HttpEndpoint& endpoint) {
        return sends("HTTP/1.1 308 Permanent Redirect\r\nLocation: " + scheme +
                     "://www.example.com:" + std::to_string(endpoint.port()) + "/x\r\n\r\n");
    };
    HttpProbe probe;
    probe.host = "www.example.com";
    probe.follow_redirects = true;
    HealthCheck check;
    check.port = plain.port();
    check.probe = probe;
    TlsContexts contexts;
    plain.behave(leads_to("https", secure));
    CHECK(describe(run_probe(**make_http_probe(check, *contexts.get(true, ca_path())))) ==
          "ok (200 OK)");
    CHECK(secure.last_server_name() == "www.example.com");
    CHECK(secure.last_request().starts_with("GET /x "));
    CHECK(describe(run_probe(**make_http_probe(check, *contexts.get(true, "")))) ==
          "tls certificate: unable to get local issuer certificate");

    secure.behave(leads_to("http", plain));
    HttpProbe from_secure = https("www.example.com");
    from_secure.follow_redirects = true;
    CHECK(describe(probe_https(secure.port(), from_secure))
              .starts_with("http redirect: not followed from https to http: "));
}

TEST_CASE("what is not TLS is a protocol error", "[checks][https_probe]") {
    HttpEndpoint plain;
    CHECK(probe_https(plain.port(), https("www.example.com"), milliseconds(500)).layer ==
          Layer::tls);
    plain.behave({.reply = "HTTP/1.1 400 Bad Request\r\n\r\n", .reads_request = false});
    const auto outcome = probe_https(plain.port(), https("www.example.com"));
    CHECK(outcome.layer == Layer::tls);
    CHECK(outcome.failure == Failure::protocol);
    CHECK_FALSE(outcome.detail.empty());
}

TEST_CASE("silence, an early end and a reset in the handshake are told apart",
          "[checks][https_probe]") {
    HttpEndpoint endpoint(serving(for_name("www.example.com")));
    const HttpProbe probe = https("www.example.com");
    endpoint.behave({.end = Behaviour::End::hang, .reads_request = false});
    CHECK(describe(probe_https(endpoint.port(), probe, milliseconds(200))) == "tls timeout");
    endpoint.behave({.end = Behaviour::End::close, .reads_request = false});
    CHECK(describe(probe_https(endpoint.port(), probe)) == "tls closed early: end of stream");
    endpoint.behave({.end = Behaviour::End::reset, .reads_request = false});
    // The reset may arrive before the connection is even looked at.
    CHECK(probe_https(endpoint.port(), probe).failure == Failure::closed);
    const test::RefusingPort refusing;
    CHECK(describe(probe_https(refusing.port(), probe)) == "connect refused");
}

TEST_CASE("a body that ends with the connection needs no closing alert", "[checks][https_probe]") {
    HttpEndpoint endpoint(serving(for_name("www.example.com")));
    HttpProbe probe = https("www.example.com");
    probe.body_contains = "well";
    endpoint.behave(sends("HTTP/1.1 200 OK\r\n\r\nall is lost"));
    CHECK(describe(probe_https(endpoint.port(), probe)) == "http body: text not found in 11 bytes");
    endpoint.behave(sends("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nall is lost"));
    CHECK(describe(probe_https(endpoint.port(), probe)) == "http closed early: end of stream");
}

TEST_CASE("a CA file that cannot be used is named", "[checks][https_probe]") {
    TlsContexts contexts;
    const TemporaryFile empty("no certificate in here\n");
    for (const std::string& path : {std::string("/nonexistent/ca.pem"), empty.path()}) {
        const auto context = contexts.get(true, path);
        REQUIRE_FALSE(context);
        CHECK(context.error().message.find("cannot load ca_file " + path) != std::string::npos);
    }
}

TEST_CASE("checks with the same trust share one context", "[checks][https_probe]") {
    TlsContexts contexts;
    CHECK(*contexts.get(true, "") == *contexts.get(true, ""));
    CHECK(*contexts.get(true, "") != *contexts.get(true, ca_path()));
    CHECK(*contexts.get(true, "") != *contexts.get(false, ""));
}

}  // namespace
}  // namespace fairlead::checks
