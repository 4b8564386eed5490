// SPDX-License-Identifier: Apache-2.0
#include "policy/client_map.h"

#include <functional>
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

/// Numbers the orders that occur.
class OrderNumbers {
  public:
    std::uint32_t number_of(std::vector<Preference> order) {
        const auto next = static_cast<std::uint32_t>(orders_.size());
        const auto [known, is_new] = numbers_.try_emplace(std::move(order), next);
        if (is_new) orders_.push_back(known->first);
        return known->second;
    }

    [[nodiscard]] std::vector<std::vector<Preference>> take() && { return std::move(orders_); }

  private:
    std::map<std::vector<Preference>, std::uint32_t> numbers_;
    std::vector<std::vector<Preference>> orders_;
};

/// By place and subnet; each pair of them is worked out once.
class OrderByPlace {
  public:
    OrderByPlace(Ordering ordering, std::span<const ClientSelector> selectors,
                 const std::vector<geo::Location>& places, const geo::Networks& subnets,
                 OrderNumbers& numbers)
        : ordering_(ordering),
          selectors_(selectors),
          places_(places),
          subnets_(subnets),
          numbers_(numbers) {}

    /// `subnet` as in the ranges of geo::Networks: 0 = none.
    std::uint32_t operator()(std::uint32_t place, std::uint32_t subnet) {
        const auto [known, is_new] = pairs_.try_emplace(std::uint64_t{place} << 32U | subnet, 0);
        if (is_new) known->second = number(place, subnet);
        return known->second;
    }

  private:
    std::uint32_t number(std::uint32_t place, std::uint32_t subnet) {
        std::vector<Prefix> around;
        for (auto at = subnet == 0 ? std::nullopt : std::optional(subnet - 1); at;
             at = subnets_.around(*at)) {
            around.push_back(subnets_.prefix(*at));
        }
        return numbers_.number_of(preferences(ordering_, selectors_, places_[place], around));
    }

    const Ordering ordering_;
    const std::span<const ClientSelector> selectors_;
    const std::vector<geo::Location>& places_;
    const geo::Networks& subnets_;
    OrderNumbers& numbers_;
    std::unordered_map<std::uint64_t, std::uint32_t> pairs_;
};

/// By what has been measured in a network; by place where nothing has. Tables have many more
/// networks than orders: each network is worked out once, whatever places it spans.
class OrderByLatency {
  public:
    OrderByLatency(std::span<const ClientSelector> selectors,
                   const std::vector<geo::Location>& places, const geo::LatencyTable& table,
                   OrderNumbers& numbers)
        : of_place_(Ordering::latency, selectors, places, table.networks(), numbers) {
        std::vector<std::optional<geo::Latency>> measured(selectors.size());
        of_network_.reserve(table.networks().size());
        for (geo::Networks::Index network = 0; network < table.networks().size(); ++network) {
            for (std::size_t i = 0; i < selectors.size(); ++i) {
                const auto& region = selectors[i].region;
                measured[i] = region ? table.find(network, *region) : std::nullopt;
            }
            auto order = by_latency(measured);
            of_network_.push_back(order.empty() ? kUnmeasured
                                                : numbers.number_of(std::move(order)));
        }
    }

    /// `network` as in the ranges of geo::Networks: 0 = none.
    std::uint32_t operator()(std::uint32_t place, std::uint32_t network) {
        const auto known = network == 0 ? kUnmeasured : of_network_[network - 1];
        return known == kUnmeasured ? of_place_(place, 0) : known;
    }

  private:
    static constexpr std::uint32_t kUnmeasured = UINT32_MAX;
    OrderByPlace of_place_;
    std::vector<std::uint32_t> of_network_;
};

}  // namespace

ClientMap::ClientMap(Ordering ordering, std::span<const ClientSelector> selectors,
                     const geo::Partition& geography, const geo::LatencyTable& latencies) {
    OrderNumbers numbers;
    const auto cut = [&](const geo::Networks& networks, auto order) {
        v4_ = geography.v4.combined(networks.v4(), std::ref(order));
        v6_ = geography.v6.combined(networks.v6(), std::ref(order));
    };
    if (ordering == Ordering::latency) {
        cut(latencies.networks(), OrderByLatency(selectors, geography.places, latencies, numbers));
    } else {
        const geo::Networks subnets = all_subnets(selectors);
        cut(subnets, OrderByPlace(ordering, selectors, geography.places, subnets, numbers));
    }
    orders_ = std::move(numbers).take();
}

}  // namespace fairlead::policy
