// SPDX-License-Identifier: Apache-2.0
#pragma once

// A raw HTTP client on a thread of its own, so that a test can be wrong on purpose.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fairlead::admin {

class SocketClient {
  public:
    explicit SocketClient(std::uint16_t port)
        : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                               sizeof address) == 0;
    }
    ~SocketClient() { ::close(descriptor_); }
    SocketClient(const SocketClient&) = delete;
    SocketClient& operator=(const SocketClient&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }

    void send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

    /// Everything up to the peer's close.
    std::string read_all() {
        std::string all;
        while (receive(all)) {
        }
        return all;
    }

    /// At least up to the end of the headers and `body` more bytes.
    std::string read_reply(std::size_t body) {
        std::string all;
        for (;;) {
            const auto end = all.find("\r\n\r\n");
            if (end != std::string::npos && all.size() >= end + 4 + body) return all;
            if (!receive(all)) return all;
        }
    }

    /// Up to `text`, and what came with it.
    std::string read_until(std::string_view text) {
        std::string all;
        while (all.find(text) == std::string::npos && receive(all)) {
        }
        return all;
    }

  private:
    bool receive(std::string& all) const {
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 20000) <= 0) return false;
        char chunk[4096];
        const ssize_t got = ::recv(descriptor_, chunk, sizeof chunk, 0);
        if (got <= 0) return false;
        all.append(chunk, static_cast<std::size_t>(got));
        return true;
    }

    int descriptor_;
    bool connected_ = false;
};

}  // namespace fairlead::admin
