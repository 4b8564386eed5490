// SPDX-License-Identifier: Apache-2.0
#include "admin/access.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>

#include "base/ascii.h"
#include "base/ip.h"

namespace fairlead::admin {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

/// Of equal length whatever the text's, so that comparing tells nothing about that either.
Digest digest(std::string_view text) {
    Digest result{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data());
    return result;
}

bool is_equal(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// What follows "Bearer "; empty for another scheme.
std::string_view bearer(std::string_view authorization) {
    static constexpr std::string_view kScheme = "bearer ";
    if (ascii::lower(authorization.substr(0, kScheme.size())) != kScheme) return {};
    authorization.remove_prefix(kScheme.size());
    return authorization;
}

/// "127.0.0.1:8080", "[::1]:8080", "localhost": without the port.
std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        return end == std::string_view::npos ? host : host.substr(1, end - 1);
    }
    return host.substr(0, host.find(':'));
}

}  // namespace

Result<std::string> Access::who(std::string_view authorization) const {
    if (tokens_.empty()) return Result<std::string>(boost::system::in_place_value, "");
    const std::string_view given = bearer(authorization);
    const Digest asked = digest(given);
    const Token* found = nullptr;
    for (const auto& token : tokens_) {
        if (is_equal(asked, digest(token.secret))) found = &token;
    }
    if (given.empty()) {
        return Error{
            "a token is needed: send \"Authorization: Bearer TOKEN\" with one of the "
            "tokens in admin.token_file"};
    }
    if (found == nullptr) return Error{"this token is none of those in admin.token_file"};
    return Result<std::string>(boost::system::in_place_value, found->name);
}

Result<void> Access::is_no_browser(std::string_view host, std::string_view origin) const {
    if (asks_for_token()) return {};
    if (!origin.empty()) {
        return Error{"requests from web pages are refused while no admin.token_file is set"};
    }
    const auto name = without_port(host);
    if (name.empty() || name == "localhost" || IpAddress::parse(name)) return {};
    return Error{
        "the Host header must be an address or localhost while no admin.token_file is "
        "set"};
}

}  // namespace fairlead::admin
