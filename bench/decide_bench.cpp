// SPDX-License-Identifier: Apache-2.0

// How long one decision takes and how many heap allocations it makes, for geolocation -> weighted
// -> failover with three endpoints in each pool, some of them down, for clients from all over the
// IPv4 address space. Fails when there is an allocation. Run it on a release build:
//     build/release/bench/decide_bench [CALLS] build/release/geo/country.mmdb

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <vector>

#include "bench/allocation_count.h"
#include "bench/count_argument.h"
#include "geo/locator.h"
#include "policy/decide.h"
#include "policy/draw.h"

namespace fairlead::policy {
namespace {

struct World {
    Forest forest;
    NodeIndex root = 0;
    checks::SubjectIndex subjects = 0;

    explicit World(const geo::Partition& geography) {
        Node geo{
            .label = "www", .policy = Policy::geolocation, .targets = {}, .default_target = {}};
        for (const auto* continent : {"AF", "AS", "EU", "NA", "OC", "SA"}) {
            auto target = below(branch());
            ClientSelector selector;
            selector.areas.push_back({*geo::Area::parse(continent), Specificity::continent});
            target.client = std::make_shared<const ClientSelector>(std::move(selector));
            geo.targets.push_back(target);
        }
        geo.default_target = below(branch());
        geo.on_all_unhealthy = OnAllUnhealthy::serve_all;
        root = *forest.add(geo);
        forest.compile(geography);
    }

  private:
    static Target below(NodeIndex node) { return {.kind = Target::Kind::node, .index = node}; }

    NodeIndex branch() {
        Node weighted{.policy = Policy::weighted, .targets = {}, .default_target = {}};
        for (const std::uint32_t weight : {70U, 30U}) {
            auto target = below(pool());
            target.weight = weight;
            weighted.targets.push_back(target);
        }
        return *forest.add(weighted);
    }

    NodeIndex pool() {
        Node failover{.policy = Policy::failover, .targets = {}, .default_target = {}};
        for (int i = 0; i < 3; ++i) {
            const auto octet = static_cast<std::uint8_t>(subjects + 1);
            Target target;
            target.index =
                forest.add({.v4 = {{IpAddress::v4({192, 0, 2, octet}), subjects++}}, .v6 = {}});
            failover.targets.push_back(target);
        }
        return *forest.add(failover);
    }
};

IpAddress random_v4(Draw& draw) {
    const auto n = static_cast<std::uint32_t>(draw.below(std::uint64_t{1} << 32U));
    return IpAddress::v4({static_cast<std::uint8_t>(n >> 24U), static_cast<std::uint8_t>(n >> 16U),
                          static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n)});
}

constexpr std::size_t kClients = 1 << 16;
constexpr int kRounds = 15;

/// Nanoseconds a call takes, by rounds of `calls`, the fastest first.
template <typename Call>
std::vector<double> timed(std::uint64_t calls, Call&& call) {
    const auto round = [&] {
        const auto start = std::chrono::steady_clock::now();
        for (std::uint64_t n = 0; n < calls; ++n)
            call(n);
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - start;
        return took.count() / static_cast<double>(calls);
    };
    (void)round();  // warm
    std::vector<double> rounds(kRounds);
    std::generate(rounds.begin(), rounds.end(), round);
    std::sort(rounds.begin(), rounds.end());
    return rounds;
}

void print(const char* what, const std::vector<double>& rounds) {
    const double median = rounds[kRounds / 2];
    std::printf("%s: median %.0f ns (%d rounds; fastest %.0f, slowest %.0f), %.2f million/s\n",
                what, median, kRounds, rounds.front(), rounds.back(), 1000 / median);
}

int run(const geo::Locator& locator, std::uint64_t calls) {
    const World world(locator.partition());
    auto health = checks::Snapshot::all_unknown(world.subjects);
    for (std::size_t i = 0; i < health.health.size(); i += 3) {
        health.health[i] = checks::Health::unhealthy;
    }
    const Steering steering{.root = world.root, .ttl = 60};
    std::vector<Client> clients;
    Draw draw(1, 1);
    for (std::size_t i = 0; i < kClients; ++i)
        clients.emplace_back(random_v4(draw));

    std::printf("places: %zu, IPv4 ranges: %zu, IPv6 ranges: %zu\n",
                locator.partition().places.size(), locator.partition().v4.size(),
                locator.partition().v6.size());
    const ClientMap& map = world.forest.clients(world.root);
    std::uint64_t checksum = 0;
    print("one lookup of class and scope in the compiled map", timed(calls, [&](std::uint64_t n) {
              checksum += map.find(*clients[n % kClients].network).length;
          }));

    Answer answer;
    const auto decide_for = [&](std::uint64_t n) {
        decide(world.forest, health, steering, Family::v4, clients[n % kClients], n, answer);
        checksum += answer.addresses.size();
    };
    print("decide", timed(calls, decide_for));

    const auto before = bench::allocation_count();
    for (std::uint64_t n = 0; n < calls; ++n)
        decide_for(n);
    const auto allocated = bench::allocation_count() - before;
    const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf("%llu allocations in %llu decisions (checksum %llu)\n", count(allocated),
                count(calls), count(checksum));
    return allocated == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fairlead::policy

int main(int argc, char** argv) {
    const bool has_calls = argc > 1 && std::isdigit(static_cast<unsigned char>(argv[1][0])) != 0;
    const std::size_t calls = fairlead::bench::count_argument(
        has_calls ? argv[1] : nullptr, 200'000, "decide_bench [CALLS] DATABASE...");
    std::vector<std::filesystem::path> databases(argv + (has_calls ? 2 : 1), argv + argc);
    const auto start = std::chrono::steady_clock::now();
    const auto locator = fairlead::geo::Locator::open(databases);
    if (!locator) {
        std::fprintf(stderr, "%s\n", locator.error().message.c_str());
        return 2;
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::printf("geography read in %.0f ms\n", took.count());
    return fairlead::policy::run(**locator, calls);
}
