// SPDX-License-Identifier: Apache-2.0
#include "policy/simulate.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "geo/ranges.h"

namespace fairlead::policy {
namespace {

template <typename Key>
IpAddress address_of(Key key) {
    constexpr std::size_t kBytes = sizeof(Key);
    std::array<std::uint8_t, kBytes> bytes{};
    for (std::size_t i = kBytes; i-- > 0; key = static_cast<Key>(key >> 8U)) {
        bytes[i] = static_cast<std::uint8_t>(key);
    }
    if constexpr (kBytes == 4) {
        return IpAddress::v4(bytes);
    } else {
        return IpAddress::v6(bytes);
    }
}

/// The last address of the block of this length around `key`.
template <typename Key>
Key end_of_block(Key key, int length) {
    if (length == 0) return geo::Ranges<Key>::kLast;
    const auto host_bits = geo::Ranges<Key>::kWidth - length;
    return static_cast<Key>(key | static_cast<Key>((Key{1} << host_bits) - 1));
}

class Simulator {
  public:
    Simulator(const SimulatedName& name, const geo::Locator& locator)
        : name_(name), nodes_(name.forest.facts(name.root).client_nodes), locator_(locator) {}

    /// Adds the clients from `first` to `last`, which count `weight` in all.
    template <typename Key>
    void add(Key first, Key last, double weight, bool nowhere_too) {
        const double size = static_cast<double>(last - first) + 1;
        for (Key at = first;;) {
            const IpAddress client = address_of(at);
            const geo::Location location = locator_.locate(client);
            const Key end = std::min(last, end_of_block(at, uniform_length(client, location)));
            const double part = (static_cast<double>(end - at) + 1) / size;
            const bool known = !location.continent.empty();
            if (known || nowhere_too) count(client, location, weight * part);
            if (end == last) return;
            at = static_cast<Key>(end + 1);
        }
    }

    [[nodiscard]] Simulation take() && { return std::move(result_); }

  private:
    /// The prefix around the client in which everybody is in one place and every node agrees.
    [[nodiscard]] int uniform_length(const IpAddress& client, const geo::Location& location) const {
        int length = location.prefix_length;
        for (const auto node : nodes_) {
            length = std::max<int>(length, name_.forest.clients(node).find(client).length);
        }
        return length;
    }

    void count(const IpAddress& client, const geo::Location& location, double weight) {
        const Shares& parts = shares_for(client);
        const std::string continent = location.continent.to_string();
        result_.all.add(weight, parts);
        result_.continents[continent].add(weight, parts);
        if (location.country.empty()) return;
        result_.countries[continent + "-" + location.country.to_string()].add(weight, parts);
    }

    /// Clients for whom every node has the same order of targets have the same shares.
    const Shares& shares_for(const IpAddress& client) {
        std::string key;
        for (const auto node : nodes_) {
            const void* const order = name_.forest.clients(node).find(client).order.data();
            key.append(static_cast<const char*>(static_cast<const void*>(&order)), sizeof order);
        }
        const auto [known, is_new] = shares_.try_emplace(std::move(key));
        if (is_new) {
            const Client asking = client;
            const Selection selection(name_.forest, name_.conditions, name_.family, asking);
            known->second = shares(selection, name_.root);
        }
        return known->second;
    }

    const SimulatedName name_;
    const std::vector<NodeIndex>& nodes_;
    const geo::Locator& locator_;
    std::unordered_map<std::string, Shares> shares_;
    Simulation result_;
};

template <typename Key>
void add_network(Simulator& simulator, const ClientBlock& block) {
    const Key first = geo::key_of<Key>(block.network.address);
    simulator.add(first, end_of_block(first, block.network.length), block.weight, true);
}

}  // namespace

void Traffic::add(double more, const Shares& of_them) {
    weight += more;
    for (const auto& [address, part] : of_them.parts)
        answered[address] += more * part;
    unanswered += more * of_them.unanswered;
    exact &= of_them.exact;
}

Simulation simulate_world(const SimulatedName& name, const geo::Locator& locator) {
    Simulator simulator(name, locator);
    constexpr double kAddresses = 4294967296.0;
    simulator.add(std::uint32_t{0}, geo::Ranges4::kLast, kAddresses, false);
    return std::move(simulator).take();
}

Simulation simulate_clients(const SimulatedName& name, const geo::Locator& locator,
                            const std::vector<ClientBlock>& clients) {
    Simulator simulator(name, locator);
    for (const auto& block : clients) {
        if (block.network.address.is_v4()) {
            add_network<std::uint32_t>(simulator, block);
        } else {
            add_network<geo::Uint128>(simulator, block);
        }
    }
    return std::move(simulator).take();
}

}  // namespace fairlead::policy
