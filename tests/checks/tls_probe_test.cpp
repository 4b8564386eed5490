// SPDX-License-Identifier: Apache-2.0
#include "checks/tls_probe.h"

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
using test::TemporaryFile;
using test::TestCa;

constexpr long kDay = 86400;

const TestCa& ca() {
    static const TestCa authority;
    return authority;
}

/// A tls check that expects mail.example.com, vouched for by the test's authority.
TlsSettings wants(std::uint16_t min_days_left = 0) {
    static const TemporaryFile file(ca().certificate_pem());
    return {.sni = "mail.example.com", .ca_file = file.path(), .min_days_left = min_days_left};
}

Outcome probe_tls(std::uint16_t port, const TlsSettings& settings,
                  milliseconds timeout = milliseconds(10000)) {
    HealthCheck check;
    check.probe = TlsProbe{.settings = settings};
    check.port = port;
    check.timeout = timeout;
    TlsContexts contexts;
    const auto context = contexts.get(settings.verify, settings.ca_file);
    REQUIRE(context);
    return run_probe(*make_tls_probe(check, *context));
}

std::string told(const Identity& identity, const TlsSettings& settings) {
    const HttpEndpoint endpoint({.tls = identity});
    return describe(probe_tls(endpoint.port(), settings));
}

/// A certificate for mail.example.com that expires then.
Identity valid_for(long seconds) {
    return ca().issue(
        {.dns_names = {"mail.example.com"}, .valid_from_s = -100 * kDay, .valid_to_s = seconds});
}

TEST_CASE("a tls check succeeds where the certificate is right", "[checks][tls_probe]") {
    const HttpEndpoint endpoint({.tls = valid_for(90 * kDay + 3600)});
    const auto outcome = probe_tls(endpoint.port(), wants());
    CHECK(describe(outcome) == "ok (TLSv1.3)");
    CHECK(outcome.certificate_days_left == 90);
    REQUIRE(endpoint.wait_until_idle());
    CHECK(endpoint.last_server_name() == "mail.example.com");
    CHECK(endpoint.last_request().empty());
}

TEST_CASE("a certificate near its end is unhealthy in time", "[checks][tls_probe]") {
    const auto expiring = [](long seconds, std::uint16_t min_days_left) {
        return told(valid_for(seconds), wants(min_days_left));
    };
    CHECK(expiring(14 * kDay + 3600, 14) == "ok (TLSv1.3)");
    CHECK(expiring(14 * kDay - 3600, 14) ==
          "tls certificate: certificate expires in 13 days (min_days_left 14)");
    CHECK(expiring(kDay + 3600, 14) ==
          "tls certificate: certificate expires in 1 day (min_days_left 14)");
    CHECK(expiring(3600, 1) ==
          "tls certificate: certificate expires within a day (min_days_left 1)");
    CHECK(expiring(3600, 0) == "ok (TLSv1.3)");
    CHECK(expiring(-3600, 14) == "tls certificate: certificate has expired");
}

TEST_CASE("a tls check without verification still counts the days", "[checks][tls_probe]") {
    TlsSettings settings = wants();
    settings.verify = false;
    settings.ca_file.clear();
    const CertificateRequest wrong{
        .dns_names = {"other.example.com"}, .valid_from_s = -2 * kDay, .valid_to_s = -3600};
    const HttpEndpoint endpoint({.tls = TestCa::self_signed(wrong)});
    CHECK(describe(probe_tls(endpoint.port(), settings)) == "ok (TLSv1.3)");
    CHECK(probe_tls(endpoint.port(), settings).certificate_days_left == -1);
    settings.min_days_left = 1;
    CHECK(describe(probe_tls(endpoint.port(), settings)) ==
          "tls certificate: certificate has expired");
}

TEST_CASE("a tls check tells a wrong certificate by what is wrong", "[checks][tls_probe]") {
    CHECK(told(ca().issue({.dns_names = {"other.example.com"}}), wants()) ==
          "tls certificate: hostname mismatch, expected mail.example.com");
    CHECK(told(TestCa::self_signed({.dns_names = {"mail.example.com"}}), wants()) ==
          "tls certificate: self-signed certificate");
    TlsSettings by_address = wants();
    by_address.sni.clear();
    CHECK(told(ca().issue({.addresses = {"127.0.0.1"}}), by_address) == "ok (TLSv1.3)");
    CHECK(told(valid_for(kDay), by_address) ==
          "tls certificate: IP address mismatch, expected 127.0.0.1");
}

TEST_CASE("a tls check tells what stopped the handshake", "[checks][tls_probe]") {
    HttpEndpoint endpoint({.tls = valid_for(kDay)});
    const auto meets = [&](Behaviour behaviour, milliseconds timeout = milliseconds(10000)) {
        endpoint.behave(std::move(behaviour));
        return probe_tls(endpoint.port(), wants(), timeout);
    };
    CHECK(describe(meets({.end = Behaviour::End::hang, .reads_request = false},
                         milliseconds(200))) == "tls timeout");
    CHECK(describe(meets({.end = Behaviour::End::close, .reads_request = false})) ==
          "tls closed early: end of stream");
    const auto garbage = meets({.reply = "220 mail.example.com ESMTP\r\n", .reads_request = false});
    CHECK(garbage.layer == Layer::tls);
    CHECK(garbage.failure == Failure::protocol);
    const test::RefusingPort refusing;
    CHECK(describe(probe_tls(refusing.port(), wants())) == "connect refused");
    const test::SilentListener silent;
    CHECK(describe(probe_tls(silent.port(), wants(), milliseconds(200))) == "connect timeout");
}

}  // namespace
}  // namespace fairlead::checks
