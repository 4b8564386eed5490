// SPDX-License-Identifier: Apache-2.0

// What many names cost: the time and memory that loading takes, and whether a decision among many
// names is as quick as among few. The names are a third each geolocation over pools, weighted
// canaries and failover pairs, all with a health check. Run it on a release build:
//     build/release/bench/load_bench build/release/geo/country.mmdb [NAMES]

#include <time.h>  // NOLINT: clock_gettime
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/count_argument.h"
#include "config/document.h"
#include "config/load.h"
#include "config/source.h"
#include "policy/decide.h"
#include "policy/draw.h"

namespace fairlead::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPools = 20;  // of each of three regions
constexpr std::size_t kNamesOfZone = 1000;

std::string address(std::string_view network, std::size_t i) {
    return std::string(network) + std::to_string(i >> 16U & 0xffU) + "." +
           std::to_string(i >> 8U & 0xffU) + "." + std::to_string(i & 0xffU);
}

void write_pools(std::ostream& out) {
    std::size_t endpoint = 1;
    out << "pools:\n";
    for (std::size_t i = 0; i < kPools; ++i) {
        for (const std::string_view region : {"eu", "us", "asia"}) {
            out << "  " << region << i << ":\n    health_check: web\n    endpoints: ["
                << address("11.", endpoint) << ", " << address("11.", endpoint + 1) << "]\n";
            endpoint += 2;
        }
    }
}

void write_geolocation(std::ostream& out, std::size_t i) {
    static constexpr std::string_view kEurope[] = {"[EU]", "[EU, AF]", "[EU-DE, EU-FR, EU-NL]"};
    const auto pool = i % kPools;
    out << "        policy: geolocation\n        targets:\n"
        << "          - {geos: " << kEurope[i % 3] << ", pool: eu" << pool << "}\n"
        << "          - {geos: [NA, SA], pool: us" << pool << "}\n"
        << "        default: {pool: asia" << pool << "}\n";
}

void write_canary(std::ostream& out, std::size_t i) {
    out << "        policy: weighted\n        health_check: web\n        targets:\n";
    for (std::size_t target = 0; target < 2 + i % 2; ++target) {
        out << "          - {address: " << address("10.", 3 * i + target)
            << ", weight: " << (target == 0 ? 90 : 10) << "}\n";
    }
}

void write_pair(std::ostream& out, std::size_t i) {
    out << "        policy: failover\n        health_check: web\n        targets: ["
        << address("10.", 3 * i) << ", " << address("10.", 3 * i + 1) << "]\n";
}

std::string owner(std::size_t i) {
    return "app" + std::to_string(i);
}
std::string zone(std::size_t i) {
    return "zone" + std::to_string(i / kNamesOfZone) + ".example.com";
}

void write_configuration(const fs::path& file, const fs::path& database, std::size_t names) {
    std::ofstream out(file);
    out << "geoip: {databases: [\"" << fs::absolute(database).string() << "\"]}\n"
        << "health_checks:\n  web: {type: https, path: /health, host: www.example.com}\n";
    write_pools(out);
    out << "zones:\n";
    for (std::size_t i = 0; i < names; ++i) {
        if (i % kNamesOfZone == 0) {
            out << "  " << zone(i) << ":\n    ns: [ns1.example.net., ns2.example.net.]\n"
                << "    records:\n";
        }
        out << "      " << owner(i) << ":\n";
        if (i % 3 == 0) write_geolocation(out, i);
        if (i % 3 == 1) write_canary(out, i);
        if (i % 3 == 2) write_pair(out, i);
    }
}

/// A line of /proc/self/status, in MB: VmRSS now, VmHWM at most since forget_peak().
double memory(std::string_view what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(what)) return std::stod(line.substr(what.size() + 1)) / 1024;
    }
    return 0;
}
void forget_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

