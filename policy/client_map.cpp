// SPDX-License-Identifier: Apache-2.0
#include "policy/client_map.h"

#include <algorithm>
#include <map>

namespace fairlead::policy {

Specificity GeoSelector::match(const geo::Location& location) const {
    if (location.asn != 0 && std::find(asns.begin(), asns.end(), location.asn) != asns.end()) {
        return Specificity::asn;
    }
    auto best =
        european_union && location.european_union ? Specificity::european_union : Specificity::none;
    for (const auto& [area, specificity] : areas) {
        if (specificity > best && area.contains(location)) best = specificity;
    }
    return best;
}

std::vector<Preference> preferences(std::span<const GeoSelector> selectors,
                                    const geo::Location& location) {
    std::vector<Preference> order;
    for (std::size_t i = 0; i < selectors.size(); ++i) {
        const auto specificity = selectors[i].match(location);
        if (specificity == Specificity::none) continue;
        order.push_back({static_cast<std::uint16_t>(i), specificity});
    }
    std::stable_sort(order.begin(), order.end(), [](const Preference& a, const Preference& b) {
        return a.specificity > b.specificity;
    });
    return order;
}

ClientMap::ClientMap(std::span<const GeoSelector> selectors, const geo::Partition& geography) {
    std::map<std::vector<Preference>, std::uint32_t> numbers;
    std::vector<std::uint32_t> order_of;  // by place
    order_of.reserve(geography.places.size());
    for (const auto& place : geography.places) {
        const auto next = static_cast<std::uint32_t>(orders_.size());
        const auto [known, is_new] = numbers.try_emplace(preferences(selectors, place), next);
        if (is_new) orders_.push_back(known->first);
        order_of.push_back(known->second);
    }
    const auto to_order = [&order_of](std::uint32_t place) { return order_of[place]; };
    v4_ = geography.v4.mapped(to_order);
    v6_ = geography.v6.mapped(to_order);
}

}  // namespace fairlead::policy
