// SPDX-License-Identifier: Apache-2.0
#include "checks/tls_context.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>

namespace fairlead::checks {
namespace {

std::string last_openssl_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason == nullptr ? "unknown error" : reason;
}

/// Empty, or what was wrong.
std::string trust(SSL_CTX& context, const std::string& ca_file) {
    ERR_clear_error();
    if (ca_file.empty()) {
        if (SSL_CTX_set_default_verify_paths(&context) == 1) return "";
        return "cannot use the system's certificate store: " + last_openssl_error();
    }
    if (SSL_CTX_load_verify_file(&context, ca_file.c_str()) != 1) {
        return "cannot load ca_file " + ca_file + ": " + last_openssl_error() +
               "; it must be a readable PEM file with at least one certificate";
    }
    // What the operator put into the file is trusted, a root or not.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
    return "";
}

/// "www.example.com:8443" and "[2001:db8::1]:8443" without port and brackets.
std::string without_port(const std::string& host) {
    if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
    if (IpAddress::parse(host)) return host;
    return host.substr(0, host.find(':'));
}

bool expect_address(X509_VERIFY_PARAM& expected, const IpAddress& address) {
    const auto bytes = address.bytes();
    return X509_VERIFY_PARAM_set1_ip(&expected, bytes.data(), bytes.size()) == 1;
}

bool expect_name(SSL& session, X509_VERIFY_PARAM& expected, std::string name) {
    if (SSL_ctrl(&session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) !=
        1) {
        return false;
    }
    X509_VERIFY_PARAM_set_hostflags(&expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(&expected, name.data(), name.size()) == 1;
}

}  // namespace

Result<TlsContext> TlsContexts::get(bool verify, const std::string& ca_file) {
    TlsContext& context = made_[{verify, ca_file}];
    if (context) return context;
    auto made = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
    SSL_CTX& handle = *made->native_handle();
    SSL_CTX_set_min_proto_version(&handle, TLS1_2_VERSION);
    SSL_CTX_set_mode(&handle, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(&handle, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (verify) {
        if (auto wrong = trust(handle, ca_file); !wrong.empty()) return Error{std::move(wrong)};
    }
    context = std::move(made);
    return context;
}

std::string expected_peer(const std::string& sni, const std::string& host,
                          const IpAddress& address) {
    if (!sni.empty()) return sni;
    if (!host.empty()) return without_port(host);
    return address.to_string();
}

bool expect_peer(SSL& session, const std::string& peer) {
    X509_VERIFY_PARAM& expected = *SSL_get0_param(&session);
    if (const auto address = IpAddress::parse(peer)) return expect_address(expected, *address);
    // OpenSSL takes an empty name for "any peer will do".
    const std::string name = peer.ends_with('.') ? peer.substr(0, peer.size() - 1) : peer;
    return !name.empty() && expect_name(session, expected, name);
}

std::string certificate_problem(const SSL& session, const std::string& peer) {
    // Not by the error code: below a bad signature it is one of the arithmetic, not of the chain.
    const long verdict = SSL_get_verify_result(&session);
    if (SSL_get_verify_mode(&session) == SSL_VERIFY_NONE || verdict == X509_V_OK) return "";
    std::string problem = X509_verify_cert_error_string(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        problem += ", expected " + peer;
    }
    return problem;
}

std::optional<std::int32_t> certificate_days_left(const SSL& session) {
    const X509* certificate = SSL_get0_peer_certificate(&session);
    int days = 0;
    int seconds = 0;
    if (certificate == nullptr ||
        ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) {
        return std::nullopt;
    }
    return seconds < 0 ? days - 1 : days;  // an hour ago is day -1
}

}  // namespace fairlead::checks
