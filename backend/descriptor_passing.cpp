// SPDX-License-Identifier: Apache-2.0
#include "backend/descriptor_passing.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/system_error.h"

namespace fairlead::backend {
namespace {

/// Until one of `events` or the end of the connection.
Result<void> wait_for(int socket, short events, TimePoint deadline) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock().now());
        pollfd waiting{.fd = socket, .events = events, .revents = 0};
        const int ready =
            ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready > 0) return {};
        if (ready == 0) return Error{"no answer in time"};
        if (errno != EINTR) return last_system_error();
    }
}

/// After a system call on the socket that failed: nothing is wrong, it is only to be tried again.
bool is_only_early() {
    return errno == EAGAIN || errno == EINTR;
}

/// Room for the descriptors of one message.
struct Control {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptorsAtOnce * sizeof(int))> bytes{};
};

void attach(msghdr& message, Control& control, std::span<const int> descriptors) {
    if (descriptors.empty()) return;
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
}

/// Takes ownership of all that came with a message.
std::vector<Descriptor> take_descriptors(msghdr& message) {
    std::vector<Descriptor> taken;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
            taken.emplace_back(number);
        }
    }
    return taken;
}

}  // namespace

Result<void> send_byte(int socket, char kind, std::span<const int> descriptors,
                       TimePoint deadline) {
    iovec byte{.iov_base = &kind, .iov_len = 1};
    msghdr message{};
    message.msg_iov = &byte;
    message.msg_iovlen = 1;
    Control control;
    attach(message, control, descriptors);
    for (;;) {
        if (auto ready = wait_for(socket, POLLOUT, deadline); !ready) return ready;
        if (::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1) return {};
        if (!is_only_early()) return last_system_error();
    }
}

Result<void> send_text(int socket, std::string_view text, TimePoint deadline) {
    while (!text.empty()) {
        if (auto ready = wait_for(socket, POLLOUT, deadline); !ready) return ready;
        const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && !is_only_early()) return last_system_error();
        text.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    }
    return {};
}

Result<ReceivedByte> receive_byte(int socket, TimePoint deadline) {
    ReceivedByte received;
    iovec byte{.iov_base = &received.kind, .iov_len = 1};
    Control control;
    for (;;) {
        if (auto ready = wait_for(socket, POLLIN, deadline); !ready) return ready.error();
        msghdr message{};
        message.msg_iov = &byte;
        message.msg_iovlen = 1;
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        const ssize_t got = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got < 0 && is_only_early()) continue;
        if (got < 0) return last_system_error();
        received.descriptors = take_descriptors(message);
        if ((message.msg_flags & MSG_CTRUNC) != 0) return Error{"descriptors were lost"};
        return received;
    }
}

Result<std::string> receive_text(int socket, std::size_t size, TimePoint deadline) {
    std::string text(size, '\0');
    for (std::size_t at = 0; at < size;) {
        if (auto ready = wait_for(socket, POLLIN, deadline); !ready) return ready.error();
        const ssize_t got = ::recv(socket, text.data() + at, size - at, MSG_DONTWAIT);
        if (got == 0) return Error{"the other process has gone"};
        if (got < 0 && !is_only_early()) return last_system_error();
        at += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    return Result<std::string>(boost::system::in_place_value, std::move(text));
}

}  // namespace fairlead::backend
