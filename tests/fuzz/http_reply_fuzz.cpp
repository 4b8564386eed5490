// SPDX-License-Identifier: Apache-2.0

// Any bytes as the reply of a web server, over a real connection: the probe ends, once, with an
// outcome that can be told in a line. The first byte says in how many pieces they arrive, the
// second which kind of probe reads them.

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "checks/http_probe.h"
#include "checks/prometheus_probe.h"
#include "tests/fuzz/require.h"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace fairlead;
using namespace fairlead::checks;

/// A listener whose every connection gets the bytes at hand, and then the end.
class Server {
  public:
    explicit Server(asio::io_context& io)
        : acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    void reply_with(std::string_view bytes, std::size_t pieces) {
        bytes_ = bytes;
        piece_ = std::max<std::size_t>(1, bytes.size() / pieces);
        accept();
    }
    /// What is under way ends; the sockets stay until nothing refers to them any more.
    void stop() {
        stopping_ = true;
        acceptor_.cancel();
        boost::system::error_code ignored;
        for (const auto& peer : peers_)
            peer->close(ignored);
    }

  private:
    void accept() {
        acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket peer) {
            if (error || stopping_) return;
            peer.set_option(tcp::no_delay(true));
            peer.set_option(asio::socket_base::linger(true, 0));  // no TIME_WAIT left behind
            peers_.push_back(std::make_unique<tcp::socket>(std::move(peer)));
            send(*peers_.back(), 0);
            accept();
        });
    }
    void send(tcp::socket& peer, std::size_t from) {
        if (from >= bytes_.size()) {
            boost::system::error_code ignored;
            peer.shutdown(tcp::socket::shutdown_send, ignored);
            return;
        }
        const auto piece = bytes_.substr(from, piece_);
        asio::async_write(peer, asio::buffer(piece.data(), piece.size()),
                          [this, &peer, from](const boost::system::error_code& error, auto) {
                              if (!error && !stopping_) send(peer, from + piece_);
                          });
    }

    tcp::acceptor acceptor_;
    std::vector<std::unique_ptr<tcp::socket>> peers_;
    std::string_view bytes_;
    std::size_t piece_ = 1;
    bool stopping_ = false;
};

HttpProbe with_text() {
    HttpProbe probe;
    probe.body_contains = "needle";
    probe.max_body = 100;
    return probe;
}

HttpProbe with_pattern() {
    HttpProbe probe;
    probe.body_regex = "ne+dle";
    probe.follow_redirects = true;
    return probe;
}

HttpProbe kept() {
    HttpProbe probe;
    probe.keep_alive = true;
    return probe;
}

/// One of each kind, all of them asking `port`.
std::vector<std::unique_ptr<const Probe>> probes(std::uint16_t port) {
    std::vector<std::unique_ptr<const Probe>> made;
    HealthCheck check;
    check.port = port;
    check.timeout = milliseconds(2000);
    for (const auto& probe : {HttpProbe{}, with_text(), with_pattern(), kept()}) {
        check.probe = probe;
        made.push_back(*make_http_probe(check, nullptr));
    }
    check.probe = PrometheusProbe{.tls = {},
                                  .host = "",
                                  .path = "/api/v1/query",
                                  .headers = {},
                                  .query = "up",
                                  .healthy_when = {}};
    made.push_back(make_prometheus_probe(check, nullptr));
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    asio::io_context io{1};
    Server server(io);
    const auto all = probes(server.port());
    const std::string_view reply(reinterpret_cast<const char*>(data) + 2, size - 2);
    server.reply_with(reply, 1 + data[0] % 16U);
    std::optional<Outcome> result;
    all[data[1] % all.size()]->start(io, *IpAddress::parse("127.0.0.1"), [&](Outcome outcome) {
        require(!result.has_value());
        result = std::move(outcome);
        server.stop();
    });
    io.run();
    require(result.has_value());
    const auto told = describe(*result);
    require(!told.empty() &&
            std::ranges::all_of(told, [](unsigned char c) { return std::iscntrl(c) == 0; }));
    return 0;
}
