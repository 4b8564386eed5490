// SPDX-License-Identifier: Apache-2.0
#include "checks/icmp_probe.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "checks/failure.h"
#include "checks/icmp_echo.h"
#include "checks/stopwatch.h"

namespace fairlead::checks {
namespace {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;
using boost::system::error_code;

struct Socket {
    int descriptor = -1;  // -1: errno says why
    bool raw = false;
};

/// Only replies; a raw socket would be given every ICMP message that comes to this machine.
void filter_replies(int descriptor, bool v4) {
    if (v4) {
        // raw(7); linux/icmp.h, which has the name, cannot stand beside the headers of Asio.
        static constexpr int kIcmpFilter = 1;
        const std::uint32_t dropped = ~(1U << static_cast<unsigned>(ICMP_ECHOREPLY));
        setsockopt(descriptor, SOL_RAW, kIcmpFilter, &dropped, sizeof dropped);
        return;
    }
    icmp6_filter filter{};
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
}

Socket open_socket(bool v4) {
    const int family = v4 ? AF_INET : AF_INET6;
    const int protocol = v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
    const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    Socket made{.descriptor = socket(family, SOCK_DGRAM | flags, protocol)};
    if (made.descriptor < 0 && (errno == EACCES || errno == EPERM || errno == EPROTONOSUPPORT)) {
        made = {.descriptor = socket(family, SOCK_RAW | flags, protocol), .raw = true};
        if (made.descriptor >= 0) filter_replies(made.descriptor, v4);
    }
    if (made.descriptor >= 0) {
        // "Host unreachable" from a router is then an error of recv().
        const int on = 1;
        setsockopt(made.descriptor, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR,
                   &on, sizeof on);
    }
    return made;
}

/// From here on only packets of this target come in.
int connect_to(int descriptor, const IpAddress& address) {
    const auto bytes = address.bytes();
    if (address.is_v4()) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        std::memcpy(&to.sin_addr, bytes.data(), bytes.size());
        return connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    std::memcpy(&to.sin6_addr, bytes.data(), bytes.size());
    return connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}

Outcome system_failure(int number) {
    return failure_at(Layer::icmp, {number, boost::system::system_category()});
}

Outcome no_socket(int number) {
    if (number != EPERM && number != EACCES) return system_failure(number);
    return {.layer = Layer::icmp,
            .failure = Failure::resource,
            .detail = "no right to send pings; " + std::string(kPingRemedy)};
}

EchoToken random_token() {
    EchoToken token{};
    // Short of randomness (not after the boot of the machine) it is a token still.
    [[maybe_unused]] const auto filled = getrandom(token.data(), token.size(), GRND_NONBLOCK);
    return token;
}

/// One attempt. Kept alive by its pending operations.
class Ping : public std::enable_shared_from_this<Ping> {
  public:
    Ping(const IpAddress& address, asio::io_context& io, Probe::Done done)
        : address_(address), deadline_(io), socket_(io), done_(std::move(done)) {}

    void run(milliseconds timeout) {
        const Socket made = open_socket(address_.is_v4());
        if (made.descriptor < 0) return finish(no_socket(errno));
        socket_.assign(made.descriptor);
        with_ip_header_ = made.raw && address_.is_v4();
        if (connect_to(made.descriptor, address_) != 0) return finish(system_failure(errno));
        deadline_.expires_after(timeout);
        deadline_.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error) self->finish({.layer = Layer::icmp, .failure = Failure::timeout});
        });
        send_request();
    }

  private:
    void send_request() {
        // A ping socket sets an identifier of its own; a raw one needs one that others have not.
        const auto identifier = static_cast<std::uint16_t>(token_[0] << 8U | token_[1]);
        const auto packet = echo_request(address_.is_v4(), identifier, token_);
        if (send(socket_.native_handle(), packet.data(), packet.size(), 0) < 0) {
            return finish(system_failure(errno));
        }
        wait();
    }

    void wait() {
        socket_.async_wait(stream_descriptor::wait_read,
                           [self = shared_from_this()](const error_code& error) {
                               if (!error && !self->is_done()) self->receive();
                           });
    }

    void receive() {
        std::array<std::uint8_t, 256> packet{};  // longer ones are not ours
        const auto size = recv(socket_.native_handle(), packet.data(), packet.size(), 0);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return finish(system_failure(errno));
        const std::span<const std::uint8_t> received(
            packet.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        if (is_echo_reply(received, address_.is_v4(), with_ip_header_, token_)) {
            return finish({.layer = Layer::icmp});
        }
        wait();
    }

    bool is_done() const { return !done_; }

    void finish(Outcome outcome) {
        if (is_done()) return;
        deadline_.cancel();
        error_code ignored;  // nothing is lost with the socket
        socket_.close(ignored);
        outcome.duration = stopwatch_.elapsed();
        std::exchange(done_, nullptr)(std::move(outcome));
    }

    const IpAddress address_;
    asio::steady_timer deadline_;
    stream_descriptor socket_;
    bool with_ip_header_ = false;
    const EchoToken token_ = random_token();
    Probe::Done done_;  // empty once called
    const Stopwatch stopwatch_;
};

class IcmpProber final : public Probe {
  public:
    explicit IcmpProber(milliseconds timeout) : timeout_(timeout) {}

    void start(asio::io_context& io, const IpAddress& address, Done done) const override {
        auto ping = std::make_shared<Ping>(address, io, std::move(done));
        asio::post(io, [ping = std::move(ping), timeout = timeout_] { ping->run(timeout); });
    }

  private:
    const milliseconds timeout_;
};

}  // namespace

std::unique_ptr<const Probe> make_icmp_probe(const HealthCheck& check) {
    return std::make_unique<IcmpProber>(check.timeout);
}

bool may_ping() {
    const Socket made = open_socket(true);
    const bool denied = made.descriptor < 0 && (errno == EPERM || errno == EACCES);
    if (made.descriptor >= 0) close(made.descriptor);
    return !denied;
}

}  // namespace fairlead::checks
