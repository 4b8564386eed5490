// SPDX-License-Identifier: Apache-2.0

// How long it takes to read a latency table of a million rows, to steady it against itself and to
// compile one node of policy latency against it: networks from /16 to /24 of all IPv4 and some
// IPv6, nested, in random order, four regions. Run it on a release build:
//     build/release/bench/latency_bench [ROWS]

#include <cstdio>
#include <ctime>
#include <random>
#include <set>
#include <string>

#include "bench/count_argument.h"
#include "geo/latency_csv.h"
#include "policy/client_map.h"

namespace fairlead {
namespace {

using Random = std::mt19937;

std::string random_network(Random& random) {
    const auto n = random();
    if (n % 8 == 0) {
        char text[32];
        std::snprintf(text, sizeof text, "2001:%x:%x::/48", static_cast<unsigned>(n >> 16U),
                      static_cast<unsigned>(random() & 0xffffU));
        return text;
    }
    const auto length = static_cast<std::uint8_t>(n % 10 == 0 ? 16 : 24);
    const auto address = IpAddress::v4({static_cast<std::uint8_t>(1 + random() % 223),
                                        static_cast<std::uint8_t>(random()),
                                        static_cast<std::uint8_t>(random()), 0});
    return Prefix{address.masked(length), length}.to_string();
}

std::string random_csv(std::size_t rows) {
    Random random(1);
    std::string text = "network,region,ms\n";
    std::set<std::string> taken;
    while (taken.size() < rows) {
        for (const auto* region : {"eu-west", "us-east", "us-west", "ap-south"}) {
            auto subject = random_network(random) + "," + region + ",";
            const auto [row, is_new] = taken.insert(std::move(subject));
            if (!is_new || taken.size() > rows) continue;
            text += *row + std::to_string(5 + random() % 300) + "." +
                    std::to_string(random() % 1000) + "\n";
        }
    }
    return text;
}

/// Time of the processor, so that what else runs does not count.
class Stopwatch {
  public:
    void show(const char* what) {
        const auto took = static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC;
        std::printf("%-44s %8.0f ms\n", what, took * 1000);
        start_ = std::clock();
    }

  private:
    std::clock_t start_ = std::clock();
};

int run(std::size_t rows) {
    const auto text = random_csv(rows);
    Stopwatch watch;
    auto reading = geo::parse_latency_csv(text);
    if (!reading.table) return 1;
    watch.show(("reading " + std::to_string(rows) + " rows").c_str());
    const geo::LatencyTable& used = *reading.table;
    auto next = used;
    watch.show("(a copy)");
    next = std::move(next).steadied(used, 10);
    watch.show("hysteresis against the table in use");

    std::vector<policy::ClientSelector> selectors(4);
    for (std::size_t i = 0; i < selectors.size(); ++i) {
        selectors[i].region = static_cast<geo::RegionIndex>(i);
    }
    const policy::ClientMap map(policy::Ordering::latency, selectors, {}, next);
    watch.show("compiling a node of four regions");
    std::printf("%zu rows, %zu networks, %zu ranges of IPv4, %zu of IPv6\n", next.row_count(),
                next.networks().size(), next.networks().v4().size(), next.networks().v6().size());
    const auto first = map.find(IpAddress::v4({198, 51, 100, 1}));
    return first.length <= 32 ? 0 : 1;
}

}  // namespace
}  // namespace fairlead

int main(int argc, char** argv) {
    return fairlead::run(fairlead::bench::count_argument(argc > 1 ? argv[1] : nullptr, 1'000'000,
                                                         "latency_bench [ROWS]"));
}
