// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/webhook.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/name_lookup.h"
#include "checks/tcp_connect.h"
#include "checks/tls_context.h"
#include "checks/tls_handshake.h"

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using config::WebhookSettings;

constexpr std::uint32_t kHeaderMax = 16384;

Delivery meaning_of(unsigned status) {
    if (status / 100 == 2) return Delivery::done;
    return status / 100 == 5 || status == 408 || status == 429 ? Delivery::failed
                                                               : Delivery::refused;
}

/// One attempt. Kept alive by what it waits for.
class Post : public std::enable_shared_from_this<Post> {
  public:
    Post(asio::io_context& io, const WebhookSettings& settings, const checks::TlsContext& tls,
         std::string name_servers, const std::string& body, AlertTransport::Done done)
        : io_(io),
          settings_(settings),
          tls_(tls),
          name_servers_(std::move(name_servers)),
          stream_(io),
          deadline_(io),
          done_(std::move(done)) {
        request_.method(http::verb::post);
        request_.target(settings.target);
        request_.version(11);
        request_.set(http::field::host, settings.server.host_header);
        request_.set(http::field::user_agent, "fairlead/" FAIRLEAD_VERSION);
        request_.set(http::field::content_type, "application/json");
        for (const auto& [name, value] : settings.headers)
            request_.set(name, value);
        request_.keep_alive(false);
        request_.body() = body;
        request_.prepare_payload();
        parser_.header_limit(kHeaderMax);
    }

    void start() {
        deadline_.expires_after(settings_.timeout);
        deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled) self->finish(Delivery::failed, "no answer in time");
        });
        if (const auto address = IpAddress::parse(settings_.server.host)) {
            return connect({checks::endpoint_of(*address, settings_.server.port)});
        }
        for (const auto family : kFamilies)
            look_up(family);
    }

    /// Nobody wants to know any more.
    void abandon() {
        done_ = nullptr;
        close();
    }

  private:
    using Endpoints = std::vector<asio::ip::tcp::endpoint>;

    /// Half of the time is left for the rest when one of the two questions is not answered.
    void look_up(Family family) {
        ++questions_;
        checks::NameLookup::start(
            io_, name_servers_, settings_.server.host, family, settings_.timeout / 2,
            [self = shared_from_this()](const Result<checks::Resolved>& found) {
                self->on_answer(found);
            },
            checks::NameLookup::Domains::searched);
    }

    void on_answer(const Result<checks::Resolved>& found) {
        if (found) {
            for (const auto& address : found->addresses)
                endpoints_.push_back(checks::endpoint_of(address, settings_.server.port));
        } else {
            problem_ = found.error().message;
        }
        if (--questions_ > 0 || !done_) return;
        if (!endpoints_.empty()) return connect(endpoints_);
        finish(Delivery::failed, "its name: " + (problem_.empty() ? "no address" : problem_));
    }

    void connect(const Endpoints& endpoints) {
        stream_.async_connect(
            endpoints, [self = shared_from_this()](const error_code& error, const auto&) {
                if (error) return self->fail("connect", error);
                self->settings_.server.https ? self->shake_hands() : self->write(self->stream_);
            });
    }

    void shake_hands() {
        if (!done_) return;
        secure_.emplace(std::move(stream_), *tls_);
        checks::async_tls_handshake(
            *secure_, handshake_, settings_.server.host,
            [self = shared_from_this()](const checks::HandshakeResult& result) {
                if (result.failure) {
                    return self->finish(Delivery::failed, describe(*result.failure));
                }
                self->write(*self->secure_);
            });
    }

    template <typename Stream>
    void write(Stream& stream) {
        if (!done_) return;
        http::async_write(
            stream, request_,
            [self = shared_from_this(), &stream](const error_code& error, std::size_t) {
                if (error) return self->fail("write", error);
                self->read(stream);
            });
    }

    template <typename Stream>
    void read(Stream& stream) {
        if (!done_) return;
        http::async_read_header(stream, buffer_, parser_,
                                [self = shared_from_this()](const error_code& error, std::size_t) {
                                    if (error) return self->fail("answer", error);
                                    self->judge();
                                });
    }

    void judge() {
        const unsigned status = parser_.get().result_int();
        const Delivery delivery = meaning_of(status);
        finish(delivery, delivery == Delivery::done ? "" : "status " + std::to_string(status));
    }

    void fail(const char* where, const error_code& error) {
        finish(Delivery::failed, std::string(where) + ": " + error.message());
    }

    void finish(Delivery delivery, const std::string& problem) {
        const auto done = std::exchange(done_, nullptr);
        close();
        if (done) done(delivery, problem);
    }

    void close() {
        deadline_.cancel();
        (secure_ ? secure_->next_layer() : stream_).close();
    }

    asio::io_context& io_;
    const WebhookSettings settings_;
    const checks::TlsSettings handshake_;
    const checks::TlsContext tls_;
    const std::string name_servers_;
    int questions_ = 0;    // that are open
    std::string problem_;  // of one of them
    Endpoints endpoints_;
    beast::tcp_stream stream_;  // until secure_ takes it over
    std::optional<checks::TlsStream> secure_;
    asio::steady_timer deadline_;
    http::request<http::string_body> request_;
    beast::flat_buffer buffer_;
    http::response_parser<http::empty_body> parser_;
    AlertTransport::Done done_;  // empty once called
};

class Webhook final : public AlertTransport {
  public:
    Webhook(asio::io_context& io, WebhookSettings settings, checks::TlsContext tls,
            std::string name_servers)
        : io_(io),
          settings_(std::move(settings)),
          tls_(std::move(tls)),
          name_servers_(std::move(name_servers)) {}
    ~Webhook() override {
        if (const auto post = post_.lock()) post->abandon();
    }
    Webhook(const Webhook&) = delete;
    Webhook& operator=(const Webhook&) = delete;

    void send(const std::string& body, Done done) override {
        const auto post =
            std::make_shared<Post>(io_, settings_, tls_, name_servers_, body, std::move(done));
        post_ = post;
        post->start();
    }

  private:
    asio::io_context& io_;
    const WebhookSettings settings_;
    const checks::TlsContext tls_;  // null without https
    const std::string name_servers_;
    std::weak_ptr<Post> post_;
};

}  // namespace

Result<std::unique_ptr<AlertTransport>> make_webhook(asio::io_context& io,
                                                     const WebhookSettings& settings,
                                                     const std::string& name_servers) {
    checks::TlsContext tls;
    if (settings.server.https) {
        auto made = checks::TlsContexts().get(true, settings.ca_file);
        if (!made) return made.error();
        tls = *std::move(made);
    }
    return std::unique_ptr<AlertTransport>(
        std::make_unique<Webhook>(io, settings, std::move(tls), name_servers));
}

}  // namespace fairlead::backend
