// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small trees in a few words, for tests: endpoints are named by their last octet.
//
//     ForestMaker make;
//     const auto root = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
//     make.down(1);
//     CHECK(make.answer(root) == Octets{2});

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "policy/decide.h"
#include "tests/support/catch.h"

namespace fairlead::policy {

using Octets = std::vector<int>;

/// A place of the test geography: it has the block N.0.0.0/8 to itself, N counting from 1.
struct TestPlace {
    const char* code;
    std::uint32_t asn = 0;
    bool european_union = false;
};

inline constexpr std::array kTestPlaces{
    TestPlace{"EU-DE-BY", 64500, true},
    TestPlace{"EU-DE-BY", 64501, true},
    TestPlace{"EU-DE-HE", 0, true},
    TestPlace{"EU-FR", 0, true},
    TestPlace{"EU-NO"},
    TestPlace{"NA-US"},
    TestPlace{"AS-JP"},
};

/// Everything from 8.0.0.0 on, and all of IPv6, is nowhere.
inline geo::Partition test_geography() {
    geo::Partition geography;
    for (std::uint32_t n = 1; n <= kTestPlaces.size(); ++n) {
        const auto& place = kTestPlaces.at(n - 1);
        const auto area = *geo::Area::parse(place.code);
        geography.places.push_back({.continent = area.continent,
                                    .country = area.country,
                                    .subdivision = area.subdivision,
                                    .european_union = place.european_union,
                                    .asn = place.asn});
        geography.v4.append(n << 24U, n);
    }
    geography.v4.append(static_cast<std::uint32_t>(kTestPlaces.size() + 1) << 24U, 0);
    return geography;
}

/// A client in the first test place with this code and ASN.
inline Client at(std::string_view code, std::uint32_t asn = 0) {
    for (std::size_t i = 0; i < kTestPlaces.size(); ++i) {
        if (kTestPlaces.at(i).code == code && (asn == 0 || kTestPlaces.at(i).asn == asn)) {
            return IpAddress::v4({static_cast<std::uint8_t>(i + 1), 2, 3, 4});
        }
    }
    FAIL("no such test place: " << code);
    return {};
}

/// A continent, country or subdivision: "EU", "EU-DE", "EU-DE-BY".
inline AreaSelector area(std::string_view code) {
    const auto parsed = geo::Area::parse(code);
    REQUIRE(parsed);
    if (!parsed->subdivision.empty()) return {*parsed, Specificity::subdivision};
    return {*parsed, parsed->country.empty() ? Specificity::continent : Specificity::country};
}

/// The target, for the clients that `change` adds to those it is for.
template <typename Change>
Target for_clients(Target target, Change change) {
    ClientSelector selector = target.selector();
    change(selector);
    target.client = std::make_shared<const ClientSelector>(std::move(selector));
    return target;
}

/// The target, for the clients in this continent, country or subdivision too.
inline Target in(std::string_view code, Target target) {
    return for_clients(std::move(target),
                       [&](ClientSelector& selector) { selector.areas.push_back(area(code)); });
}

class ForestMaker {
  public:
    Forest forest;
    Overrides overrides;
    std::optional<FailoverPositions> positions;  // none: every node stands at its first target

    /// 192.0.2.N (IPv4) with a check of its own, whose subject has the number N.
    Target endpoint(int n, std::uint32_t weight = 1, State state = State::obey) {
        return leaf({.name = "e" + std::to_string(n),
                     .v4 = {{address(n), static_cast<checks::SubjectIndex>(n)}},
                     .v6 = {},
                     .state = state},
                    weight);
    }

    /// 192.0.2.N without a check.
    Target unchecked(int n, std::uint32_t weight = 1) {
        return leaf({.name = "e" + std::to_string(n),
                     .v4 = {{address(n), checks::kUnchecked}},
                     .v6 = {},
                     .state = State::obey},
                    weight);
    }

    /// 192.0.2.N and 2001:db8::N, one subject for both.
    Target dual(int n, std::uint32_t weight = 1, State state = State::obey) {
        const auto subject = static_cast<checks::SubjectIndex>(n);
        return leaf({.name = "e" + std::to_string(n),
                     .v4 = {{address(n), subject}},
                     .v6 = {{address6(n), subject}},
                     .state = state},
                    weight);
    }

    Target leaf(Endpoint endpoint, std::uint32_t weight = 1) {
        Target target{.kind = Target::Kind::endpoint,
                      .index = 0,
                      .weight = weight,
                      .client = {},
                      .label = endpoint.name};
        target.index = forest.add(std::move(endpoint));
        return target;
    }

    Node shape(Policy policy, std::vector<Target> targets) {
        Node node;
        node.label = to_string(policy);
        node.policy = policy;
        node.targets = std::move(targets);
        node.max_answers = policy == Policy::multivalue ? 8 : 1;
        return node;
    }

    NodeIndex add(Node node) {
        const auto added = forest.add(std::move(node));
        REQUIRE(added);
        forest.compile(test_geography());
        return *added;
    }

    NodeIndex node(Policy policy, std::vector<Target> targets) {
        return add(shape(policy, std::move(targets)));
    }

    static Target child(NodeIndex index, std::uint32_t weight = 1) {
        return {.kind = Target::Kind::node,
                .index = index,
                .weight = weight,
                .client = {},
                .label = "node " + std::to_string(index)};
    }

    void down(int n) { health_.health.at(static_cast<std::size_t>(n)) = checks::Health::unhealthy; }
    void up(int n) { health_.health.at(static_cast<std::size_t>(n)) = checks::Health::healthy; }
    checks::Snapshot& health() { return health_; }

    [[nodiscard]] Conditions conditions() const {
        return {health_, &overrides, positions ? &*positions : nullptr};
    }

    Answer decided(NodeIndex root, std::uint64_t seed = 1, const Client& client = {},
                   Family family = Family::v4, Trace* trace = nullptr) const {
        Answer answer;
        decide(forest, conditions(), {.root = root, .ttl = 60}, family, client, seed, answer,
               trace);
        return answer;
    }

    std::uint8_t scope(NodeIndex root, const Client& client) const {
        return scope_of(Selection(forest, conditions(), Family::v4, client),
                        {.root = root, .ttl = 60});
    }

    /// The last octets of the answer.
    Octets answer(NodeIndex root, std::uint64_t seed = 1, const Client& client = {},
                  Family family = Family::v4) const {
        Octets octets;
        for (const auto& found : decided(root, seed, client, family).addresses)
            octets.push_back(found.bytes().back());
        return octets;
    }

    /// Every octet that some of many seeds answers.
    std::set<int> answers(NodeIndex root, const Client& client = {}) const {
        std::set<int> octets;
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            for (const int octet : answer(root, seed, client))
                octets.insert(octet);
        }
        return octets;
    }

    static IpAddress address(int n) {
        return IpAddress::v4({192, 0, 2, static_cast<std::uint8_t>(n)});
    }
    static IpAddress address6(int n) {
        return IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                              static_cast<std::uint8_t>(n)});
    }

  private:
    checks::Snapshot health_ = checks::Snapshot::all_unknown(256);
};

}  // namespace fairlead::policy
