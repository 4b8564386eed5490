// SPDX-License-Identifier: Apache-2.0

// How long one request of PowerDNS takes from its line to the reply's, without the socket and over
// one, and how many heap allocations it makes. Prints one line a case, and fails when a lookup
// allocates; run it on a release build:
//     build/release/bench/responder_bench [ROUNDS]              a small sample, one line for ever
//     build/release/bench/responder_bench ROUNDS CONFIG         each steered name of a
//     configuration
//                                                               in turn, for random clients
// The second is what traffic looks like: with one line for ever the processor knows every branch
// before it comes, which halves the time.

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backend/keystore/keystore_keeper.h"
#include "backend/protocol/responder.h"
#include "backend/protocol/server.h"
#include "base/descriptor.h"
#include "bench/allocation_count.h"
#include "bench/count_argument.h"
#include "config/load.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"

namespace fairlead::backend {
namespace {

constexpr const char* kUsage = "responder_bench [ROUNDS [CONFIG]]";

std::string lookup_of(const std::string& name, const std::string& type,
                      const std::string& subnet = "203.0.113.0/24") {
    return R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": ")" + name +
           R"(", "qtype": ")" + type + R"(", "real-remote": ")" + subnet +
           R"(", "remote": "192.0.2.53", "zone-id": 0}})";
}

/// From a line to its reply, without the socket.
class Direct {
  public:
    explicit Direct(const ServingState& state) : state_(state) {}
    /// The reply's size.
    std::size_t operator()(const std::string& line) {
        reply_.clear();
        parse_request(line, request_);
        responder_.respond(std::move(request_), state_, reply_);
        return reply_.size();
    }

  private:
    const ServingState& state_;
    Responder responder_{1};
    Request request_;
    std::string reply_;
};

/// The whole way in the process, and there and back again: event loop, connection, worker.
class OverSocket {
  public:
    OverSocket() {
        auto listener = UnixListener::open({.path = directory_ / "pdns.sock"});
        auto server =
            Server::start({.state = state_, .keystore = keystore_, .command = {}, .log = log_}, 1,
                          {.tick = std::chrono::hours(1)});
        std::array<int, 2> ends{};
        if (!listener || !server ||
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            std::fprintf(stderr, "cannot serve a socket\n");
            std::exit(2);
        }
        here_ = Descriptor(ends[0]);
        std::vector<Descriptor> connections;
        connections.emplace_back(ends[1]);
        server_ = *std::move(server);
        server_->serve({.listener = *std::move(listener), .connections = std::move(connections)});
    }
    std::size_t operator()(const std::string& line) {
        std::array<char, 4096> reply{};
        const bool sent = ::send(here_.get(), line.data(), line.size(), MSG_NOSIGNAL) > 0;
        const ssize_t got = ::recv(here_.get(), reply.data(), reply.size(), 0);
        if (!sent || got <= 0) {
            std::fprintf(stderr, "no reply\n");
            std::exit(1);
        }
        return static_cast<std::size_t>(got);
    }

  private:
    TemporaryDirectory directory_;
    MemoryLog log_;
    KeystoreKeeper keystore_{directory_ / "", log_};
    PublishedState state_{std::make_shared<ServingState>(sample_state())};
    Descriptor here_;
    std::unique_ptr<Server> server_;
};

/// Whether it does without allocations.
template <typename Ask>
bool measure(const char* what, Ask&& ask, const std::vector<std::string>& lines,
             std::size_t rounds) {
    using Clock = std::chrono::steady_clock;
    for (std::size_t i = 0; i < std::max<std::size_t>(1000, lines.size()); ++i)
        ask(lines[i % lines.size()]);  // buffers reach their size

    std::size_t bytes = 0;
    const auto allocations_before = bench::allocation_count();
    const auto start = Clock::now();
    for (std::size_t i = 0; i < rounds; ++i)
        bytes = ask(lines[i % lines.size()]);
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    const double each = spent.count() / static_cast<double>(rounds);
    const auto allocated = bench::allocation_count() - allocations_before;
    const double made = static_cast<double>(allocated) / static_cast<double>(rounds);
    std::printf("%-28s %7.0f ns  %8.0f requests/s  %5.2f allocations  %4zu bytes\n", what, each,
                1e9 / each, made, bytes);
    return allocated == 0;
}

bool measure_sample(std::size_t rounds) {
    const ServingState state = sample_state();
    const std::pair<const char*, std::string> lookups[] = {
        {"failover, ANY", lookup_of("www.example.com.", "ANY")},
        {"weighted, ANY", lookup_of("api.example.com.", "ANY")},
        {"geolocation default, ANY", lookup_of("app.example.com.", "ANY")},
        {"static, SOA", lookup_of("example.com.", "SOA")},
        {"no such name, ANY", lookup_of("nosuch.example.com.", "ANY")},
    };
    bool without_allocations = true;
    for (const auto& [what, line] : lookups)
        without_allocations = measure(what, Direct(state), {line}, rounds) && without_allocations;
    const auto failover = lookup_of("www.example.com.", "ANY") + "\n";
    without_allocations =
        measure("failover, over a socket", OverSocket(), {failover}, rounds) && without_allocations;
    const auto malformed = failover.substr(0, 100);
    (void)measure("malformed", Direct(state), {malformed}, rounds);
    return without_allocations;
}

/// Everything healthy.
ServingState state_of(const char* file) {
    auto result = config::load(file);
    if (!result.loaded) {
        std::fprintf(stderr, "%s cannot be served: see fairlead check\n", file);
        std::exit(2);
    }
    ServingState state;
    state.catalog = result.loaded->catalog;
    auto health = checks::Snapshot::all_unknown(state.catalog->subjects().size());
    for (auto& one : health.health)
        one = checks::Health::healthy;
    state.health = std::make_shared<checks::Snapshot>(std::move(health));
    state.traffic = std::make_shared<Traffic>(1, *state.catalog);
    state.known = policy::KnownStandings(state.catalog->forest().node_count());
    return state;
}

bool measure_names(std::size_t rounds, const char* file) {
    constexpr std::size_t kClients = 20'000;
    const ServingState state = state_of(file);
    std::vector<std::string> names;
    for (policy::RecordSetIndex i = 0; i < state.catalog->record_set_count(); ++i) {
        const auto& records = state.catalog->record_set(i);
        if (records.steering) names.push_back(records.name.to_string());
    }
    if (names.empty()) {
        std::fprintf(stderr, "%s steers no name\n", file);
        std::exit(2);
    }
    std::mt19937 random(1);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < kClients; ++i) {
        std::string subnet;
        for (int part = 0; part < 3; ++part)
            subnet += std::to_string(random() % 256) + ".";
        lines.push_back(lookup_of(names[i % names.size()], "ANY", subnet + "0/24"));
    }
    return measure("steered names, ANY", Direct(state), lines, rounds);
}

}  // namespace
}  // namespace fairlead::backend

int main(int argc, char** argv) {
    using namespace fairlead::backend;
    const std::size_t rounds =
        fairlead::bench::count_argument(argc > 1 ? argv[1] : nullptr, 300'000, kUsage);
    if (argc > 2 ? measure_names(rounds, argv[2]) : measure_sample(rounds)) return 0;
    std::fprintf(stderr, "a lookup allocates memory\n");
    return 1;
}
