// SPDX-License-Identifier: Apache-2.0
#pragma once

// The first step of every probe: a TCP connection, or what stopped it.
// Thread rule: the thread of the stream's executor.

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/ip.h"
#include "checks/outcome.h"

namespace fairlead::checks {

/// Nothing, or why there is no connection.
using ConnectFailure = std::optional<Outcome>;

/// The two libraries' words for one thing.
[[nodiscard]] boost::asio::ip::tcp::endpoint endpoint_of(const IpAddress& address,
                                                         std::uint16_t port);

/// Connects under the deadline that was set on `stream`. `connected` runs once, never from within
/// this call. `stream` must live until then.
void async_tcp_connect(boost::beast::tcp_stream& stream, const IpAddress& address,
                       std::uint16_t port, std::function<void(ConnectFailure)> connected);

}  // namespace fairlead::checks
