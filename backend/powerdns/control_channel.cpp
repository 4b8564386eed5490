// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/control_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "base/descriptor.h"

namespace fairlead::backend {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kAnswerMax = 1U << 20U;  // PowerDNS's whole configuration has 60 KiB
/// Of a line, from which on another command is begun. PowerDNS reads 1,000,000 (dynlistener.cc).
constexpr std::size_t kCommandMax = 60'000;

std::string remedy(int error) {
    switch (error) {
        case ENOENT:
            return " (is pdns_server running, with this path's directory as its socket-dir?)";
        case EACCES:
            return " (its directory and socket must be open to fairlead's user or group)";
        case ECONNREFUSED:
            return " (pdns_server is not running)";
        case EAGAIN:
        case ETIMEDOUT:
            return " (pdns_server hangs, or has too much to do; its log may say what with)";
        case ECONNRESET:
            return " (pdns_server has just ended, or is about to)";
        case ENAMETOOLONG:
            return " (a socket's path has 107 characters at most: choose a shorter socket-dir)";
        default:
            return "";
    }
}

/// Waits until `descriptor` is ready for `event`; false at the deadline.
bool wait_for(int descriptor, short event, Clock::time_point deadline) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return false;
        pollfd waiting{.fd = descriptor, .events = event, .revents = 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(left));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

/// 0, or errno. A full listen queue gives EAGAIN at once: PowerDNS is stuck.
int connect_to(int descriptor, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return ::connect(descriptor, generic, sizeof address) == 0 ? 0 : errno;
}

int send_all(int descriptor, std::string_view text, Clock::time_point deadline) {
    while (!text.empty()) {
        const auto sent = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            text.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            return errno;
        } else if (!wait_for(descriptor, POLLOUT, deadline)) {
            return ETIMEDOUT;
        }
    }
    return 0;
}

int receive_all(int descriptor, std::string& answer, Clock::time_point deadline) {
    char piece[16384];
    for (;;) {
        const auto got = ::recv(descriptor, piece, sizeof piece, 0);
        if (got == 0) return answer.empty() ? ECONNRESET : 0;
        if (got > 0) {
            answer.append(piece, static_cast<std::size_t>(got));
            if (answer.size() > kAnswerMax) return EMSGSIZE;
        } else if (errno != EAGAIN && errno != EINTR) {
            return errno;
        } else if (!wait_for(descriptor, POLLIN, deadline)) {
            return ETIMEDOUT;
        }
    }
}

Result<void> done(const Result<std::string>& answer) {
    return answer ? Result<void>() : Result<void>(answer.error());
}

}  // namespace

Result<PowerDnsSettings> ControlChannel::settings() const {
    const auto text = ask("CURRENT-CONFIG");
    if (!text) return text.error();
    return parse_settings(*text);
}

Result<void> ControlChannel::purge(const PurgeTargets& targets) const {
    if (targets.everything) return done(ask("PURGE"));
    const auto late = Clock::now() + kPatience;
    std::string command;
    for (const auto& name : targets.names) {
        if (command.empty()) command = "PURGE";
        command += " " + name;
        if (command.size() < kCommandMax) continue;
        if (const auto answer = ask(command); !answer) return answer.error();
        if (Clock::now() >= late) return done(ask("PURGE"));
        command.clear();
    }
    return command.empty() ? Result<void>() : done(ask(command));
}

/// PowerDNS asks fairlead for all zones, whichever these are.
Result<void> ControlChannel::rediscover(std::vector<std::string>& zones) const {
    zones.clear();
    return done(ask("REDISCOVER"));
}

Result<std::string> ControlChannel::ask(std::string_view command) const {
    const auto failed = [this](int error) {
        return Error{"PowerDNS's control socket " + socket_ + ": " +
                     std::generic_category().message(error) + remedy(error)};
    };
    const auto deadline = Clock::now() + kPatience;
    const Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!descriptor.is_open()) return failed(errno);
    if (const int error = connect_to(descriptor.get(), socket_)) return failed(error);
    const std::string line = std::string(command) + "\n";
    if (const int error = send_all(descriptor.get(), line, deadline)) return failed(error);
    std::string answer;
    if (const int error = receive_all(descriptor.get(), answer, deadline)) return failed(error);
    if (answer.starts_with("Unknown command")) {
        return Error{"PowerDNS's control socket " + socket_ + " does not know the command " +
                     std::string(command.substr(0, command.find(' ')))};
    }
    return Result<std::string>(boost::system::in_place_value, std::move(answer));
}

}  // namespace fairlead::backend
