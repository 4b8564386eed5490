// SPDX-License-Identifier: Apache-2.0
#include "admin/http_server.h"

#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <set>
#include <utility>

#include "admin/peer_user.h"
#include "admin/reply.h"

namespace fairlead::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Protocol = asio::generic::stream_protocol;
using boost::system::error_code;

/// After accept(2) failed (out of descriptors, usually): try again so much later.
constexpr std::chrono::milliseconds kAcceptPause{100};

std::string text_of(const http::request<http::string_body>& request, http::field field) {
    const auto value = request[field];
    return {value.data(), value.size()};
}

/// The reply to what could not be read; nothing when there is nobody to answer.
std::optional<HttpReply> reply_to_unreadable(const error_code& error, const HttpLimits& limits) {
    if (error == http::error::body_limit) {
        return failure(413, "the body is larger than " + std::to_string(limits.body) + " bytes");
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return failure(431,
                       "the headers are larger than " + std::to_string(limits.header) + " bytes");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
        return std::nullopt;
    }
    if (error.category() == http::make_error_code(http::error::bad_method).category()) {
        return failure(400, "this is not HTTP/1.1: " + error.message());
    }
    return std::nullopt;  // closed, reset, too slow
}

}  // namespace

/// Shared with the sessions, which may live on for a while.
class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(asio::io_context& context, int descriptor, Handler handler, Log& log, HttpLimits limits)
        : limits_(limits),
          handler_(std::move(handler)),
          log_(log),
          acceptor_(context),
          pause_(context) {
        int family = AF_INET;
        socklen_t size = sizeof family;
        (void)::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
        acceptor_.assign(Protocol(family, 0), descriptor);
        acceptor_.non_blocking(true);
    }

    void accept();
    void end_streams();
    void stop();

  private:
    class Session;

    void admit(Protocol::socket socket);
    void pause(const error_code& error);

    const HttpLimits limits_;
    Handler handler_;
    Log& log_;
    asio::basic_socket_acceptor<Protocol> acceptor_;
    asio::steady_timer pause_;
    LogLimit complaints_;
    std::set<Session*> sessions_;
    std::size_t streams_ = 0;
    bool stopped_ = false;
};

