// SPDX-License-Identifier: Apache-2.0
#include "checks/tcp_connect.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <utility>

#include "checks/failure.h"

namespace fairlead::checks {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// A target on this machine whose port is free and ephemeral may be given that very port as its
/// source: TCP then opens simultaneously with itself (RFC 9293 section 3.5), and nobody listens.
bool connected_to_itself(const tcp::socket& socket) {
    error_code no_local;
    error_code no_remote;
    const auto local = socket.local_endpoint(no_local);
    const auto remote = socket.remote_endpoint(no_remote);
    return !no_local && !no_remote && local == remote;
}

ConnectFailure connect_failure(const tcp::socket& socket, const error_code& error) {
    if (error) return failure_at(Layer::connect, error);
    if (connected_to_itself(socket)) {
        return Outcome{.layer = Layer::connect, .failure = Failure::refused};
    }
    return std::nullopt;
}

}  // namespace

tcp::endpoint endpoint_of(const IpAddress& address, std::uint16_t port) {
    if (address.is_v4()) {
        boost::asio::ip::address_v4::bytes_type bytes{};
        std::ranges::copy(address.bytes(), bytes.begin());
        return {boost::asio::ip::address_v4(bytes), port};
    }
    boost::asio::ip::address_v6::bytes_type bytes{};
    std::ranges::copy(address.bytes(), bytes.begin());
    return {boost::asio::ip::address_v6(bytes), port};
}

void async_tcp_connect(boost::beast::tcp_stream& stream, const IpAddress& address,
                       std::uint16_t port, std::function<void(ConnectFailure)> connected) {
    stream.async_connect(endpoint_of(address, port),
                         [&stream, connected = std::move(connected)](const error_code& error) {
                             connected(connect_failure(stream.socket(), error));
                         });
}

}  // namespace fairlead::checks
