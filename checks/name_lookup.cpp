// SPDX-License-Identifier: Apache-2.0
#include "checks/name_lookup.h"

#include <ares.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace fairlead::checks {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kTryMs = 800;  // before the next server, or the same one again
constexpr int kTries = 3;

void initialize_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

std::optional<IpAddress> address_of(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return IpAddress::v4(bytes);
    }
    if (address.sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
}

/// The least TTL on the way counts.
Resolved read_reply(const ares_addrinfo& reply) {
    Resolved resolved;
    int ttl = reply.nodes == nullptr ? 0 : reply.nodes->ai_ttl;
    for (const auto* node = reply.nodes; node != nullptr; node = node->ai_next) {
        if (const auto address = address_of(*node->ai_addr)) resolved.addresses.push_back(*address);
        ttl = std::min(ttl, node->ai_ttl);
    }
    for (const auto* cname = reply.cnames; cname != nullptr; cname = cname->next)
        ttl = std::min(ttl, cname->ttl);
    resolved.ttl = std::chrono::seconds(std::max(ttl, 0));
    return resolved;
}

/// A question under way, kept alive by what it waits for.
class Question : public std::enable_shared_from_this<Question> {
  public:
    Question(asio::io_context& io, NameLookup::Done done)
        : io_(io), deadline_(io), tick_(io), done_(std::move(done)) {}
    ~Question() { close(); }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    void ask(const std::string& servers, const std::string& host, Family family,
             std::chrono::milliseconds timeout, NameLookup::Domains domains) {
        if (host == "localhost") return finish_soon(Resolved{.addresses = {loopback(family)}});
        deadline_.expires_after(timeout);
        deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled) self->finish(Error{"no answer in time"});
        });
        if (const int status = open(servers, domains); status != ARES_SUCCESS) {
            return finish_soon(Error{ares_strerror(status)});
        }
        ares_addrinfo_hints hints{};
        hints.ai_family = family == Family::v4 ? AF_INET : AF_INET6;
        hints.ai_flags = ARES_AI_NOSORT;
        ares_getaddrinfo(
            channel_, host.c_str(), nullptr, &hints,
            [](void* self, int status, int, ares_addrinfo* reply) {
                static_cast<Question*>(self)->on_reply(status, reply);
            },
            this);
        arm();
    }

  private:
    /// "localhost" is this machine whatever anybody says (RFC 6761, section 6.3). c-ares 1.18 knows
    /// that, too, and loses memory where /etc/hosts has it in one family only.
    static IpAddress loopback(Family family) {
        if (family == Family::v4) return IpAddress::v4({127, 0, 0, 1});
        return IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    }

    int open(const std::string& servers, NameLookup::Domains domains) {
        initialize_library();
        ares_options options{};
        options.timeout = kTryMs;
        options.tries = kTries;
        options.ndomains = 0;
        const int own_domains = domains == NameLookup::Domains::none ? ARES_OPT_DOMAINS : 0;
        options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
            static_cast<Question*>(self)->on_socket(socket, readable != 0, writable != 0);
        };
        options.sock_state_cb_data = this;
        const int status = ares_init_options(
            &channel_, &options,
            ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | own_domains | ARES_OPT_SOCK_STATE_CB);
        if (status != ARES_SUCCESS || servers.empty()) return status;
        return ares_set_servers_ports_csv(channel_, servers.c_str());
    }

    /// What c-ares waits for at one of its sockets, which it opens and closes itself.
    struct Socket {
        explicit Socket(asio::io_context& io) : descriptor(io) {}
        asio::posix::stream_descriptor descriptor;
        bool wants_read = false;
        bool wants_write = false;
        bool waits_read = false;
        bool waits_write = false;
    };
    using Wait = asio::posix::descriptor_base::wait_type;

    void on_socket(ares_socket_t number, bool readable, bool writable) {
        if (!readable && !writable) {
            const auto found = sockets_.find(number);
            if (found == sockets_.end()) return;
            found->second->descriptor.release();
            sockets_.erase(found);
            return;
        }
        auto& socket = sockets_[number];
        if (socket == nullptr) {
            socket = std::make_shared<Socket>(io_);
            socket->descriptor.assign(number);
        }
        socket->wants_read = readable;
        socket->wants_write = writable;
        wait(socket);
    }

    void wait(const std::shared_ptr<Socket>& socket) {
        if (socket->wants_read && !std::exchange(socket->waits_read, true)) {
            wait(socket, asio::posix::descriptor_base::wait_read);
        }
        if (socket->wants_write && !std::exchange(socket->waits_write, true)) {
            wait(socket, asio::posix::descriptor_base::wait_write);
        }
    }

    void wait(const std::shared_ptr<Socket>& socket, Wait what) {
        socket->descriptor.async_wait(
            what, [self = shared_from_this(), socket, what](const error_code& error) {
                self->on_ready(socket, what, error);
            });
    }

    void on_ready(const std::shared_ptr<Socket>& socket, Wait what, const error_code& error) {
        if (error || channel_ == nullptr || !socket->descriptor.is_open()) return;
        const bool reads = what == asio::posix::descriptor_base::wait_read;
        (reads ? socket->waits_read : socket->waits_write) = false;
        const auto number = socket->descriptor.native_handle();
        ares_process_fd(channel_, reads ? number : ARES_SOCKET_BAD,
                        reads ? ARES_SOCKET_BAD : number);
        if (socket->descriptor.is_open()) wait(socket);
        arm();
    }

    /// For what c-ares does by the clock: the next try, the next server.
    void arm() {
        if (channel_ == nullptr) return;
        timeval longest{.tv_sec = 1, .tv_usec = 0};
        timeval room{};
        const timeval* due = ares_timeout(channel_, &longest, &room);
        tick_.expires_after(std::chrono::seconds(due->tv_sec) +
                            std::chrono::microseconds(due->tv_usec));
        tick_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (cancelled || self->channel_ == nullptr) return;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->arm();
        });
    }

    void on_reply(int status, ares_addrinfo* reply) {
        if (status == ARES_EDESTRUCTION) return;
        Result<Resolved> result = Error{ares_strerror(status)};
        if (status == ARES_SUCCESS) result = read_reply(*reply);
        if (status == ARES_ENODATA) result = Resolved{};
        if (reply != nullptr) ares_freeaddrinfo(reply);
        // c-ares is still at work when it calls this.
        finish_soon(std::move(result));
    }

    void finish_soon(Result<Resolved> result) {
        asio::post(io_, [self = shared_from_this(), result = std::move(result)]() mutable {
            self->finish(std::move(result));
        });
    }

    void finish(Result<Resolved> result) {
        close();
        deadline_.cancel();
        tick_.cancel();
        if (done_) std::exchange(done_, nullptr)(std::move(result));
    }

    void close() {
        if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
    }

    asio::io_context& io_;
    asio::steady_timer deadline_;
    asio::steady_timer tick_;
    NameLookup::Done done_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
};

}  // namespace

void NameLookup::start(asio::io_context& io, const std::string& servers, const std::string& host,
                       Family family, std::chrono::milliseconds timeout, Done done,
                       Domains domains) {
    std::make_shared<Question>(io, std::move(done))->ask(servers, host, family, timeout, domains);
}

}  // namespace fairlead::checks
