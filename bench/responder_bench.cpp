// SPDX-License-Identifier: Apache-2.0

// How long one request of PowerDNS takes from its line to the reply's, without the socket, and how
// many heap allocations it makes. Prints one line a case, and fails when a lookup allocates; run it
// on a release build:
// build/release/bench/responder_bench [ROUNDS]

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "backend/protocol/responder.h"
#include "bench/allocation_count.h"
#include "bench/count_argument.h"
#include "tests/backend/protocol/sample_state.h"

namespace fairlead::backend {
namespace {

std::string lookup_of(const std::string& name, const std::string& type) {
    return R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": ")" + name +
           R"(", "qtype": ")" + type +
           R"(", "real-remote": "203.0.113.0/24", "remote": "192.0.2.53", "zone-id": 0}})";
}

/// Whether it does without allocations.
bool measure(const char* what, const ServingState& state, const std::string& line,
             std::size_t rounds) {
    using Clock = std::chrono::steady_clock;
    Responder responder(1);
    Request request;
    std::string reply;
    const auto ask = [&] {
        reply.clear();
        parse_request(line, request);
        responder.respond(std::move(request), state, reply);
    };
    for (int i = 0; i < 1000; ++i)
        ask();  // buffers reach their size

    const auto allocations_before = bench::allocation_count();
    const auto start = Clock::now();
    for (std::size_t i = 0; i < rounds; ++i)
        ask();
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    const double each = spent.count() / static_cast<double>(rounds);
    const auto allocated = bench::allocation_count() - allocations_before;
    const double made = static_cast<double>(allocated) / static_cast<double>(rounds);
    std::printf("%-28s %7.0f ns  %8.0f requests/s  %5.2f allocations  %4zu bytes\n", what, each,
                1e9 / each, made, reply.size());
    return allocated == 0;
}

}  // namespace
}  // namespace fairlead::backend

int main(int argc, char** argv) {
    using namespace fairlead::backend;
    const std::size_t rounds = fairlead::bench::count_argument(argc > 1 ? argv[1] : nullptr,
                                                               300'000, "responder_bench [ROUNDS]");
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
        without_allocations = measure(what, state, line, rounds) && without_allocations;
    (void)measure("malformed", state, lookup_of("www.example.com.", "ANY").substr(0, 100), rounds);
    if (without_allocations) return 0;
    std::fprintf(stderr, "a lookup allocates memory\n");
    return 1;
}
