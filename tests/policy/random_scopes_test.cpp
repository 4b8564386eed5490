// SPDX-License-Identifier: Apache-2.0

// Scopes of random trees are true and as short as can be, by brute force: one block of 256
// addresses has geography, subnets and latencies cut down to single addresses; all the rest of its
// family is nowhere. So a prefix is one of those inside the block, or one around it, or one without
// it, and what happens in it can be worked out address by address, by the definition of each
// policy.

#include <algorithm>
#include <map>

#include "tests/policy/random_tree.h"

namespace fairlead::policy {
namespace {

constexpr int kHosts = 256;
constexpr int kHostBits = 8;

/// The block 10.0.0.0/24 or 2001:db8::/120.
IpAddress host(Family family, int n) {
    const auto octet = static_cast<std::uint8_t>(n);
    if (family == Family::v4) return IpAddress::v4({10, 0, 0, octet});
    return IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, octet});
}

int shortest_inside(Family family) {
    return (family == Family::v4 ? 32 : 128) - kHostBits;
}

/// Prefixes of every length inside the blocks of both families.
std::vector<Prefix> random_subnets(std::mt19937& random) {
    std::vector<Prefix> subnets;
    for (int i = 0; i < 8; ++i) {
        const auto family = random() % 2 == 0 ? Family::v4 : Family::v6;
        const auto length = static_cast<std::uint8_t>(shortest_inside(family) +
                                                      static_cast<int>(random() % (kHostBits + 1)));
        const auto address = host(family, static_cast<int>(random() % kHosts));
        subnets.push_back({address.masked(length), length});
    }
    return subnets;
}

/// Places in runs of random length.
geo::Partition random_geography(std::mt19937& random) {
    geo::Partition geography = test_geography();
    geography.v4 = {};
    geography.v6 = {};
    const auto places = static_cast<unsigned>(geography.places.size());
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
    const auto cut = [&](auto& ranges, auto first) {
        for (unsigned n = 0; n < kHosts; n += 1 + below(60))
            ranges.append(first + n, below(places));
        ranges.append(first + kHosts, 0);
    };
    for (unsigned place = 1; place < places; place += 2)
        geography.places[place].coordinates =
            geo::Coordinates{.latitude = 0, .longitude = static_cast<double>(random() % 360) - 180};
    cut(geography.v4, geo::key_of<std::uint32_t>(host(Family::v4, 0)));
    cut(geography.v6, geo::key_of<geo::Uint128>(host(Family::v6, 0)));
    return geography;
}

std::shared_ptr<const geo::LatencyTable> random_latencies(const std::vector<Prefix>& networks,
                                                          std::mt19937& random) {
    std::vector<geo::Measurement> rows;
    for (const auto& network : networks) {
        for (geo::RegionIndex region = 0; region < kRandomRegions; ++region) {
            if (random() % 2 == 0) rows.push_back({network, region, geo::Latency(random() % 4)});
        }
    }
    const auto before = [](const auto& a, const auto& b) { return a.subject() < b.subject(); };
    std::stable_sort(rows.begin(), rows.end(), before);
    const auto same = [](const auto& a, const auto& b) { return a.subject() == b.subject(); };
    rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
    return std::make_shared<const geo::LatencyTable>(std::vector<std::string>{"a", "b", "c"}, rows);
}

/// A tree with its surroundings.
struct World {
    ForestMaker make;
    std::vector<Prefix> subnets;
    geo::Partition geography;
    std::shared_ptr<const geo::LatencyTable> latencies;
    NodeIndex root = 0;

    explicit World(unsigned seed) {
        std::mt19937 random(seed);
        subnets = random_subnets(random);
        geography = random_geography(random);
        latencies = random_latencies(random_subnets(random), random);
        RandomTree tree(make, seed, {.may_be_silent = true, .subnets = subnets});
        root = tree.grow(3);
        make.forest.compile(geography, latencies);
        for (int n = 1; n <= kRandomEndpoints; ++n) {
            if (tree.one_in(3)) make.down(n);
        }
    }

    /// What the client means to one node: its targets in their order, by the policy's definition.
    [[nodiscard]] std::vector<Preference> order(const Node& node, const IpAddress& client) const {
        std::vector<ClientSelector> selectors;
        for (const auto& target : node.targets)
            selectors.push_back(target.selector());
        const auto location = geography.locate(client);
        switch (node.policy) {
            case Policy::geoproximity:
                return preferences(Ordering::distance, selectors, location, {});
            case Policy::latency: {
                std::vector<std::optional<geo::Latency>> measured;
                for (const auto& selector : selectors)
                    measured.push_back(latencies->find(client, *selector.region));
                const auto order = by_latency(measured);
                return order.empty() ? preferences(Ordering::latency, selectors, location, {})
                                     : order;
            }
            default:
                return preferences(Ordering::specificity, selectors, location, around(client));
        }
    }

    [[nodiscard]] std::vector<Prefix> around(const IpAddress& client) const {
        std::vector<Prefix> found;
        for (const auto& subnet : subnets) {
            if (subnet.contains(client)) found.push_back(subnet);
        }
        return found;
    }
};

/// All nodes of a tree that ask for the client, and the prefixes that its affinities hash.
struct ClientNodes {
    std::vector<NodeIndex> nodes;
    bool affinity = false;

