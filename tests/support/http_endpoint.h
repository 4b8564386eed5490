// SPDX-License-Identifier: Apache-2.0
#pragma once

// A target for health checks that does exactly what a test tells it to: good replies, slow ones,
// garbage, silence, resets. Bytes are sent as they are given, so a reply may be anything.
// For unit tests; integration tests use a real web server.
// Thread rule: runs its own thread; every function may be called from any thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/test_ca.h"

namespace fairlead::test {

/// What the endpoint does with a connection.
struct Behaviour {
    /// keep: the next request is answered too. flood: `flood` is sent over and over, `pause` before
    /// each, until the client has gone.
    enum class End { close, reset, hang, keep, flood };

    std::string reply;                   // sent once the request header has been read
    std::size_t piece = 0;               // bytes sent at once; 0 = all
    std::chrono::milliseconds pause{0};  // before each piece
    End end = End::close;                // after the reply
    std::string flood;
    bool reads_request = true;  // false: replies to nothing, with plain bytes before TLS
};

/// "HTTP/1.1 200 OK" with a length-delimited body.
[[nodiscard]] Behaviour replies(const std::string& body = "ok");
/// `status` as in "503 Service Unavailable", no body.
[[nodiscard]] Behaviour replies_with_status(const std::string& status);
/// These bytes, then `end`.
[[nodiscard]] Behaviour sends(const std::string& bytes, Behaviour::End end = Behaviour::End::close);

/// `bytes`, then `flood` without end.
[[nodiscard]] Behaviour floods(const std::string& bytes, const std::string& flood,
                               std::chrono::milliseconds pause = {});

class HttpEndpoint {
  public:
    struct Options {
        std::string address = "127.0.0.1";
        std::uint16_t port = 0;  // 0 = any free one
        std::optional<Identity> tls;
    };

    HttpEndpoint() : HttpEndpoint(Options{}) {}
    explicit HttpEndpoint(const Options& options);
    ~HttpEndpoint();
    HttpEndpoint(const HttpEndpoint&) = delete;
    HttpEndpoint& operator=(const HttpEndpoint&) = delete;

    [[nodiscard]] std::uint16_t port() const;

    /// Holds for connections accepted from now on. The first behaviour is replies().
    void behave(Behaviour behaviour);

    [[nodiscard]] int connections() const;
    [[nodiscard]] int requests() const;

    /// The most connections at once that were accepted and not yet answered in full.
    [[nodiscard]] int most_at_once() const;

    [[nodiscard]] std::string last_request() const;

    /// The server name that the last TLS client sent; empty when it sent none.
    [[nodiscard]] std::string last_server_name() const;

    /// False when fewer than `count` connections were accepted within 30 seconds.
    [[nodiscard]] bool wait_for_connections(int count) const;

    /// True when no connection is open at some moment within 30 seconds.
    [[nodiscard]] bool wait_until_idle() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairlead::test
