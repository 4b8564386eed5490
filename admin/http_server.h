// SPDX-License-Identifier: Apache-2.0
#pragma once

// HTTP/1.1 for operators: reads requests within limits and sends the replies that a handler gives.
// Knows nothing of what is asked.
//
// A slow or silent peer holds one of kConnectionsMax connections for kTimeout at most, and nothing
// else: everything is asynchronous, on the control thread. What exceeds a limit is answered (413,
// 431) and closed. A peer that does not read a stream is closed after the same time; nothing
// piles up for it meanwhile.
//
// Thread rule: one thread, that of the io_context.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"

namespace fairlead::admin {

struct HttpRequest {
    std::string method;  // "GET"; HEAD comes as GET
    std::string target;  // as it was sent: "/api/v1/status?limit=3"
    std::string host;    // headers, empty where absent
    std::string origin;
    std::string authorization;
    std::string accept;
    std::string body;
    /// Whose connection it is, see peer_user(). Valid as long as the handler runs.
    std::function<std::string()> user = [] { return std::string("local"); };
};

struct HttpReply {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::string allow;  // of 405: the methods that there are
    /// Not empty: after `body` the reply goes on, in chunks, until the peer leaves. Called a few
    /// times a second as long as the peer keeps up; gives what there is to send, or nothing.
    std::function<std::string()> more;
};

struct HttpLimits {
    std::size_t connections = 64;  // further ones are closed at once
    std::size_t header = 8192;
    std::size_t body = 65536;
    std::chrono::milliseconds timeout{10000};  // for a request to come, for a reply to go, and idle
    std::size_t streams = 16;                  // replies that go on; further ones are refused
    std::chrono::milliseconds stream_pace{250};    // how often a stream looks for more
    std::chrono::milliseconds stream_idle{15000};  // then an empty line shows who is still there
};

class HttpServer {
  public:
    /// Calls its second argument once, at once or later, on the same thread.
    using Handler = std::function<void(const HttpRequest&, std::function<void(HttpReply)>)>;

    /// Takes over `descriptor`, a listening TCP or unix socket. `context` and `log` must outlive
    /// this object; `handler` is not called after its end.
    HttpServer(boost::asio::io_context& context, int descriptor, Handler handler, Log& log,
               HttpLimits limits = {});
    /// Closes the connections of replies that go on, as when who asked may ask no more.
    void end_streams();

    /// Accepts no more, and lets go of the connections.
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace fairlead::admin
