// SPDX-License-Identifier: Apache-2.0
#include "admin/resolved_names.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 100;

/// The younger of its answers.
Json age_json(const checks::NameState& name, TimePoint now) {
    const auto v4 = age_of(name.v4, now);
    const auto v6 = age_of(name.v6, now);
    if (!v4 && !v6) return nullptr;
    return static_cast<std::int64_t>(std::min(v4.value_or(HUGE_VAL), v6.value_or(HUGE_VAL)));
}

Json name_json(const checks::NameState& name, TimePoint now) {
    Json addresses = Json::array();
    for (const auto* answer : {&name.v4, &name.v6}) {
        for (const auto& address : answer->addresses)
            addresses.push_back(address.to_string());
    }
    return {{"name", name.host},
            {"addresses", std::move(addresses)},
            {"age_s", age_json(name, now)},
            {"problem", name.problem.empty() ? Json() : Json(name.problem)}};
}

}  // namespace

std::optional<double> age_of(const checks::FamilyAnswer& answer, TimePoint now) {
    if (answer.answered == TimePoint{}) return std::nullopt;
    return std::chrono::duration<double>(now - answer.answered).count();
}

Json resolved_names_json(const View& view, TimePoint now) {
    std::vector<const checks::NameState*> order;
    if (view.health->names != nullptr) {
        for (const auto& name : *view.health->names)
            order.push_back(&name);
    }
    const auto works = [](const checks::NameState* name) { return name->problem.empty(); };
    std::ranges::stable_sort(order, {}, works);
    Json names = Json::array();
    for (std::size_t i = 0; i < std::min(order.size(), kShown); ++i)
        names.push_back(name_json(*order[i], now));
    return {{"total", order.size()},
            {"failing", std::ranges::count_if(order, std::not_fn(works))},
            {"names", std::move(names)}};
}

}  // namespace fairlead::admin