struct Spent {
    double wall = 0;  // seconds
    double cpu = 0;   // seconds of processor time
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Work>
Spent spent_on(Work work) {
    const auto start = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    work();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    return {.wall = wall.count(), .cpu = cpu_seconds() - cpu};
}

/// The text alone: reading the file and making a tree of its YAML.
Spent parse(const fs::path& file) {
    return spent_on([&] {
        config::Diagnostics findings;
        auto sources = config::read_sources(file, findings);
        config::Document document;
        document.read(std::move(sources.list), findings);
    });
}

/// Loads the file and prints what that took; the memory of the first load alone is its own. Exits
/// when the file is refused.
config::Loaded load(const fs::path& file, std::size_t names, bool is_first) {
    const auto before = memory("VmRSS");
    forget_peak();
    config::LoadResult result;
    const auto all = spent_on([&] { result = config::load(file); });
    const auto peak = memory("VmHWM") - before;
    const auto kept = memory("VmRSS") - before;
    if (!result.loaded) {
        const auto& findings = result.diagnostics;
        std::fprintf(stderr, "%s\n", findings.empty() ? "?" : findings[0].to_string().c_str());
        std::exit(2);
    }
    const auto yaml = parse(file);
    std::printf("%7zu names %5.1f MB  load %6.3f s (cpu %6.3f), of it YAML %6.3f s (cpu %6.3f)\n",
                names, static_cast<double>(fs::file_size(file)) / 1e6, all.wall, all.cpu, yaml.wall,
                yaml.cpu);
    if (is_first) std::printf("        memory: peak %.1f MB, kept %.1f MB\n", peak, kept);
    return *std::move(result.loaded);
}

/// The median over rounds of the processor time of finding a name and deciding, in nanoseconds, for
/// as many of the names as `used`, in random order.
double decision_ns(const config::Loaded& loaded, std::size_t names, std::size_t used,
                   std::size_t questions) {
    constexpr std::size_t kRounds = 15;
    const policy::Catalog& catalog = *loaded.catalog;
    const auto health = checks::Snapshot::all_unknown(catalog.subjects().size());
    policy::Draw draw(1, 1);
    std::vector<DnsName> asked;
    std::vector<policy::Client> clients;
    for (std::size_t i = 0; i < questions; ++i) {
        const auto name = draw.below(used) * (names / used);
        asked.push_back(*DnsName::parse(owner(name) + "." + zone(name)));
        const auto bits = draw.next();
        clients.emplace_back(IpAddress::v4(
            {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8U),
             static_cast<std::uint8_t>(bits >> 16U), static_cast<std::uint8_t>(bits >> 24U)}));
    }
    policy::Answer answer;
    std::vector<double> rounds;
    for (std::size_t round = 0; round <= kRounds; ++round) {
        const auto spent = spent_on([&] {
            for (std::size_t i = 0; i < questions; ++i) {
                const auto* set = catalog.find(asked[i], -1);
                policy::decide(catalog.forest(), health, *set->steering, Family::v4, clients[i], i,
                               answer);
            }
        });
        if (round > 0)
            rounds.push_back(spent.cpu / static_cast<double>(questions) *
                             1e9);  // the first one warms up
    }
    std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
    return rounds[kRounds / 2];
}

int run(const fs::path& database, std::size_t names) {
    struct Row {
        std::size_t names = 0;
        double ten = 0;
        double any = 0;
    };
    std::vector<Row> rows;
    const std::size_t questions = std::min<std::size_t>(names * 100, 1 << 16);
    const auto file = fs::temp_directory_path() / ("load_bench." + std::to_string(getpid()));
    for (const std::size_t count : {names, std::size_t{1000}, std::size_t{10}}) {
        write_configuration(file, database, count);
        const auto loaded = load(file, count, rows.empty());
        rows.push_back({count, decision_ns(loaded, count, 10, questions),
                        decision_ns(loaded, count, count, questions)});
    }
    fs::remove(file);
    const double few = rows.back().any;
    for (const auto& row : rows) {
        std::printf(
            "%7zu names: find and decide %4.0f ns for ten of them (ratio %.2f), "
            "%4.0f ns for any (ratio %.2f)\n",
            row.names, row.ten, row.ten / few, row.any, row.any / few);
    }
    return 0;
}

}  // namespace
}  // namespace fairlead::bench

int main(int argc, char** argv) {
    using namespace fairlead::bench;
    static constexpr const char* kUsage = "load_bench DATABASE.mmdb [NAMES, 10 or more]";
    const std::size_t names = count_argument(argc > 2 ? argv[2] : nullptr, 100'000, kUsage);
    if (argc < 2 || argc > 3 || names < 10) {
        std::fprintf(stderr, "usage: %s\n", kUsage);
        return 2;
    }
    return run(argv[1], names);
}
