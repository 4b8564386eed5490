// SPDX-License-Identifier: Apache-2.0
#include "checks/tcp_probe.h"

#include <boost/asio/io_context.hpp>
#include <utility>

#include "checks/stopwatch.h"
#include "checks/tcp_connect.h"

namespace fairlead::checks {
namespace {

class TcpProber final : public Probe {
  public:
    explicit TcpProber(const HealthCheck& check) : port_(check.port), timeout_(check.timeout) {}

    void start(boost::asio::io_context& io, const IpAddress& address, Done done) const override {
        auto stream = std::make_shared<boost::beast::tcp_stream>(io);
        stream->expires_after(timeout_);
        async_tcp_connect(*stream, address, port_,
                          [stream, stopwatch = Stopwatch(),
                           done = std::move(done)](const ConnectFailure& failure) {
                              Outcome outcome = failure.value_or(Outcome{.layer = Layer::connect});
                              outcome.duration = stopwatch.elapsed();
                              done(std::move(outcome));
                          });
    }

  private:
    const std::uint16_t port_;
    const milliseconds timeout_;
};

}  // namespace

std::unique_ptr<const Probe> make_tcp_probe(const HealthCheck& check) {
    return std::make_unique<TcpProber>(check);
}

}  // namespace fairlead::checks
