// SPDX-License-Identifier: Apache-2.0

// A DNS client under full load, or at a steady rate: questions for A of random names, each with an
// EDNS client subnet (RFC 7871) of a random /24 of the whole IPv4 address space, so that no cache
// can answer what depends on the client. One thread, several sockets, a window of questions under
// way on each; what is not answered within a second counts as lost.
//
//     dns_load PORT SECONDS [RATE]          at 127.0.0.1; RATE in questions a second, 0 = all it
//     can
//
// Prints: answers a second, median and 99th percentile of latency in microseconds, lost, wrong
// (no NOERROR with an address), and how often which address came, by its last two bytes: 1.2=345.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/dns_question.h"

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kSockets = 8;
constexpr std::size_t kWindow = 16;  // questions under way on each
constexpr unsigned kNames = 100;
constexpr auto kPatience = seconds(1);

std::mt19937_64 random_source{1};

std::string question(std::uint16_t id) {
    const std::string label = "w" + std::to_string(random_source() % kNames);
    return fairlead::dns_question(id, label, static_cast<std::uint32_t>(random_source()));
}

/// The last two bytes of the address that a reply begins with; nothing: it has none.
std::optional<std::uint16_t> address_in(const unsigned char* reply, std::size_t size) {
    if (size < 12 || (reply[3] & 0xfU) != 0 || reply[7] == 0) return std::nullopt;
    std::size_t at = 12;
    while (at < size && reply[at] != 0)
        at += reply[at] + 1U;
    at += 5;  // the name's end, type, class; then a pointer to it, type, class, TTL, length
    if (at + 16 > size || reply[at + 3] != 1 || reply[at + 11] != 4) return std::nullopt;
    return static_cast<std::uint16_t>(reply[at + 14] * 256U + reply[at + 15]);
}

/// One UDP socket and its questions under way; an id is a slot, and how often it was used.
class Asker {
  public:
    explicit Asker(std::uint16_t port) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            std::perror("connect");
            std::exit(1);
        }
    }

    [[nodiscard]] int descriptor() const { return socket_; }

    /// Asks on a free slot; false when there is none.
    bool ask(Clock::time_point now) {
        for (std::size_t i = 0; i < kWindow; ++i) {
            Slot& slot = slots_[i];
            if (slot.waiting && now - slot.asked < kPatience) continue;
            lost += slot.waiting ? 1U : 0U;
            slot = {
                .waiting = true, .turn = static_cast<std::uint16_t>(slot.turn + 1), .asked = now};
            const auto packet = question(static_cast<std::uint16_t>(slot.turn * kWindow + i));
            (void)!send(socket_, packet.data(), packet.size(), 0);
            return true;
        }
        return false;
    }

    void receive(std::vector<float>& latencies, std::vector<std::size_t>& addresses) {
        std::array<unsigned char, 4096> reply{};
        for (;;) {
            const auto got = recv(socket_, reply.data(), reply.size(), 0);
            if (got < 12) return;
            const unsigned id = reply[0] * 256U + reply[1];
            Slot& slot = slots_[id % kWindow];
            if (!slot.waiting || slot.turn % (65536 / kWindow) != id / kWindow) continue;
            slot.waiting = false;
            const auto address = address_in(reply.data(), static_cast<std::size_t>(got));
            ++(address ? addresses[*address] : wrong);
            latencies.push_back(duration<float, std::micro>(Clock::now() - slot.asked).count());
        }
    }

    std::size_t lost = 0;
    std::size_t wrong = 0;

  private:
    struct Slot {
        bool waiting = false;
        std::uint16_t turn = 0;
        Clock::time_point asked{};
    };
    int socket_;
    std::array<Slot, kWindow> slots_{};
};

void wait(const std::vector<Asker>& askers, milliseconds at_most) {
    std::array<pollfd, kSockets> waiting{};
    for (std::size_t i = 0; i < askers.size(); ++i)
        waiting[i] = {.fd = askers[i].descriptor(), .events = POLLIN, .revents = 0};
    (void)poll(waiting.data(), waiting.size(), static_cast<int>(at_most.count()));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const auto port = static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10));
    const double length = std::strtod(argv[2], nullptr);
    const double rate = argc > 3 ? std::strtod(argv[3], nullptr) : 0;
    std::vector<Asker> askers;
    for (std::size_t i = 0; i < kSockets; ++i)
        askers.emplace_back(port);

    std::vector<float> latencies;
    std::vector<std::size_t> addresses(65536);
    const auto start = Clock::now();
    double asked = 0;
    for (auto now = start; now - start < duration<double>(length); now = Clock::now()) {
        const double due = rate == 0 ? 1e18 : duration<double>(now - start).count() * rate;
        for (auto& asker : askers) {
            while (asked < due && asker.ask(now))
                ++asked;
        }
        wait(askers, milliseconds(1));
        for (auto& asker : askers)
            asker.receive(latencies, addresses);
    }
    std::size_t lost = 0;
    std::size_t wrong = 0;
    for (const auto& asker : askers) {
        lost += asker.lost;
        wrong += asker.wrong;
    }
    std::sort(latencies.begin(), latencies.end());
    const auto at = [&](std::size_t percent) {
        return latencies.empty() ? 0.0F : latencies[(latencies.size() - 1) * percent / 100];
    };
    std::printf("%.0f %.0f %.0f %zu %zu", static_cast<double>(latencies.size()) / length,
                static_cast<double>(at(50)), static_cast<double>(at(99)), lost, wrong);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (addresses[i] > 0) std::printf(" %zu.%zu=%zu", i / 256, i % 256, addresses[i]);
    }
    std::printf("\n");
    return 0;
}