    ClientNodes(const Forest& forest, NodeIndex index) { add(forest, index); }

    void add(const Forest& forest, NodeIndex index) {  // NOLINT(misc-no-recursion): kDepthMax
        const Node& node = forest.node(index);
        if (asks_for_client(node.policy)) nodes.push_back(index);
        affinity |= node.affinity.has_value();
        for (const auto& target : node.targets) {
            if (target.kind == Target::Kind::node) add(forest, target.index);
        }
        if (node.on_all_unhealthy == OnAllUnhealthy::use) add(forest, node.fallback);
    }
};

using Meaning = std::vector<std::vector<Preference>>;  // what a client means to each of the nodes

/// What the addresses of one family mean to a tree; equal meanings have one number.
struct Meanings {
    std::vector<int> of_hosts;
    int of_others = 0;  // all outside the block

    Meanings(const World& world, const ClientNodes& tree, Family family) {
        std::map<Meaning, int> numbers;
        const auto meaning = [&](const IpAddress& client) {
            Meaning found;
            for (const auto index : tree.nodes)
                found.push_back(world.order(world.make.forest.node(index), client));
            return numbers.try_emplace(found, static_cast<int>(numbers.size())).first->second;
        };
        for (int n = 0; n < kHosts; ++n)
            of_hosts.push_back(meaning(host(family, n)));
        of_others = meaning(family == Family::v4 ? IpAddress::v4({203, 0, 113, 1})
                                                 : *IpAddress::parse("fd00::1"));
    }

    /// Whether all addresses that share `length` bits with the host mean the same.
    [[nodiscard]] bool holds(Family family, int n, int length) const {
        const int mine = of_hosts[static_cast<std::size_t>(n)];
        const int inside = shortest_inside(family);
        if (length < inside && of_others != mine) return false;
        const int size = kHosts >> std::max(length - inside, 0);
        const auto first = of_hosts.begin() + n / size * size;
        return std::all_of(first, first + size, [&](int other) { return other == mine; });
    }

    [[nodiscard]] int shortest(Family family, int n) const {
        int length = 1;
        while (!holds(family, n, length))
            ++length;
        return length;
    }

    [[nodiscard]] bool are_all_one() const {
        return std::all_of(of_hosts.begin(), of_hosts.end(),
                           [&](int one) { return one == of_others; });
    }
};

constexpr unsigned kWorlds = 80;

TEST_CASE("a scope is the shortest prefix in which every node has the same targets in one order",
          "[policy][property][scope]") {
    const auto seed = GENERATE(range(0U, kWorlds));
    const auto family = GENERATE(Family::v4, Family::v6);
    const World world(seed);
    const ClientNodes tree(world.make.forest, world.root);
    const Meanings meanings(world, tree, family);
    const Affinity hashed;
    const int hashed_length = tree.affinity ? hashed.length(family) : 0;
    for (int n = 0; n < kHosts; ++n) {
        CAPTURE(seed, n);
        CHECK(int{world.make.scope(world.root, host(family, n))} ==
              std::max(meanings.shortest(family, n), hashed_length));
    }
    // The block's neighbour: it differs in the last bit before the hosts'.
    const int inside = shortest_inside(family);
    const auto neighbour =
        family == Family::v4 ? IpAddress::v4({10, 0, 1, 0}) : *IpAddress::parse("2001:db8::100");
    CHECK(int{world.make.scope(world.root, neighbour)} ==
          std::max(meanings.are_all_one() ? 1 : inside, hashed_length));
}

TEST_CASE("all clients inside a scope get the same answer to the same draw",
          "[policy][property][scope]") {
    const auto seed = GENERATE(range(0U, kWorlds));
    const auto family = GENERATE(Family::v4, Family::v6);
    const auto draw = GENERATE(0U, 1U, 2U);
    const World world(seed);
    std::map<std::pair<std::vector<IpAddress>, int>, int> numbers;
    std::vector<std::pair<int, int>> answers;  // number and scope of each host's
    for (int n = 0; n < kHosts; ++n) {
        const Answer answer = world.make.decided(world.root, draw, host(family, n));
        const auto next = static_cast<int>(numbers.size());
        const auto known = numbers.try_emplace({answer.addresses, answer.scope}, next).first;
        answers.emplace_back(known->second, answer.scope);
    }
    for (int n = 0; n < kHosts; ++n) {
        const auto& mine = answers[static_cast<std::size_t>(n)];
        const int size = kHosts >> std::max(mine.second - shortest_inside(family), 0);
        const auto first = answers.begin() + n / size * size;
        CAPTURE(seed, n, mine.second);
        CHECK(std::all_of(first, first + size, [&](const auto& other) { return other == mine; }));
    }
}

TEST_CASE("the random trees depend on the client in many ways", "[policy][scope]") {
    std::set<int> scopes;
    for (unsigned seed = 0; seed < kWorlds; ++seed) {
        const World world(seed);
        for (int n = 0; n < kHosts; n += 7)
            scopes.insert(world.make.scope(world.root, host(Family::v4, n)));
    }
    for (int length = 24; length <= 32; ++length)
        CHECK(scopes.contains(length));
    CHECK(scopes.contains(1));
}

}  // namespace
}  // namespace fairlead::policy
