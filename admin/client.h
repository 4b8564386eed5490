// SPDX-License-Identifier: Apache-2.0
#pragma once

// The other side of the HTTP interface: one request of the command line to a running process.
// Thread rule: blocks the calling thread, for the request's timeout at most.

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::admin {

inline constexpr const char* kDefaultServer = "http://127.0.0.1:8080";
/// A reload of a large configuration takes its time.
inline constexpr std::chrono::seconds kClientTimeout{120};

/// A living stream says something every 15 s.
inline constexpr std::chrono::seconds kStreamSilence{60};

struct ClientRequest {
    std::string method = "GET";
    std::string target;
    std::string body;  // JSON
    std::string accept = "application/json";
    std::chrono::milliseconds timeout = kClientTimeout;  // for all of it, or a stream's beginning
};

struct ClientReply {
    unsigned status = 0;
    std::string body;
};

class Client {
  public:
    /// `server`: "http://HOST:PORT" or "unix:PATH"; `token_file`: empty, or a file whose first
    /// token is sent. The error is one line with the remedy.
    [[nodiscard]] static Result<Client> create(const std::string& server,
                                               const std::filesystem::path& token_file);

    /// The error says that nobody could be reached, and what to look at.
    [[nodiscard]] Result<ClientReply> ask(const ClientRequest& request) const;

    /// A reply that goes on, handed over in pieces as it comes until the process ends it, or is
    /// silent for kStreamSilence. The error says that nobody could be reached, or why the stream
    /// ended; a refusal is a reply.
    using Piece = std::function<void(std::string_view)>;
    [[nodiscard]] Result<ClientReply> follow(const ClientRequest& request,
                                             const Piece& piece) const;

    [[nodiscard]] const std::string& server() const { return server_; }

  private:
    Client() = default;
    [[nodiscard]] Result<ClientReply> exchange(const ClientRequest& request,
                                               const Piece& piece) const;

    std::string server_;
    std::string host_;  // empty: a unix socket
    std::string port_;
    std::string socket_;
    std::string token_;
};

/// Text as a part of a URL.
[[nodiscard]] std::string url_encoded(std::string_view text);

}  // namespace fairlead::admin
