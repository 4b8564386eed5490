// SPDX-License-Identifier: Apache-2.0

// Real sockets on 127.0.0.1: what operators, scanners and the clumsy send.

#include "admin/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <thread>
#include <vector>

#include "tests/admin/socket_client.h"
#include "tests/backend/memory_log.h"
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
    const Echo server({.timeout = std::chrono::milliseconds(300)});
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

}  // namespace
}  // namespace fairlead::admin
