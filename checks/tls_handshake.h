// SPDX-License-Identifier: Apache-2.0
#pragma once

// The step from a TCP connection to a TLS one: handshake, verification of the peer, and the days
// its certificate has left.
// Thread rule: the thread of the stream's executor.

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <functional>
#include <optional>
#include <string>

#include "checks/health_check.h"
#include "checks/outcome.h"

namespace fairlead::checks {

using TlsStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

struct HandshakeResult {
    std::optional<Outcome> failure;
    std::optional<std::int32_t> certificate_days_left;
};

/// Shakes hands under the deadline that was set on `stream`; `peer` (see expected_peer()) is whom
/// the certificate must be for. `done` runs once, never from within this call. `stream` and
/// `settings` must live until then.
void async_tls_handshake(TlsStream& stream, const TlsSettings& settings, const std::string& peer,
                         std::function<void(HandshakeResult)> done);

}  // namespace fairlead::checks
