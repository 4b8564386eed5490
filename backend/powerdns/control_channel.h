// SPDX-License-Identifier: Apache-2.0
#pragma once

// A running PowerDNS's control socket, as pdns_control uses it: one command a connection, answered
// by a text up to the end of the stream (PowerDNS pdns/dynlistener.cc, 4.7 to 5.1).
//
// Thread rule: a constant value; ask() blocks the calling thread, for kPatience at most.

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::backend {

class ControlChannel {
  public:
    static constexpr std::chrono::milliseconds kPatience{2000};

    explicit ControlChannel(std::filesystem::path socket) : socket_(std::move(socket)) {}

    /// The answer to one command ("VERSION", "PURGE www.example.com."). The error names the socket,
    /// what is wrong with it and the remedy.
    [[nodiscard]] Result<std::string> ask(std::string_view command) const;

    [[nodiscard]] const std::filesystem::path& socket() const { return socket_; }

  private:
    std::filesystem::path socket_;
};

}  // namespace fairlead::backend
