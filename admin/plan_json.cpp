// SPDX-License-Identifier: Apache-2.0
#include "admin/plan_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "policy/changes.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;

Json as_json(const policy::RecordSet& set, const char* change) {
    return {{"name", set.name.to_string()}, {"change", change}};
}

Json as_json(const policy::ChangedName& name) {
    if (name.before == nullptr) return as_json(*name.after, "added");
    if (name.after == nullptr) return as_json(*name.before, "removed");
    return as_json(*name.after, "changed");
}

std::string text_of(const policy::Answered& answered) {
    return answered ? policy::to_string(*answered) : "no answer";
}

/// From where to where, the largest first.
Json flows_of(const policy::Shift& shift) {
    std::vector<std::pair<double, Json>> flows;
    flows.reserve(shift.flows.size());
    for (const auto& [way, weight] : shift.flows) {
        const double share = weight / shift.clients;
        flows.emplace_back(
            share,
            Json{{"from", text_of(way.first)}, {"to", text_of(way.second)}, {"share", share}});
    }
    std::ranges::stable_sort(flows, std::ranges::greater{}, &std::pair<double, Json>::first);
    Json list = Json::array();
    for (auto& [share, flow] : flows)
        list.push_back(std::move(flow));
    return list;
}

Json as_json(const policy::NameShift& moving) {
    return {{"name", moving.name->name.to_string()},
            {"type", address_type(moving.family)},
            {"moved", moving.shift.share()},
            {"exact", moving.shift.exact},
            {"flows", flows_of(moving.shift)}};
}

}  // namespace

Json plan_json(const policy::Catalog& before, const policy::Catalog& after,
               const policy::Plan& plan) {
    Json names = Json::array();
    for (const auto& name : plan.names)
        names.push_back(as_json(name));
    Json shifts = Json::array();
    for (const auto& moving : plan.shifts)
        shifts.push_back(as_json(moving));
    return {{"summary", to_string(policy::changes(before, after))},
            {"names", std::move(names)},
            {"shifts", std::move(shifts)},
            {"unseen", plan.unseen}};
}

}  // namespace fairlead::admin
