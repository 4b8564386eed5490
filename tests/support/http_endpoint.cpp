// SPDX-License-Identifier: Apache-2.0
#include "tests/support/http_endpoint.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <type_traits>

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using TlsStream = asio::ssl::stream<tcp::socket>;

/// What the endpoint has seen, for the test to ask.
class Record {
  public:
    void opened() {
        change([this] {
            ++connections_;
            ++open_;
            most_at_once_ = std::max(most_at_once_, ++unanswered_);
        });
    }
    void answered() {
        change([this] { --unanswered_; });
    }
    void closed() {
        change([this] { --open_; });
    }
    void request(std::string text) {
        change([&] {
            ++requests_;
            last_request_ = std::move(text);
        });
    }
    void server_name(const char* name) {
        change([&] { last_server_name_ = name == nullptr ? "" : name; });
    }
    void behave(Behaviour behaviour) {
        change([&] { behaviour_ = std::move(behaviour); });
    }

    int connections() const { return read(connections_); }
    int requests() const { return read(requests_); }
    int most_at_once() const { return read(most_at_once_); }
    std::string last_request() const { return read(last_request_); }
    std::string last_server_name() const { return read(last_server_name_); }
    Behaviour behaviour() const { return read(behaviour_); }

    bool wait_for_connections(int count) const {
        return wait([&] { return connections_ >= count; });
    }
    bool wait_until_idle() const {
        return wait([&] { return open_ == 0; });
    }

  private:
    template <typename Change>
    void change(Change change) {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }
    template <typename T>
    T read(const T& member) const {
        const std::lock_guard lock(mutex_);
        return member;
    }
    template <typename Condition>
    bool wait(Condition condition) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), condition);
    }

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    int connections_ = 0;
    int requests_ = 0;
    int open_ = 0;
    int unanswered_ = 0;
    int most_at_once_ = 0;
    std::string last_request_;
    std::string last_server_name_;
    Behaviour behaviour_ = replies();
};

template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
    static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

  public:
    Connection(Stream stream, Record& record)
        : stream_(std::move(stream)),
          record_(record),
          behaviour_(record.behaviour()),
          timer_(stream_.get_executor()) {
        record_.opened();
    }
    ~Connection() {
        answered();
        record_.closed();
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void run() {
        if (!behaviour_.reads_request) return send_plain();
        if constexpr (kTls) {
            stream_.async_handshake(
                asio::ssl::stream_base::server,
                [self = this->shared_from_this()](const error_code& error) {
                    self->record_.server_name(SSL_get_servername(self->stream_.native_handle(),
                                                                 TLSEXT_NAMETYPE_host_name));
                    if (!error) self->read_request();
                });
        } else {
            read_request();
        }
    }

  private:
    void read_request() {
        asio::async_read_until(
            stream_, asio::dynamic_buffer(request_), "\r\n\r\n",
            [self = this->shared_from_this()](const error_code& error, std::size_t) {
                if (error) return;
                self->record_.request(self->request_);
                self->send_piece();
            });
    }

    void send_piece() {
        if (behaviour_.pause.count() == 0) return write_piece();
        timer_.expires_after(behaviour_.pause);
        timer_.async_wait([self = this->shared_from_this()](const error_code& error) {
            if (!error) self->write_piece();
        });
    }

    void write_piece() {
        const std::size_t left = behaviour_.reply.size() - sent_;
        const std::size_t size = behaviour_.piece == 0 ? left : std::min(left, behaviour_.piece);
        const bool is_over =
            behaviour_.end != Behaviour::End::hang && behaviour_.end != Behaviour::End::flood;
        if (size == left && is_over) answered();
        asio::async_write(
            stream_, asio::buffer(behaviour_.reply.data() + sent_, size),
            [self = this->shared_from_this()](const error_code& error, std::size_t n) {
                self->sent_ += n;
                if (error) return;
                if (self->sent_ == self->behaviour_.reply.size()) return self->end();
                self->send_piece();
            });
    }

    /// Bytes on the bare connection, whatever the client expects there.
    void send_plain() {
        asio::async_write(socket(), asio::buffer(behaviour_.reply),
                          [self = this->shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) self->end();
                          });
    }

    void end() {
        error_code ignored;  // the client may be gone already
        switch (behaviour_.end) {
            case Behaviour::End::close:
                socket().shutdown(tcp::socket::shutdown_send, ignored);
                return wait_for_client();
            case Behaviour::End::reset:
                socket().set_option(asio::socket_base::linger(true, 0), ignored);
                socket().close(ignored);
                return;
            case Behaviour::End::hang:
                return wait_for_client();
            case Behaviour::End::keep:
                request_.clear();
                sent_ = 0;
                return read_request();
            case Behaviour::End::flood:
                // Enough for any client to drown in, without filling memory for each.
                socket().set_option(asio::socket_base::send_buffer_size(16384), ignored);
                return flood();
        }
    }

    void flood() {
        timer_.expires_after(behaviour_.pause);
        timer_.async_wait([self = this->shared_from_this()](const error_code&) {
            asio::async_write(self->stream_, asio::buffer(self->behaviour_.flood),
                              [self](const error_code& error, std::size_t) {
                                  if (!error) self->flood();
                              });
        });
    }

    /// Reads and drops until the client closes: closing with unread bytes would send a reset.
    void wait_for_client() {
        socket().async_read_some(asio::buffer(dropped_), [self = this->shared_from_this()](
                                                             const error_code& error, std::size_t) {
            if (!error) self->wait_for_client();
        });
    }

    void answered() {
        if (answered_) return;
        answered_ = true;
        record_.answered();
    }

    tcp::socket& socket() {
        if constexpr (kTls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    Stream stream_;
    Record& record_;
    const Behaviour behaviour_;
    asio::steady_timer timer_;
    std::string request_;
    std::size_t sent_ = 0;
    bool answered_ = false;
    std::array<char, 1024> dropped_{};
};

}  // namespace

