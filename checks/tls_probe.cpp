// SPDX-License-Identifier: Apache-2.0
#include "checks/tls_probe.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <utility>

#include "checks/stopwatch.h"
#include "checks/tcp_connect.h"
#include "checks/tls_handshake.h"

namespace fairlead::checks {
namespace {

/// What all attempts of one check share.
struct HandshakeSettings {
    TlsSettings tls;
    std::uint16_t port = 0;
    milliseconds timeout{0};
    TlsContext context;
};

/// One attempt. Kept alive by its pending operation.
class Handshake : public std::enable_shared_from_this<Handshake> {
  public:
    Handshake(const HandshakeSettings& settings, const IpAddress& address,
              boost::asio::io_context& io, Probe::Done done)
        : settings_(settings),
          address_(address),
          stream_(boost::beast::tcp_stream(io), *settings.context),
          done_(std::move(done)) {}

    void run() {
        stream_.next_layer().expires_after(settings_.timeout);  // for both steps
        async_tcp_connect(stream_.next_layer(), address_, settings_.port,
                          [self = shared_from_this()](ConnectFailure failure) {
                              if (failure) return self->finish(std::move(*failure));
                              self->handshake();
                          });
    }

  private:
    void handshake() {
        async_tls_handshake(stream_, settings_.tls, expected_peer(settings_.tls.sni, "", address_),
                            [self = shared_from_this()](const HandshakeResult& result) {
                                self->on_handshake(result);
                            });
    }

    void on_handshake(const HandshakeResult& result) {
        Outcome outcome = result.failure.value_or(
            Outcome{.layer = Layer::tls, .detail = SSL_get_version(stream_.native_handle())});
        outcome.certificate_days_left = result.certificate_days_left;
        finish(std::move(outcome));
    }

    void finish(Outcome outcome) {
        outcome.duration = stopwatch_.elapsed();
        done_(std::move(outcome));
    }

    const HandshakeSettings& settings_;
    const IpAddress address_;
    TlsStream stream_;
    const Probe::Done done_;
    const Stopwatch stopwatch_;
};

class TlsProber final : public Probe {
  public:
    explicit TlsProber(HandshakeSettings settings) : settings_(std::move(settings)) {}

    void start(boost::asio::io_context& io, const IpAddress& address, Done done) const override {
        std::make_shared<Handshake>(settings_, address, io, std::move(done))->run();
    }

  private:
    const HandshakeSettings settings_;
};

}  // namespace

std::unique_ptr<const Probe> make_tls_probe(const HealthCheck& check, TlsContext tls) {
    return std::make_unique<TlsProber>(
        HandshakeSettings{.tls = std::get<TlsProbe>(check.probe).settings,
                          .port = check.port,
                          .timeout = check.timeout,
                          .context = std::move(tls)});
}

}  // namespace fairlead::checks
