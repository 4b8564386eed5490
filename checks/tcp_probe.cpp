// SPDX-License-Identifier: Apache-2.0
#include "checks/tcp_probe.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <utility>

#include "checks/failure.h"
#include "checks/stopwatch.h"
#include "checks/tcp_connect.h"
#include "checks/text_search.h"

namespace fairlead::checks {
namespace {

using boost::system::error_code;

constexpr std::size_t kReplyPiece = 4096;  // of a reply, read at once

/// What all attempts of one check share.
struct DialogueSettings {
    TcpProbe probe;
    std::uint16_t port = 0;
    milliseconds timeout{0};
};

/// The dialogue after the connect: send, then read until what is expected has come.
/// Kept alive by its pending operation.
class Dialogue : public std::enable_shared_from_this<Dialogue> {
  public:
    Dialogue(const DialogueSettings& settings, boost::asio::io_context& io, Probe::Done done)
        : settings_(settings), stream_(io), done_(std::move(done)) {}

    void run(const IpAddress& address) {
        stream_.expires_after(settings_.timeout);  // for all steps
        async_tcp_connect(stream_, address, settings_.port,
                          [self = shared_from_this()](ConnectFailure failure) {
                              if (failure) return self->finish(std::move(*failure));
                              self->send();
                          });
    }

  private:
    void send() {
        if (settings_.probe.send.empty()) return read();
        boost::asio::async_write(
            stream_, boost::asio::buffer(settings_.probe.send),
            boost::beast::bind_front_handler(&Dialogue::on_sent, shared_from_this()));
    }

    void on_sent(const error_code& error, std::size_t /*bytes*/) {
        if (error) return finish(failure_at(Layer::tcp, error));
        read();
    }

    void read() {
        if (settings_.probe.expect.empty()) return finish({.layer = Layer::connect});
        if (reply_.room() == 0) return text_is_missing();
        stream_.async_read_some(
            boost::asio::buffer(piece_.data(), std::min(piece_.size(), reply_.room())),
            boost::beast::bind_front_handler(&Dialogue::on_read, shared_from_this()));
    }

    void on_read(const error_code& error, std::size_t bytes) {
        if (reply_.append({piece_.data(), bytes})) return finish({.layer = Layer::tcp});
        if (error == boost::asio::error::eof && !reply_.text().empty()) return text_is_missing();
        if (error) return finish(failure_at(Layer::tcp, error));
        read();
    }

    void text_is_missing() {
        const std::string& text = reply_.text();
        finish({.layer = Layer::tcp,
                .failure = Failure::body,
                .detail = "text not found in " + std::to_string(text.size()) +
                          " bytes: " + printable(text.substr(0, text.find_first_of("\r\n")))});
    }

    void finish(Outcome outcome) {
        outcome.duration = stopwatch_.elapsed();
        done_(std::move(outcome));
    }

    const DialogueSettings& settings_;
    boost::beast::tcp_stream stream_;
    const Probe::Done done_;
    const Stopwatch stopwatch_;
    TextSearch reply_{settings_.probe.expect, settings_.probe.max_body};
    std::array<char, kReplyPiece> piece_{};
};

class TcpProber final : public Probe {
  public:
    explicit TcpProber(DialogueSettings settings) : settings_(std::move(settings)) {}

    void start(boost::asio::io_context& io, const IpAddress& address, Done done) const override {
        std::make_shared<Dialogue>(settings_, io, std::move(done))->run(address);
    }

  private:
    const DialogueSettings settings_;
};

}  // namespace

std::unique_ptr<const Probe> make_tcp_probe(const HealthCheck& check) {
    return std::make_unique<TcpProber>(DialogueSettings{
        .probe = std::get<TcpProbe>(check.probe), .port = check.port, .timeout = check.timeout});
}

}  // namespace fairlead::checks
