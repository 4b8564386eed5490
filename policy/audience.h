// SPDX-License-Identifier: Apache-2.0
#pragma once

// Many clients at once: the world, or a list, cut into blocks within which everybody is in one
// place and every node of the trees at hand prefers the same targets. One calculation then serves a
// block. Pure.

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "geo/locator.h"
#include "geo/ranges.h"
#include "policy/shares.h"

namespace fairlead::policy {

/// Clients of one network and how much they count together.
struct ClientBlock {
    Prefix network;
    double weight = 1;
};

/// A tree, and the health and so on that it decides with; all must outlive what is made of it.
struct SimulatedName {
    const Forest& forest;
    Conditions conditions;
    NodeIndex root = 0;
    Family family = Family::v4;  // A or AAAA
};

class Audience {
  public:
    /// `locator` must outlive this object, as must what `names` refer to.
    Audience(std::vector<SimulatedName> names, const geo::Locator& locator)
        : names_(std::move(names)), locator_(locator) {}

    /// Calls visit(client, location, weight) for each block of IPv4 clients whose place is known,
    /// each address counting one.
    template <typename Visit>
    void visit_world(Visit visit) const {
        constexpr double kAddresses = 4294967296.0;
        walk(std::uint32_t{0}, geo::Ranges4::kLast, kAddresses, false, visit);
    }

    /// The same for these clients, known or not; those of a block that is cut count by their
    /// addresses.
    template <typename Visit>
    void visit_clients(const std::vector<ClientBlock>& clients, Visit visit) const {
        for (const auto& [network, weight] : clients) {
            if (network.address.is_v4()) {
                const auto first = geo::key_of<std::uint32_t>(network.address);
                walk(first, end_of_block(first, network.length), weight, true, visit);
            } else {
                const auto first = geo::key_of<geo::Uint128>(network.address);
                walk(first, end_of_block(first, network.length), weight, true, visit);
            }
        }
    }

  private:
    template <typename Key, typename Visit>
    void walk(Key first, Key last, double weight, bool nowhere_too, Visit& visit) const {
        const double size = static_cast<double>(last - first) + 1;
        for (Key at = first;;) {
            const IpAddress client = address_of(at);
            const geo::Location location = locator_.locate(client);
            const Key end = std::min(last, end_of_block(at, uniform_length(client, location)));
            const double part = (static_cast<double>(end - at) + 1) / size;
            const bool known = !location.continent.empty();
            if (known || nowhere_too) visit(client, location, weight * part);
            if (end == last) return;
            at = static_cast<Key>(end + 1);
        }
    }

    [[nodiscard]] int uniform_length(const IpAddress& client, const geo::Location& location) const {
        int length = location.prefix_length;
        for (const auto& name : names_) {
            for (const auto node : name.forest.facts(name.root).client_nodes)
                length = std::max<int>(length, name.forest.clients(node).find(client).length);
        }
        return length;
    }

    template <typename Key>
    static IpAddress address_of(Key key) {
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

    /// The last address of the block of this length around `key`. REQUIRES: 0 <= length <= the
    /// family's width.
    template <typename Key>
    static Key end_of_block(Key key, int length) {
        assert(length >= 0 && length <= geo::Ranges<Key>::kWidth);
        if (length == 0) return geo::Ranges<Key>::kLast;
        const auto host_bits = geo::Ranges<Key>::kWidth - length;
        return static_cast<Key>(key | static_cast<Key>((Key{1} << host_bits) - 1));
    }

    const std::vector<SimulatedName> names_;
    const geo::Locator& locator_;
};

/// The shares of each client of one name, worked out once for all for whom every node has the same
/// order of targets.
class SharesByClient {
  public:
    explicit SharesByClient(const SimulatedName& name)
        : name_(name), nodes_(name.forest.facts(name.root).client_nodes) {}

    /// Valid as long as this object.
    const Shares& of(const IpAddress& client) {
        std::string key;
        for (const auto node : nodes_) {
            const void* const order = name_.forest.clients(node).find(client).order.data();
            key.append(static_cast<const char*>(static_cast<const void*>(&order)), sizeof order);
        }
        const auto [known, is_new] = shares_.try_emplace(std::move(key));
        if (is_new) {
            const Client asking = client;
            const Selection selection(name_.forest, name_.conditions, name_.family, asking);
            known->second = shares_together(selection, name_.root);
        }
        return known->second;
    }

  private:
    const SimulatedName name_;
    const std::vector<NodeIndex>& nodes_;
    std::unordered_map<std::string, Shares> shares_;
};

}  // namespace fairlead::policy
