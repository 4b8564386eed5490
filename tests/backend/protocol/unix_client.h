// SPDX-License-Identifier: Apache-2.0
#pragma once

// PowerDNS's side of the socket, and a directory to put one in. Every wait has a deadline.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace fairlead::backend {

inline constexpr std::chrono::milliseconds kPatience{20000};

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = std::filesystem::temp_directory_path() / "fairlead-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

/// True as soon as `condition` is; false when it is not in time.
inline bool comes_true(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (condition()) return true;
        std::this_thread::yield();
    }
    return condition();
}

class UnixClient {
  public:
    explicit UnixClient(const std::filesystem::path& path)
        : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.native().copy(address.sun_path, sizeof address.sun_path - 1);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                               sizeof address) == 0;
    }
    ~UnixClient() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    UnixClient(UnixClient&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          connected_(other.connected_),
          received_(std::move(other.received_)) {}
    UnixClient& operator=(UnixClient&&) = delete;
    UnixClient(const UnixClient&) = delete;
    UnixClient& operator=(const UnixClient&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }

    /// False when the peer closed, or did not take it all in time.
    bool send(std::string_view text) {
        while (!text.empty()) {
            if (!ready(POLLOUT)) return false;
            const ssize_t sent =
                ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno == EAGAIN) continue;
            if (sent < 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// As much as the peer takes without reading its replies; how much that was.
    std::size_t send_until_full(std::string_view text) {
        std::size_t total = 0;
        for (;;) {
            const ssize_t sent =
                ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent <= 0) return total;
            total += static_cast<std::size_t>(sent);
        }
    }

    void finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

    /// One line without its end; nothing when the peer closed or was too slow.
    std::optional<std::string> read_line() {
        for (;;) {
            if (const auto end = received_.find('\n'); end != std::string::npos) {
                std::string line = received_.substr(0, end);
                received_.erase(0, end + 1);
                return line;
            }
            if (!receive()) return std::nullopt;
        }
    }

    /// Some of what the peer sends; false when it closed or was too slow.
    bool read_some() { return receive(); }

    /// True when the peer closes without sending anything more.
    bool is_closed_by_peer() {
        while (receive()) {
        }
        return received_.empty() && closed_;
    }

    /// The reply to one request.
    std::optional<std::string> ask(std::string_view line) {
        if (!send(std::string(line) + "\n")) return std::nullopt;
        return read_line();
    }

    /// True when nothing can be read at this moment.
    [[nodiscard]] bool is_silent() const {
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        return ::poll(&waiting, 1, 0) == 0;
    }

  private:
    [[nodiscard]] bool ready(short event) const {
        pollfd waiting{.fd = descriptor_, .events = event, .revents = 0};
        return ::poll(&waiting, 1, static_cast<int>(kPatience.count())) > 0;
    }
    bool receive() {
        if (!ready(POLLIN)) return false;
        char chunk[65536];
        const ssize_t got = ::recv(descriptor_, chunk, sizeof chunk, 0);
        closed_ = got == 0 || (got < 0 && errno == ECONNRESET);
        if (got <= 0) return false;
        received_.append(chunk, static_cast<std::size_t>(got));
        return true;
    }

    int descriptor_;
    bool connected_ = false;
    bool closed_ = false;
    std::string received_;
};

}  // namespace fairlead::backend
