// SPDX-License-Identifier: Apache-2.0
#include "admin/simulation.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;
using policy::Traffic;

Json as_json(const Traffic& traffic, double whole) {
    Json endpoints = Json::object();
    for (const auto& [content, weight] : traffic.answered)
        endpoints[policy::to_string(content)] = weight / traffic.weight;
    return {{"clients", whole > 0 ? traffic.weight / whole : 0},
            {"endpoints", std::move(endpoints)},
            {"unanswered", traffic.weight > 0 ? traffic.unanswered / traffic.weight : 0}};
}

Json as_json(const std::map<std::string, Traffic>& areas, double whole) {
    Json json = Json::object();
    for (const auto& [name, traffic] : areas)
        json[name.empty() ? "unknown" : name] = as_json(traffic, whole);
    return json;
}

}  // namespace

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

Result<policy::Simulation> simulate(const policy::Catalog& catalog, const geo::Locator& locator,
                                    const policy::Conditions& conditions,
                                    const SimulationQuestion& question) {
    if (question.type != "A" && question.type != "AAAA") {
        return Error{"type: \"" + question.type + "\" is neither A nor AAAA"};
    }
    const auto steering = steering_of(catalog, question.name);
    if (!steering) return steering.error();
    const policy::SimulatedName name{.forest = catalog.forest(),
                                     .conditions = conditions,
                                     .root = steering->root,
                                     .family = question.type == "A" ? Family::v4 : Family::v6};
    if (question.clients) return simulate_clients(name, locator, *question.clients);
    if (locator.partition().is_empty()) {
        return Error{
            "no database says where clients are; name one under geoip.databases, or give a list of "
            "clients"};
    }
    return simulate_world(name, locator);
}

Json simulation_json(const SimulationQuestion& question, const policy::Simulation& result) {
    const double whole = result.all.weight;
    auto json = as_json(result.all, whole);
    json["name"] = question.name;
    json["type"] = question.type;
    json["exact"] = result.all.exact;
    json["continents"] = as_json(result.continents, whole);
    json["countries"] = as_json(result.countries, whole);
    return json;
}

}  // namespace fairlead::admin
