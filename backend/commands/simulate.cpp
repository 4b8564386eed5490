// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "admin/client_list.h"
#include "admin/simulation.h"
#include "backend/commands/assumed_health.h"
#include "backend/commands/commands.h"
#include "backend/commands/refusal.h"
#include "backend/commands/remote.h"
#include "backend/daemon.h"
#include "base/result.h"
#include "config/load.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kBarWidth = 40;

/// "12.3 %".
std::string percent(double share) {
    const auto tenths = std::lround(1000 * share);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string bar(double share) {
    return std::string(static_cast<std::size_t>(std::lround(kBarWidth * share)), '#');
}

/// Addresses and their shares, the largest first.
std::vector<std::pair<std::string, double>> by_share(const Json& traffic) {
    std::vector<std::pair<std::string, double>> rows;
    for (const auto& [address, share] : traffic.at("endpoints").items())
        rows.emplace_back(address, share.get<double>());
    if (traffic.at("unanswered") > 0)
        rows.emplace_back("no answer", traffic.at("unanswered").get<double>());
    std::ranges::stable_sort(rows, std::ranges::greater{},
                             [](const auto& row) { return row.second; });
    return rows;
}

void print_endpoints(const Json& traffic, std::ostream& out) {
    for (const auto& [address, share] : by_share(traffic)) {
        out << "  " << std::left << std::setw(40) << address << std::right << std::setw(9)
            << percent(share) << "  " << bar(share) << '\n';
    }
}

using Area = std::pair<std::string, Json>;

/// The areas with the most clients first.
std::vector<Area> by_clients(const Json& areas) {
    std::vector<Area> rows;
    for (const auto& [name, traffic] : areas.items())
        rows.emplace_back(name, traffic);
    std::ranges::stable_sort(rows, std::ranges::greater{}, [](const Area& area) {
        return area.second.at("clients").get<double>();
    });
    return rows;
}

void print_areas(const Json& areas, std::ostream& out) {
    for (const auto& [name, traffic] : by_clients(areas)) {
        out << "  " << std::left << std::setw(8) << name << std::right << std::setw(8)
            << percent(traffic.at("clients").get<double>()) << "  ";
        const char* separator = "";
        for (const auto& [address, share] : by_share(traffic)) {
            out << separator << address << " " << percent(share);
            separator = ", ";
        }
        out << '\n';
    }
}

void print(const SimulateOptions& options, const Json& result, std::ostream& out) {
    out << options.name << " " << options.type << " for "
        << (options.clients.empty() ? "every IPv4 address whose place is known"
                                    : "the clients in " + options.clients.string());
    for (std::size_t i = 0; i < options.down.size(); ++i)
        out << (i == 0 ? ", down: " : ", ") << options.down[i];
    out << "\n\nshare of the answers\n";
    print_endpoints(result, out);
    out << "\nby continent (share of the clients, and what they get)\n";
    print_areas(result.at("continents"), out);
    if (options.by_country) {
        out << "\nby country\n";
        print_areas(result.at("countries"), out);
    }
    if (!result.at("exact").get<bool>()) {
        out << "\nA weighted node draws several of more than " << policy::kExactSampleMax
            << " targets: its shares are those of the first draw.\n";
    }
}

Result<Json> run(const SimulateOptions& options, const config::Loaded& loaded) {
    const policy::Catalog& catalog = *loaded.catalog;
    admin::SimulationQuestion question{
        .name = options.name, .type = options.type, .clients = std::nullopt};
    const auto steering = admin::steering_of(catalog, options.name);
    if (!steering) return steering.error();
    const auto health = assumed_health(catalog, {.down = options.down, .resolve = options.resolve});
    if (!health) return health.error();
    const auto advice = advice_on_aliases(catalog, *health, steering->root);
    if (!advice.empty()) return Error{advice};
    if (!options.clients.empty()) {
        std::ifstream file(options.clients);
        auto clients = admin::read_client_list(file, options.clients.string());
        if (!clients) return clients.error();
        question.clients = *std::move(clients);
    }
    const auto result = admin::simulate(catalog, *loaded.locator, *health, question);
    if (!result) return result.error();
    return Result<Json>(boost::system::in_place_value, admin::simulation_json(question, *result));
}

std::optional<Json> offline(const SimulateOptions& options, const Streams& streams,
                            int& exit_code) {
    exit_code = kExitBadConfig;
    const config::LoadResult config = config::load(options.config);
    for (const auto& finding : config.diagnostics) {
        if (finding.severity == config::Severity::error) streams.err << finding.to_string() << '\n';
    }
    if (!config.loaded) return std::nullopt;
    auto result = run(options, *config.loaded);
    if (result) return *std::move(result);
    exit_code = refuse("simulate", result.error().message, streams);
    return std::nullopt;
}

/// From the running process.
std::optional<Json> live(const SimulateOptions& options, const Streams& streams, int& exit_code) {
    exit_code = kExitBadConfig;
    if (!options.resolve.empty()) {
        refuse("simulate", "--resolve needs -c FILE: the running process resolves names itself",
               streams);
        return std::nullopt;
    }
    Json body{{"name", options.name}, {"type", options.type}};
    if (!options.down.empty()) body["down"] = comma_list(options.down);
    if (const auto added = add_clients(options.clients, body); !added) {
        refuse("simulate", added.error().message, streams);
        return std::nullopt;
    }
    return ask_json(options.remote,
                    {.method = "POST", .target = "/api/v1/simulate", .body = body.dump()}, streams,
                    exit_code);
}

}  // namespace

int simulate(const SimulateOptions& options, const Streams& streams) {
    int exit_code = kExitClean;
    const auto result = options.config.empty() ? live(options, streams, exit_code)
                                               : offline(options, streams, exit_code);
    if (!result) return exit_code;
    if (options.remote.json) {
        streams.out << result->dump(2) << '\n';
    } else {
        print(options, *result, streams.out);
    }
    return kExitClean;
}

}  // namespace fairlead::backend
