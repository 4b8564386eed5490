// SPDX-License-Identifier: Apache-2.0
#include "backend/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <span>
#include <utility>

#include "backend/descriptor_passing.h"
#include "backend/state_file.h"
#include "base/clock.h"
#include "base/system_error.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr char kRequest = '2';  // and the version of all this
constexpr char kListener = 'L';
constexpr char kConnections = 'C';
constexpr char kState = 'S';
constexpr char kReady = 'R';
constexpr char kYours = 'Y';
constexpr std::size_t kSizeDigits = 9;
static_assert(kStateBytesMax < 1'000'000'000);

/// For a request to come, once somebody has connected.
constexpr milliseconds kRequestWait{1000};

/// After accept(2) failed (out of descriptors, usually): try again so much later.
constexpr milliseconds kAcceptPause{100};

TimePoint after(milliseconds wait) {
    return SteadyClock().now() + wait;
}

std::string padded(std::size_t size) {
    const std::string digits = std::to_string(size);
    return std::string(kSizeDigits - std::min(kSizeDigits, digits.size()), '0') + digits;
}

std::optional<ucred> peer_of(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer;
}

Result<void> send_sockets(int to, const Sockets& sockets, TimePoint deadline) {
    const int listener = sockets.listener.descriptor();
    if (auto sent = send_byte(to, kListener, {&listener, 1}, deadline); !sent) return sent;
    std::vector<int> numbers;
    numbers.reserve(sockets.connections.size());
    for (const Descriptor& connection : sockets.connections)
        numbers.push_back(connection.get());
    for (std::span<const int> rest = numbers; !rest.empty();) {
        const auto some = rest.first(std::min(rest.size(), kDescriptorsAtOnce));
        if (auto sent = send_byte(to, kConnections, some, deadline); !sent) return sent;
        rest = rest.subspan(some.size());
    }
    return {};
}

Result<std::string> receive_state(int from, TimePoint deadline) {
    const auto digits = receive_text(from, kSizeDigits, deadline);
    if (!digits) return digits.error();
    std::size_t size = 0;
    const auto* const end = digits->data() + digits->size();
    const bool is_number = std::from_chars(digits->data(), end, size).ptr == end;
    if (!is_number || size > kStateBytesMax) return Error{"it sent what no fairlead sends"};
    return receive_text(from, size, deadline);
}

/// Waits for one byte of this kind.
Result<void> expect(int from, char kind, TimePoint deadline) {
    const auto received = receive_byte(from, deadline);
    if (!received) return received.error();
    if (received->kind == kind) return {};
    return Error{received->kind == 0 ? "it has gone" : "it sent what no fairlead sends"};
}

}  // namespace

fs::path handover_path(const fs::path& socket) {
    return socket.native() + ".handover";
}

Result<void> Successor::offer(const Sockets& sockets, std::string_view state) {
    const TimePoint deadline = after(kHandoverWait);
    const int to = connection_.get();
    if (auto sent = send_sockets(to, sockets, deadline); !sent) return sent;
    if (auto sent = send_byte(to, kState, {}, deadline); !sent) return sent;
    if (auto sent = send_text(to, padded(state.size()), deadline); !sent) return sent;
    if (auto sent = send_text(to, state, deadline); !sent) return sent;
    return expect(to, kReady, deadline);
}

Result<void> Successor::commit() {
    return send_byte(connection_.get(), kYours, {}, after(kRequestWait));
}

Result<std::unique_ptr<HandoverSocket>> HandoverSocket::open(boost::asio::io_context& control,
                                                             const fs::path& socket, Asked asked,
                                                             Log& log) {
    auto listener = UnixListener::open({.path = handover_path(socket), .group = {}, .mode = 0600});
    if (!listener) return listener.error();
    return std::unique_ptr<HandoverSocket>(
        new HandoverSocket(control, *std::move(listener), std::move(asked), log));
}

HandoverSocket::HandoverSocket(boost::asio::io_context& control, UnixListener listener, Asked asked,
                               Log& log)
    : listener_(std::move(listener)),
      waiting_(control, ::fcntl(listener_.descriptor(), F_DUPFD_CLOEXEC, 0)),
      retry_(control),
      asked_(std::move(asked)),
      log_(log),
      failed_accepts_(log, "cannot hear who asks for this process's place") {
    wait();
}

void HandoverSocket::wait() {
    waiting_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                        [this](const boost::system::error_code& cancelled) {
                            if (!cancelled) accept();
                        });
}

void HandoverSocket::accept() {
    Descriptor connection(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.is_open()) {
        talk_to(std::move(connection));
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        return pause();
    }
    wait();
}

/// Who asks goes on waiting, and the listener with it.
void HandoverSocket::pause() {
    failed_accepts_.happened(last_system_error().message);
    retry_.expires_after(kAcceptPause);
    retry_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) wait();
    });
}

/// Who only looks whether somebody is here closes without a word.
void HandoverSocket::talk_to(Descriptor connection) {
    const auto peer = peer_of(connection.get());
    if (!peer || (peer->uid != 0 && peer->uid != ::geteuid())) {
        return log_.warning("user " + std::to_string(peer ? peer->uid : static_cast<uid_t>(-1)) +
                            " asked for this process's place and is not of it");
    }
    if (!expect(connection.get(), kRequest, after(kRequestWait))) return;
    log_.info("process " + std::to_string(peer->pid) + " takes over");
    asked_(std::make_unique<Successor>(std::move(connection)));
}

std::optional<Predecessor> Predecessor::find(const fs::path& socket) {
    const fs::path path = handover_path(socket);
    sockaddr_un address{};
    if (path.native().size() >= sizeof address.sun_path) return std::nullopt;
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(connection.get(), generic, sizeof address) != 0) return std::nullopt;
    return Predecessor(std::move(connection));
}

Result<Predecessor::Estate> Predecessor::ask() {
    // Its own work comes before its first byte, and has a limit of its own.
    const TimePoint deadline = after(2 * kHandoverWait);
    const int from = connection_.get();
    if (auto sent = send_byte(from, kRequest, {}, deadline); !sent) return sent.error();
    Estate estate;
    for (;;) {
        auto received = receive_byte(from, deadline);
        if (!received) return received.error();
        auto& descriptors = received->descriptors;
        if (received->kind == kListener && descriptors.size() == 1) {
            estate.listener = std::move(descriptors.front());
        } else if (received->kind == kConnections) {
            std::ranges::move(descriptors, std::back_inserter(estate.connections));
        } else if (received->kind == kState && estate.listener.is_open()) {
            auto state = receive_state(from, deadline);
            if (!state) return state.error();
            estate.state = *std::move(state);
            return estate;
        } else {
            return Error{received->kind == 0 ? "it refused" : "it sent what no fairlead sends"};
        }
    }
}

Result<void> Predecessor::take_place() {
    const TimePoint deadline = after(kHandoverWait);
    if (auto sent = send_byte(connection_.get(), kReady, {}, deadline); !sent) return sent;
    auto given = expect(connection_.get(), kYours, deadline);
    if (given) return given;
    // From here on it cannot be told any more. It may have been at the last moment.
    (void)::shutdown(connection_.get(), SHUT_RD);
    return expect(connection_.get(), kYours, SteadyClock().now()) ? Result<void>() : given;
}

bool Predecessor::wait_until_gone(milliseconds wait) {
    (void)::shutdown(connection_.get(), SHUT_WR);  // so that it does not wait for an answer
    const auto end = receive_byte(connection_.get(), after(wait));
    return end && end->kind == 0;
}

}  // namespace fairlead::backend