/// One connection. Kept alive by its pending operation.
class HttpServer::Impl::Session : public std::enable_shared_from_this<Session> {
  public:
    Session(Protocol::socket socket, std::shared_ptr<Impl> server)
        : stream_(std::move(socket)), pause_(stream_.get_executor()), server_(std::move(server)) {
        server_->sessions_.insert(this);
    }
    ~Session() {
        server_->sessions_.erase(this);
        if (more_) --server_->streams_;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void read() {
        const HttpLimits& limits = server_->limits_;
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(limits.header));
        parser_->body_limit(limits.body);
        stream_.expires_after(limits.timeout);
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](const error_code& error, std::size_t) {
                             error ? self->on_unreadable(error) : self->on_request();
                         });
    }

    [[nodiscard]] bool is_stream() const { return more_ != nullptr; }

    void close() {
        pause_.cancel();
        stream_.close();
    }

  private:
    void on_unreadable(const error_code& error) {
        const auto reply = reply_to_unreadable(error, server_->limits_);
        if (!reply) return;
        keep_alive_ = false;
        send(*reply);
    }

    void on_request() {
        const auto& message = parser_->get();
        is_head_ = message.method() == http::verb::head;
        keep_alive_ = message.keep_alive();
        const auto method = message.method_string();
        const auto target = message.target();
        const HttpRequest request{
            .method = is_head_ ? "GET" : std::string(method.data(), method.size()),
            .target = std::string(target.data(), target.size()),
            .host = text_of(message, http::field::host),
            .origin = text_of(message, http::field::origin),
            .authorization = text_of(message, http::field::authorization),
            .accept = text_of(message, http::field::accept),
            .body = message.body(),
            .user = [this] { return user(); }};
        if (server_->stopped_) return;
        stream_.expires_never();  // the peer waits for us now
        server_->handler_(
            request, [self = shared_from_this()](const HttpReply& reply) { self->send(reply); });
    }

    /// May wait for a directory of users, and few requests want it.
    const std::string& user() {
        if (!user_) user_ = peer_user(stream_.socket().native_handle());
        return *user_;
    }

    void send(const HttpReply& reply) {
        if (reply.more && !is_head_) return begin_stream(reply);
        reply_ = {};
        reply_.version(11);
        reply_.result(reply.status);
        set_headers(reply);
        if (!reply.allow.empty()) reply_.set(http::field::allow, reply.allow);
        if (reply.status == 401) reply_.set(http::field::www_authenticate, "Bearer");
        reply_.keep_alive(keep_alive_);
        reply_.content_length(reply.body.size());
        if (!is_head_) reply_.body() = reply.body;
        stream_.expires_after(server_->limits_.timeout);
        http::async_write(stream_, reply_,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (error) return;
                              self->keep_alive_ ? self->read() : self->finish();
                          });
    }

    void set_headers(const HttpReply& reply) {
        reply_.set(http::field::content_type, reply.content_type);
        reply_.set(http::field::cache_control, "no-store");
        reply_.set("X-Content-Type-Options", "nosniff");
    }

    void begin_stream(const HttpReply& reply) {
        if (server_->streams_ >= server_->limits_.streams) {
            return send(failure(
                503, "there are " + std::to_string(server_->limits_.streams) + " streams already"));
        }
        if (parser_->get().version() < 11) {
            return send(failure(400, "a stream needs HTTP/1.1"));
        }
        ++server_->streams_;
        more_ = reply.more;
        chunk_ = reply.body;
        reply_ = {};
        reply_.version(11);
        reply_.result(reply.status);
        set_headers(reply);
        reply_.chunked(true);
        header_.emplace(reply_);
        stream_.expires_after(server_->limits_.timeout);
        http::async_write_header(stream_, *header_,
                                 [self = shared_from_this()](const error_code& error, std::size_t) {
                                     if (!error) self->send_chunk();
                                 });
    }

    void send_chunk() {
        if (chunk_.empty()) return wait_for_more();
        idle_ = std::chrono::milliseconds(0);
        stream_.expires_after(server_->limits_.timeout);
        asio::async_write(stream_, http::make_chunk(asio::buffer(chunk_)),
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) self->next_chunk();
                          });
    }

    void next_chunk() {
        if (!stream_.socket().is_open()) return;
        chunk_ = more_();
        if (idle_ >= server_->limits_.stream_idle && chunk_.empty()) chunk_ = "\n";
        send_chunk();
    }

    void wait_for_more() {
        stream_.expires_never();
        idle_ += server_->limits_.stream_pace;
        pause_.expires_after(server_->limits_.stream_pace);
        pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled) self->next_chunk();
        });
    }

    /// Says that no more comes, and reads what the peer had still to say: closing at once could
    /// reset the connection before it has read the reply.
    void finish() {
        error_code ignored;
        stream_.socket().shutdown(Protocol::socket::shutdown_send, ignored);
        drain();
    }

    void drain() {
        buffer_.consume(buffer_.size());
        if (drained_ > kDrainMax) return;
        stream_.async_read_some(
            buffer_.prepare(4096),
            [self = shared_from_this()](const error_code& error, std::size_t read) {
                if (error) return;
                self->drained_ += read;
                self->drain();
            });
    }

    static constexpr std::size_t kDrainMax = std::size_t{1} << 20U;

    std::optional<std::string> user_;  // once it has been asked for
    beast::basic_stream<Protocol> stream_;
    asio::steady_timer pause_;
    std::shared_ptr<Impl> server_;
    beast::flat_buffer buffer_{server_->limits_.header + server_->limits_.body + 4096};
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> reply_;
    // of a stream
    std::function<std::string()> more_;
    std::optional<http::response_serializer<http::string_body>> header_;
    std::string chunk_;
    std::chrono::milliseconds idle_{0};

    std::size_t drained_ = 0;
    bool keep_alive_ = false;
    bool is_head_ = false;
};

void HttpServer::Impl::accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](const error_code& error, Protocol::socket socket) {
            if (self->stopped_) return;
            if (error) return self->pause(error);
            self->admit(std::move(socket));
            self->accept();
        });
}

void HttpServer::Impl::admit(Protocol::socket socket) {
    if (sessions_.size() >= limits_.connections) {
        if (complaints_.allows(SteadyClock().now())) {
            log_.warning("admin: refused a connection: there are " +
                         std::to_string(limits_.connections) + " already");
        }
        return;
    }
    std::make_shared<Session>(std::move(socket), shared_from_this())->read();
}

void HttpServer::Impl::pause(const error_code& error) {
    if (complaints_.allows(SteadyClock().now())) {
        log_.warning("admin: cannot accept a connection: " + error.message());
    }
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled && !self->stopped_) self->accept();
    });
}

void HttpServer::Impl::end_streams() {
    for (Session* const session : sessions_) {
        if (session->is_stream()) session->close();
    }
}

void HttpServer::Impl::stop() {
    stopped_ = true;
    error_code ignored;  // nothing can be done about a failing close
    acceptor_.close(ignored);
    pause_.cancel();
    for (Session* const session : sessions_)
        session->close();
}

HttpServer::HttpServer(asio::io_context& context, int descriptor, Handler handler, Log& log,
                       HttpLimits limits)
    : impl_(std::make_shared<Impl>(context, descriptor, std::move(handler), log, limits)) {
    impl_->accept();
}

void HttpServer::end_streams() {
    impl_->end_streams();
}

HttpServer::~HttpServer() {
    impl_->stop();
}

}  // namespace fairlead::admin
