// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "backend/commands/assumed_health.h"
#include "backend/commands/client_list.h"
#include "backend/commands/commands.h"
#include "backend/daemon.h"
#include "base/result.h"
#include "config/load.h"
#include "policy/simulate.h"

namespace fairlead::backend {
namespace {

using policy::Simulation;
using policy::Traffic;

constexpr int kBarWidth = 40;

/// "12.3 %", of `whole`.
std::string percent(double part, double whole) {
    const auto tenths = whole > 0 ? std::lround(1000 * part / whole) : 0;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string bar(double part, double whole) {
    const auto length = whole > 0 ? std::lround(kBarWidth * part / whole) : 0;
    return std::string(static_cast<std::size_t>(length), '#');
}

/// Addresses and their weights, the heaviest first.
std::vector<std::pair<std::string, double>> by_weight(const Traffic& traffic) {
    std::vector<std::pair<std::string, double>> rows;
    rows.reserve(traffic.answered.size() + 1);
    for (const auto& [address, weight] : traffic.answered) {
        rows.emplace_back(address.to_string(), weight);
    }
    if (traffic.unanswered > 0) rows.emplace_back("no answer", traffic.unanswered);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return rows;
}

void print_endpoints(const Traffic& traffic, std::ostream& out) {
    for (const auto& [address, weight] : by_weight(traffic)) {
        out << "  " << std::left << std::setw(40) << address << std::right << std::setw(9)
            << percent(weight, traffic.weight) << "  " << bar(weight, traffic.weight) << '\n';
    }
}

using Area = std::pair<std::string, const Traffic*>;

/// The areas with the most clients first.
std::vector<Area> by_clients(const std::map<std::string, Traffic>& areas) {
    std::vector<Area> rows;
    rows.reserve(areas.size());
    for (const auto& [name, traffic] : areas)
        rows.emplace_back(name, &traffic);
    std::stable_sort(rows.begin(), rows.end(), [](const Area& a, const Area& b) {
        return a.second->weight > b.second->weight;
    });
    return rows;
}

void print_areas(const std::map<std::string, Traffic>& areas, double whole, std::ostream& out) {
    for (const auto& [name, traffic] : by_clients(areas)) {
        out << "  " << std::left << std::setw(8) << (name.empty() ? "unknown" : name) << std::right
            << std::setw(8) << percent(traffic->weight, whole) << "  ";
        const char* separator = "";
        for (const auto& [address, weight] : by_weight(*traffic)) {
            out << separator << address << " " << percent(weight, traffic->weight);
            separator = ", ";
        }
        out << '\n';
    }
}

void print_table(const SimulateOptions& options, const Simulation& result, std::ostream& out) {
    out << options.name << " " << options.type << " for "
        << (options.clients.empty() ? "every IPv4 address whose place is known"
                                    : "the clients in " + options.clients.string());
    for (std::size_t i = 0; i < options.down.size(); ++i) {
        out << (i == 0 ? ", down: " : ", ") << options.down[i];
    }
    out << "\n\nshare of the answers\n";
    print_endpoints(result.all, out);
    out << "\nby continent (share of the clients, and what they get)\n";
    print_areas(result.continents, result.all.weight, out);
    if (options.by_country) {
        out << "\nby country\n";
        print_areas(result.countries, result.all.weight, out);
    }
    if (!result.all.exact) {
        out << "\nA weighted node draws several of more than " << policy::kExactSampleMax
            << " targets: its shares are those of the first draw.\n";
    }
}

nlohmann::ordered_json as_json(const Traffic& traffic, double whole) {
    nlohmann::ordered_json endpoints = nlohmann::ordered_json::object();
    for (const auto& [address, weight] : traffic.answered) {
        endpoints[address.to_string()] = weight / traffic.weight;
    }
    return {{"clients", whole > 0 ? traffic.weight / whole : 0},
            {"endpoints", std::move(endpoints)},
            {"unanswered", traffic.weight > 0 ? traffic.unanswered / traffic.weight : 0}};
}

nlohmann::ordered_json as_json(const std::map<std::string, Traffic>& areas, double whole) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const auto& [name, traffic] : areas) {
        json[name.empty() ? "unknown" : name] = as_json(traffic, whole);
    }
    return json;
}

void print_json(const SimulateOptions& options, const Simulation& result, std::ostream& out) {
    const double whole = result.all.weight;
    auto json = as_json(result.all, whole);
    json["name"] = options.name;
    json["type"] = options.type;
    json["exact"] = result.all.exact;
    json["continents"] = as_json(result.continents, whole);
    json["countries"] = as_json(result.countries, whole);
    out << json.dump(2) << '\n';
}

int wrong(const std::string& message, const Streams& streams) {
    streams.err << "fairlead simulate: " << message << '\n';
    return kExitBadConfig;
}

/// The steered name's tree; the error says what stands there instead.
Result<policy::Steering> steering_of(const policy::Catalog& catalog, const std::string& text) {
    const auto name = DnsName::parse(text);
    if (!name) return Error{"\"" + text + "\" is not a domain name"};
    const policy::RecordSet* const records = catalog.find(*name, -1);
    if (records == nullptr) return Error{name->to_string() + " does not exist"};
    if (!records->steering) {
        return Error{name->to_string() + " has no policy: everybody gets the same records"};
    }
    return *records->steering;
}

Result<Simulation> run(const SimulateOptions& options, const config::Loaded& loaded) {
    if (options.type != "A" && options.type != "AAAA") {
        return Error{"--type: \"" + options.type + "\" is neither A nor AAAA"};
    }
    const auto steering = steering_of(*loaded.catalog, options.name);
    if (!steering) return steering.error();
    const auto health =
        assumed_health(*loaded.catalog, {.down = options.down, .resolve = options.resolve});
    if (!health) return health.error();
    const auto advice = advice_on_aliases(*loaded.catalog, *health, steering->root);
    if (!advice.empty()) return Error{advice};
    const policy::SimulatedName name{.forest = loaded.catalog->forest(),
                                     .conditions = *health,
                                     .root = steering->root,
                                     .family = options.type == "A" ? Family::v4 : Family::v6};
    if (!options.clients.empty()) {
        const auto clients = read_client_list(options.clients);
        if (!clients) return clients.error();
        return simulate_clients(name, *loaded.locator, *clients);
    }
    if (loaded.locator->partition().is_empty()) {
        return Error{
            "no database says where clients are; name one under geoip.databases, or a "
            "list of clients by --clients"};
    }
    return simulate_world(name, *loaded.locator);
}

}  // namespace

int simulate(const SimulateOptions& options, const Streams& streams) {
    const config::LoadResult config = config::load(options.config);
    for (const auto& finding : config.diagnostics) {
        if (finding.severity == config::Severity::error) streams.err << finding.to_string() << '\n';
    }
    if (!config.loaded) return kExitBadConfig;
    const auto result = run(options, *config.loaded);
    if (!result) return wrong(result.error().message, streams);
    options.json ? print_json(options, *result, streams.out)
                 : print_table(options, *result, streams.out);
    return kExitClean;
}

}  // namespace fairlead::backend
