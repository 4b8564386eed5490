// SPDX-License-Identifier: Apache-2.0
#include "admin/failovers.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "policy/leads.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;

/// The target that the node would stand at if all could answer.
const policy::Target& first_target(const policy::Forest& forest, const policy::Place& place) {
    const auto& targets = forest.node(place.node).targets;
    const auto found = std::ranges::find_if(targets, [&](const policy::Target& target) {
        return policy::is_choice(forest, place.node, target, place.family);
    });
    return found == targets.end() ? targets.front() : *found;
}

}  // namespace

std::vector<policy::Place> failover_places(const View& view) {
    std::vector<policy::Place> places;
    if (view.positions != nullptr) {
        for (const auto& position : view.positions->all()) {
            if (!view.forest().facts(position.node).tells(position.family)) continue;
            places.push_back(
                {.node = position.node, .family = position.family, .place = position.place});
        }
    }
    if (view.places != nullptr) {
        places.insert(places.end(), view.places->begin(), view.places->end());
    }
    return places;
}

std::size_t rank_of(const View& view, const policy::Place& place) {
    return policy::better_targets(view.forest(), place.node, place.family, place.place);
}

std::size_t count_failed_over(const View& view) {
    return static_cast<std::size_t>(std::ranges::count_if(
        failover_places(view),
        [&](const policy::Place& place) { return rank_of(view, place) > 0; }));
}

Json failed_over_json(const View& view) {
    Json list = Json::array();
    for (const auto& place : failover_places(view)) {
        if (rank_of(view, place) == 0) continue;
        if (list.size() == kFailedOverMax) break;
        const policy::Node& node = view.forest().node(place.node);
        list.push_back({{"node", node.path},
                        {"type", address_type(place.family)},
                        {"stays_with", node.targets[place.place].label},
                        {"first", first_target(view.forest(), place).label}});
    }
    return list;
}

}  // namespace fairlead::admin
