// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whom a TLS probe trusts and whom it expects: contexts (shared, since one holds the whole
// certificate store of the system) and the settings of one session.
// Verification: chain to the store or the CA file, and the name or address in the certificate
// (RFC 9525, RFC 5280 section 6).
// Thread rule: contexts are immutable once made; sessions belong to one thread.

#include <openssl/ssl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/ip.h"
#include "base/result.h"
#include "checks/health_check.h"

namespace boost::asio::ssl {
class context;
}

namespace fairlead::checks {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// Makes each context once, however many checks use it.
class TlsContexts {
  public:
    /// TLS 1.2 or newer. `ca_file` empty: the system's certificate store. The error names the file.
    [[nodiscard]] Result<TlsContext> get(bool verify, const std::string& ca_file);

  private:
    std::map<std::pair<bool, std::string>, TlsContext> made_;
};

/// Whom the certificate must be for: `sni`, else `host` without its port, else the address.
[[nodiscard]] std::string expected_peer(const std::string& sni, const std::string& host,
                                        const IpAddress& address);

/// Sets what `peer` must prove, and the server name indication where it is a name (RFC 6066
/// section 3 allows no addresses). False when `peer` is nothing that could be verified.
[[nodiscard]] bool expect_peer(SSL& session, const std::string& peer);

/// After a handshake that failed in OpenSSL: why the peer's certificate was not accepted
/// ("certificate has expired"); empty when something else was wrong.
[[nodiscard]] std::string certificate_problem(const SSL& session, const std::string& peer);

/// Whole days until the peer's certificate expires, negative when it has; nothing without one.
[[nodiscard]] std::optional<std::int32_t> certificate_days_left(const SSL& session);

}  // namespace fairlead::checks
