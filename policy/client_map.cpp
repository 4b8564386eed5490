// SPDX-License-Identifier: Apache-2.0
#include "policy/client_map.h"

#include <map>
#include <unordered_map>

#include "geo/networks.h"

namespace fairlead::policy {
namespace {

geo::Networks all_subnets(std::span<const ClientSelector> selectors) {
    std::vector<Prefix> subnets;
    for (const auto& selector : selectors) {
        subnets.insert(subnets.end(), selector.subnets.begin(), selector.subnets.end());
    }
    return geo::Networks(std::move(subnets));
}

/// Numbers the orders that occur; each pair of place and subnet is worked out once.
class Orders {
  public:
    Orders(Ordering ordering, std::span<const ClientSelector> selectors,
           const std::vector<geo::Location>& places, const geo::Networks& subnets)
        : ordering_(ordering), selectors_(selectors), places_(places), subnets_(subnets) {}

    /// `subnet` as in the ranges of geo::Networks: 0 = none.
    std::uint32_t operator()(std::uint32_t place, std::uint32_t subnet) {
        const auto [known, is_new] = pairs_.try_emplace(std::uint64_t{place} << 32U | subnet, 0);
        if (is_new) known->second = number(place, subnet);
        return known->second;
    }

    [[nodiscard]] std::vector<std::vector<Preference>> take() && { return std::move(orders_); }

  private:
    std::uint32_t number(std::uint32_t place, std::uint32_t subnet) {
        std::vector<Prefix> around;
        for (auto at = subnet == 0 ? std::nullopt : std::optional(subnet - 1); at;
             at = subnets_.around(*at)) {
            around.push_back(subnets_.prefix(*at));
        }
        const auto next = static_cast<std::uint32_t>(orders_.size());
        const auto [known, is_new] =
            numbers_.try_emplace(preferences(ordering_, selectors_, places_[place], around), next);
        if (is_new) orders_.push_back(known->first);
        return known->second;
    }

    const Ordering ordering_;
    const std::span<const ClientSelector> selectors_;
    const std::vector<geo::Location>& places_;
    const geo::Networks& subnets_;
    std::unordered_map<std::uint64_t, std::uint32_t> pairs_;
    std::map<std::vector<Preference>, std::uint32_t> numbers_;
    std::vector<std::vector<Preference>> orders_;
};

}  // namespace

ClientMap::ClientMap(Ordering ordering, std::span<const ClientSelector> selectors,
                     const geo::Partition& geography) {
    const geo::Networks subnets = all_subnets(selectors);
    Orders orders(ordering, selectors, geography.places, subnets);
    v4_ = geography.v4.combined(subnets.v4(), std::ref(orders));
    v6_ = geography.v6.combined(subnets.v6(), std::ref(orders));
    orders_ = std::move(orders).take();
}

}  // namespace fairlead::policy
