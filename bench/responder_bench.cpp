// SPDX-License-Identifier: Apache-2.0

// How long one request of PowerDNS takes from its line to the reply's, without the socket, and how
// many heap allocations it makes. Prints one line a case; run it on a release build:
// build/release/bench/responder_bench

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "backend/protocol/responder.h"
#include "bench/allocation_count.h"
#include "tests/backend/protocol/sample_state.h"

namespace fairlead::backend {
namespace {

std::string lookup_of(const std::string& name, const std::string& type) {
    return R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": ")" + name +
           R"(", "qtype": ")" + type +
           R"(", "real-remote": "203.0.113.0/24", "remote": "192.0.2.53", "zone-id": 0}})";
}

void measure(const char* what, const ServingState& state, const std::string& line) {
    using Clock = std::chrono::steady_clock;
    constexpr int kRounds = 300'000;
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
    for (int i = 0; i < kRounds; ++i)
        ask();
    const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
    const double each = spent.count() / kRounds;
    const auto made = static_cast<double>(bench::allocation_count() - allocations_before) / kRounds;
    std::printf("%-28s %7.0f ns  %8.0f requests/s  %5.2f allocations  %4zu bytes\n", what, each,
                1e9 / each, made, reply.size());
}

}  // namespace
}  // namespace fairlead::backend

int main() {
    using namespace fairlead::backend;
    const ServingState state = sample_state();
    measure("failover, ANY", state, lookup_of("www.example.com.", "ANY"));
    measure("weighted, ANY", state, lookup_of("api.example.com.", "ANY"));
    measure("geolocation default, ANY", state, lookup_of("app.example.com.", "ANY"));
    measure("static, SOA", state, lookup_of("example.com.", "SOA"));
    measure("no such name, ANY", state, lookup_of("nosuch.example.com.", "ANY"));
    measure("malformed", state, lookup_of("www.example.com.", "ANY").substr(0, 100));
    return 0;
}
