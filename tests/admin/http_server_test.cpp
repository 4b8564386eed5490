// SPDX-License-Identifier: Apache-2.0

// Real sockets on 127.0.0.1: what operators, scanners and the clumsy send.

#include "admin/http_server.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <thread>
#include <vector>

#include "tests/admin/socket_client.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::admin {
namespace {

namespace asio = boost::asio;

/// Answers with method, target and length of the body.
class Echo {
  public:
    explicit Echo(HttpLimits limits = {}) {
        asio::ip::tcp::acceptor acceptor(context_,
                                         {asio::ip::address_v4::loopback(), std::uint16_t{0}});
        port = acceptor.local_endpoint().port();
        server_ = std::make_unique<HttpServer>(
            context_, acceptor.release(),
            [](const HttpRequest& request, const std::function<void(HttpReply)>& done) {
                done({.body = request.method + " " + request.target + " " +
                              std::to_string(request.body.size())});
            },
            log, limits);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~Echo() {
        asio::post(context_, [this] {
            server_.reset();
            work_.reset();
        });
        thread_.join();
    }
    Echo(const Echo&) = delete;
    Echo& operator=(const Echo&) = delete;

    std::string exchange(const std::string& request) const {
        SocketClient client(port);
        client.send(request);
        return client.read_all();
    }

    std::uint16_t port = 0;
    backend::MemoryLog log;

  private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    std::unique_ptr<HttpServer> server_;
    std::thread thread_;
};

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("requests are answered, one after the other on a connection", "[admin][http]") {
    const Echo server;
    CHECK(mentions(server.exchange(get("/a?b=c")), "GET /a?b=c 0"));

    SocketClient client(server.port);
    for (const auto* target : {"/one", "/two"}) {
        client.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        const auto reply = client.read_reply(std::string("GET /one 0").size());
        CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(reply.ends_with(std::string("GET ") + target + " 0"));
    }
}

TEST_CASE("HEAD gets the headers of GET", "[admin][http]") {
    const Echo server;
    const auto reply =
        server.exchange("HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(mentions(reply, "Content-Length: 12"));
    CHECK(reply.ends_with("\r\n\r\n"));
}

TEST_CASE("what exceeds a limit is told so", "[admin][http]") {
    const Echo server({.header = 1024, .body = 100});
    const std::string put = "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
    CHECK(
        mentions(server.exchange(put + "100\r\nConnection: close\r\n\r\n" + std::string(100, 'x')),
                 "PUT / 100"));
    const auto large = server.exchange(put + "101\r\n\r\n" + std::string(101, 'x'));
    CHECK(large.starts_with("HTTP/1.1 413 "));
    CHECK(mentions(large, "larger than 100 bytes"));
    const auto chunked = server.exchange(
        "PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" +
        std::string(128, 'x') + "\r\n0\r\n\r\n");
    CHECK(chunked.starts_with("HTTP/1.1 413 "));
    CHECK(server.exchange("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n")
              .starts_with("HTTP/1.1 431 "));
    CHECK(server.exchange("this is not HTTP\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(mentions(server.exchange(get("/")), "GET / 0"));
}

TEST_CASE("a slow client holds up nobody, and is closed", "[admin][http]") {
    const Echo server({.timeout = std::chrono::milliseconds(2000)});
    SocketClient slow(server.port);
    slow.send("GET / HT");
    SocketClient silent(server.port);
    CHECK(mentions(server.exchange(get("/")), "GET / 0"));
    CHECK(slow.read_all().empty());
    CHECK(silent.read_all().empty());
}

TEST_CASE("connections beyond the limit are closed at once, and it is logged", "[admin][http]") {
    Echo server({.connections = 2});
    SocketClient first(server.port);
    SocketClient second(server.port);
    first.send("GET /one HTTP/1.1\r\nHost: localhost\r\n\r\n");
    second.send("GET /two HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(first.read_reply(10).ends_with("GET /one 0"));
    CHECK(second.read_reply(10).ends_with("GET /two 0"));
    CHECK(server.exchange(get("/")).empty());
    CHECK(server.log.has("refused a connection: there are 2 already"));
    first.send(get("/again"));
    CHECK(mentions(first.read_all(), "GET /again 0"));
}

/// Replies to everything with a stream of what say() was given.
class Streamer {
  public:
    explicit Streamer(HttpLimits limits) {
        asio::ip::tcp::acceptor acceptor(context_,
                                         {asio::ip::address_v4::loopback(), std::uint16_t{0}});
        port = acceptor.local_endpoint().port();
        server_ = std::make_unique<HttpServer>(
            context_, acceptor.release(),
            [this](const HttpRequest&, const std::function<void(HttpReply)>& done) {
                done({.body = "first\n", .content_type = "application/x-ndjson", .more = [this] {
                          return endless ? std::string(65536, 'x') : std::exchange(next_, {});
                      }});
            },
            log, limits);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~Streamer() {
        asio::post(context_, [this] {
            server_.reset();
            work_.reset();
        });
        thread_.join();
    }
    Streamer(const Streamer&) = delete;
    Streamer& operator=(const Streamer&) = delete;

    void end_streams() {
        asio::post(context_, [this] { server_->end_streams(); });
    }

    void say(const std::string& text) {
        asio::post(context_, [this, text] { next_ += text; });
    }

    std::uint16_t port = 0;
    std::atomic<bool> endless{false};
    backend::MemoryLog log;

  private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    std::string next_;
    std::unique_ptr<HttpServer> server_;
    std::thread thread_;
};

constexpr HttpLimits kQuickStreams{.timeout = std::chrono::milliseconds(2000),
                                   .streams = 1,
                                   .stream_pace = std::chrono::milliseconds(5),
                                   .stream_idle = std::chrono::milliseconds(50)};

TEST_CASE("a stream goes on in chunks, and shows that it lives", "[admin][http]") {
    Streamer server(kQuickStreams);
    SocketClient client(server.port);
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string first = "6\r\nfirst\n\r\n";
    const auto reply = client.read_reply(first.size());
    CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(mentions(reply, "Transfer-Encoding: chunked"));
    CHECK(mentions(reply, "Content-Type: application/x-ndjson"));
    CHECK(mentions(reply, first));
    server.say("second\n");
    CHECK(mentions(client.read_until("second\n"), "7\r\nsecond\n"));
    CHECK(mentions(client.read_until("1\r\n\n\r\n"), "1\r\n\n\r\n"));  // longer than the timeout
    server.say("third\n");
    CHECK(mentions(client.read_until("third\n"), "third\n"));
}

TEST_CASE("streams can be ended, and others be begun", "[admin][http]") {
    Streamer server(kQuickStreams);  // which has room for one
    for (int i = 0; i < 3; ++i) {
        SocketClient client(server.port);
        client.send(get("/"));
        CHECK(mentions(client.read_until("first\n"), "200 OK"));
        server.end_streams();
        CHECK_FALSE(mentions(client.read_all(), "0\r\n\r\n"));
    }
}

TEST_CASE("streams are few, and one that is not read is closed", "[admin][http]") {
    Streamer server(kQuickStreams);
    SocketClient first(server.port);
    first.send(get("/"));
    CHECK(mentions(first.read_until("first\n"), "200 OK"));
    SocketClient second(server.port);
    second.send(get("/"));
    CHECK(mentions(second.read_all(), "there are 1 streams already"));
    server.endless = true;  // which the first client does not read
    CHECK(backend::comes_true([&] {
        SocketClient third(server.port);
        third.send(get("/"));
        return mentions(third.read_until("\r\n\r\n"), "200 OK");
    }));
}

}  // namespace
}  // namespace fairlead::admin
