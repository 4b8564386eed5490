// SPDX-License-Identifier: Apache-2.0
#include "checks/failure.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>

namespace fairlead::checks {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

/// Errors of the operating system.
Failure system_failure(Layer layer, int number) {
    switch (number) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EAGAIN:
        case EADDRNOTAVAIL:  // no local port is left towards this target
            return Failure::resource;
        case ECONNREFUSED:
            return Failure::refused;
        case ETIMEDOUT:
            return Failure::timeout;
        case ECONNRESET:
        case ECONNABORTED:
        case EPIPE:
            return Failure::closed;
        default:
            return layer == Layer::connect || layer == Layer::icmp ? Failure::unreachable
                                                                   : Failure::closed;
    }
}

bool ended_by_peer(const error_code& error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
           error == beast::http::error::end_of_stream ||
           error == beast::http::error::partial_message;
}

Failure kind(Layer layer, const error_code& error) {
    if (error == beast::error::timeout) return Failure::timeout;
    if (ended_by_peer(error)) return Failure::closed;
    if (error.category() == boost::system::system_category()) {
        return system_failure(layer, error.value());
    }
    return Failure::protocol;
}

/// Refused and timeout say it all; the rest has a reason worth reading.
std::string reason(Failure failure, const error_code& error) {
    if (failure == Failure::refused || failure == Failure::timeout) return "";
    if (ended_by_peer(error)) return "end of stream";
    return printable(error.message());
}

}  // namespace

Outcome failure_at(Layer layer, const error_code& error) {
    // An alert after the handshake (a client certificate is wanted, say) comes up while reading.
    if (error.category() == asio::error::get_ssl_category()) layer = Layer::tls;
    const Failure failure = kind(layer, error);
    return {.layer = layer, .failure = failure, .detail = reason(failure, error)};
}

std::string printable(std::string_view text) {
    constexpr std::size_t kLongest = 80;
    std::string out(text.substr(0, kLongest));
    for (char& c : out) {
        if (c < 0x20 || c > 0x7e) c = '?';
    }
    return out;
}

}  // namespace fairlead::checks