Behaviour replies(const std::string& body) {
    return sends("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body);
}

Behaviour replies_with_status(const std::string& status) {
    return sends("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
}

Behaviour sends(const std::string& bytes, Behaviour::End end) {
    Behaviour behaviour;
    behaviour.reply = bytes;
    behaviour.end = end;
    return behaviour;
}

Behaviour floods(const std::string& bytes, const std::string& flood,
                 std::chrono::milliseconds pause) {
    Behaviour behaviour = sends(bytes, Behaviour::End::flood);
    behaviour.flood = flood;
    behaviour.pause = pause;
    return behaviour;
}

struct HttpEndpoint::Impl {
    explicit Impl(const Options& options)
        : acceptor(io, tcp::endpoint(asio::ip::make_address(options.address), options.port)) {
        if (options.tls) {
            tls.emplace(asio::ssl::context::tls_server);
            tls->use_certificate_chain(asio::buffer(options.tls->certificate_pem));
            tls->use_private_key(asio::buffer(options.tls->key_pem), asio::ssl::context::pem);
        }
        accept();
        thread = std::thread([this] { io.run(); });
    }
    ~Impl() {
        io.stop();
        thread.join();
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void accept() {
        acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
            if (!error) serve(std::move(socket));
            accept();
        });
    }

    void serve(tcp::socket socket) {
        if (tls) {
            std::make_shared<Connection<TlsStream>>(TlsStream(std::move(socket), *tls), record)
                ->run();
        } else {
            std::make_shared<Connection<tcp::socket>>(std::move(socket), record)->run();
        }
    }

    Record record;
    asio::io_context io{1};
    tcp::acceptor acceptor;
    std::optional<asio::ssl::context> tls;
    std::thread thread;
};

HttpEndpoint::HttpEndpoint(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
HttpEndpoint::~HttpEndpoint() = default;

std::uint16_t HttpEndpoint::port() const {
    return impl_->acceptor.local_endpoint().port();
}
void HttpEndpoint::behave(Behaviour behaviour) {
    impl_->record.behave(std::move(behaviour));
}
int HttpEndpoint::connections() const {
    return impl_->record.connections();
}
int HttpEndpoint::requests() const {
    return impl_->record.requests();
}
int HttpEndpoint::most_at_once() const {
    return impl_->record.most_at_once();
}
std::string HttpEndpoint::last_request() const {
    return impl_->record.last_request();
}
std::string HttpEndpoint::last_server_name() const {
    return impl_->record.last_server_name();
}
bool HttpEndpoint::wait_for_connections(int count) const {
    return impl_->record.wait_for_connections(count);
}
bool HttpEndpoint::wait_until_idle() const {
    return impl_->record.wait_until_idle();
}

}  // namespace fairlead::test
