// SPDX-License-Identifier: Apache-2.0
#include "policy/client_selector.h"

#include <algorithm>
#include <tuple>

#include "geo/distance.h"

namespace fairlead::policy {
namespace {

Preference preference(std::size_t place, const ClientSelector& selector,
                      const geo::Location& location, std::span<const Prefix> around) {
    Preference found{.place = static_cast<std::uint16_t>(place),
                     .specificity = selector.match(location)};
    for (const auto& subnet : selector.subnets) {
        if (std::find(around.begin(), around.end(), subnet) == around.end()) continue;
        found.specificity = Specificity::subnet;
        found.subnet_length = std::max(found.subnet_length, subnet.length);
    }
    return found;
}

std::vector<Preference> by_specificity(std::span<const ClientSelector> selectors,
                                       const geo::Location& location,
                                       std::span<const Prefix> around) {
    std::vector<Preference> order;
    for (std::size_t i = 0; i < selectors.size(); ++i) {
        const auto found = preference(i, selectors[i], location, around);
        if (found.specificity != Specificity::none) order.push_back(found);
    }
    std::stable_sort(order.begin(), order.end(), [](const Preference& a, const Preference& b) {
        return std::tie(a.specificity, a.subnet_length) > std::tie(b.specificity, b.subnet_length);
    });
    return order;
}

std::vector<Preference> by_distance(std::span<const ClientSelector> selectors,
                                    const geo::Location& location) {
    const auto client = geo::coordinates_of(location);
    if (!client) return {};
    std::vector<std::pair<double, std::uint16_t>> distances;
    for (std::size_t i = 0; i < selectors.size(); ++i) {
        if (!selectors[i].location) continue;
        const double distance = geo::distance_km(*client, *selectors[i].location);
        distances.emplace_back(biased(distance, selectors[i].bias), static_cast<std::uint16_t>(i));
    }
    std::sort(distances.begin(), distances.end());
    std::vector<Preference> order;
    order.reserve(distances.size());
    for (const auto& [distance, place] : distances)
        order.push_back({.place = place});
    return order;
}

/// Targets that are nowhere come behind those that are somewhere.
std::vector<Preference> by_distance_of_all(std::span<const ClientSelector> selectors,
                                           const geo::Location& location) {
    auto order = by_distance(selectors, location);
    if (order.empty()) return order;
    for (std::size_t i = 0; i < selectors.size(); ++i) {
        if (!selectors[i].location) order.push_back({.place = static_cast<std::uint16_t>(i)});
    }
    return order;
}

}  // namespace

Specificity ClientSelector::match(const geo::Location& client) const {
    if (client.asn != 0 && std::find(asns.begin(), asns.end(), client.asn) != asns.end()) {
        return Specificity::asn;
    }
    auto best =
        european_union && client.european_union ? Specificity::european_union : Specificity::none;
    for (const auto& [area, specificity] : areas) {
        if (specificity > best && area.contains(client)) best = specificity;
    }
    return best;
}

std::vector<Preference> preferences(Ordering ordering, std::span<const ClientSelector> selectors,
                                    const geo::Location& location, std::span<const Prefix> around) {
    switch (ordering) {
        case Ordering::specificity:
            return by_specificity(selectors, location, around);
        case Ordering::distance:
            return by_distance(selectors, location);
        case Ordering::latency:
            return by_distance_of_all(selectors, location);
    }
    return {};
}

std::vector<Preference> by_latency(std::span<const std::optional<geo::Latency>> measured) {
    static constexpr auto kUnmeasured = geo::Latency::max();
    if (std::none_of(measured.begin(), measured.end(),
                     [](const auto& one) { return one.has_value(); })) {
        return {};
    }
    std::vector<Preference> order(measured.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i].place = static_cast<std::uint16_t>(i);
    std::stable_sort(order.begin(), order.end(), [&](const Preference& a, const Preference& b) {
        return measured[a.place].value_or(kUnmeasured) < measured[b.place].value_or(kUnmeasured);
    });
    return order;
}

double biased(double distance_km, int bias) {
    return bias >= 0 ? distance_km * (1 - bias / 100.0) : distance_km / (1 + bias / 100.0);
}

}  // namespace fairlead::policy
