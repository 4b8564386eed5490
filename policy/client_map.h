// SPDX-License-Identifier: Apache-2.0
#pragma once

// A node that asks where the client is, compiled against a geography and a table of latencies: for
// every address there is, which targets are for it and in which order. A query is one lookup; the
// length it gives is the shortest prefix around the client in which everybody gets the same targets
// in the same order, whatever else differs there.
//
// Cf. gdnsd's libgdmaps and config.md §6. Thread rule: immutable.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/ip.h"
#include "geo/latency_table.h"
#include "geo/partition.h"
#include "geo/ranges.h"
#include "policy/client_selector.h"

namespace fairlead::policy {

class ClientMap {
  public:
    struct Match {
        std::span<const Preference> order;  // the most specific first; valid as long as the map
        std::uint8_t length = 0;            // 0..32 or 0..128
    };

    /// `selectors[i]` says for whom the node's target i is, or where it is. Takes O(places +
    /// ranges) of the geography, O(n log n) of the subnets and, by latency, O(networks x targets)
    /// of the table, to which the selectors' regions belong.
    ClientMap(Ordering ordering, std::span<const ClientSelector> selectors,
              const geo::Partition& geography, const geo::LatencyTable& latencies = {});

    [[nodiscard]] Match find(const IpAddress& address) const {
        return address.is_v4() ? match(v4_.find(geo::key_of<std::uint32_t>(address)))
                               : match(v6_.find(geo::key_of<geo::Uint128>(address)));
    }

  private:
    template <typename Found>
    [[nodiscard]] Match match(const Found& found) const {
        return {orders_[found.value], found.length};
    }

    std::vector<std::vector<Preference>> orders_;
    geo::Ranges4 v4_;
    geo::Ranges6 v6_;
};

}  // namespace fairlead::policy
