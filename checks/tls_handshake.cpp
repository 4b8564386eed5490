// SPDX-License-Identifier: Apache-2.0
#include "checks/tls_handshake.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "checks/failure.h"
#include "checks/tls_context.h"

namespace fairlead::checks {
namespace {

using boost::system::error_code;

Outcome bad_certificate(std::string detail) {
    return {.layer = Layer::tls, .failure = Failure::certificate, .detail = std::move(detail)};
}

std::string expiry_text(std::int32_t days_left, std::uint16_t wanted) {
    if (days_left < 0) return "certificate has expired";
    const std::string when = days_left == 0   ? "within a day"
                             : days_left == 1 ? "in 1 day"
                                              : "in " + std::to_string(days_left) + " days";
    return "certificate expires " + when + " (min_days_left " + std::to_string(wanted) + ')';
}

HandshakeResult result(const SSL& session, const TlsSettings& settings, const std::string& peer,
                       const error_code& error) {
    if (error.category() == boost::asio::error::get_ssl_category()) {
        const auto problem = certificate_problem(session, peer);
        if (!problem.empty()) return {.failure = bad_certificate(problem)};
    }
    if (error) return {.failure = failure_at(Layer::tls, error)};
    const auto days_left = certificate_days_left(session);
    HandshakeResult done{.certificate_days_left = days_left};
    if (settings.min_days_left > 0 && days_left && *days_left < settings.min_days_left) {
        done.failure = bad_certificate(expiry_text(*days_left, settings.min_days_left));
    }
    return done;
}

}  // namespace

void async_tls_handshake(TlsStream& stream, const TlsSettings& settings, const std::string& peer,
                         std::function<void(HandshakeResult)> done) {
    if (!expect_peer(*stream.native_handle(), peer)) {
        HandshakeResult failed{.failure = bad_certificate("not a name to verify: " + peer)};
        boost::asio::post(stream.get_executor(),
                          [done = std::move(done), failed = std::move(failed)] { done(failed); });
        return;
    }
    stream.async_handshake(
        boost::asio::ssl::stream_base::client,
        [&stream, &settings, peer, done = std::move(done)](const error_code& error) {
            done(result(*stream.native_handle(), settings, peer, error));
        });
}

}  // namespace fairlead::checks
