// SPDX-License-Identifier: Apache-2.0

// What the resolver's place and the checks' evidence make of a decision.

#include "policy/conditions.h"

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

TEST_CASE("ecs: ignore looks at the resolver, and claims no client network", "[policy][ecs]") {
    ForestMaker make;
    auto node = make.shape(Policy::geolocation, {in("EU-DE", make.endpoint(1))});
    node.default_target = make.endpoint(2);
    const auto by_client = make.add(node);
    node.ignores_ecs = true;
    const auto by_resolver = make.add(node);
    const Client german_behind_american(*at("EU-DE-BY").network, *at("NA-US").network);
    CHECK(make.answer(by_client, 1, german_behind_american) == Octets{1});
    CHECK(make.answer(by_resolver, 1, german_behind_american) == Octets{2});
    CHECK(make.decided(by_client, 1, german_behind_american).scope > 1);
    CHECK(make.decided(by_resolver, 1, german_behind_american).scope == 1);
}

TEST_CASE("affinity with ecs: ignore keeps the resolver's target", "[policy][ecs]") {
    ForestMaker make;
    auto node = make.shape(Policy::weighted, {make.endpoint(1), make.endpoint(2)});
    node.affinity = Affinity{};
    node.ignores_ecs = true;
    const auto root = make.add(std::move(node));
    const auto resolver = IpAddress::v4({192, 0, 2, 53});
    std::set<int> octets;
    for (std::uint8_t n = 0; n < 100; ++n) {
        const auto answer = make.decided(root, n, {IpAddress::v4({198, 51, n, 0}), resolver});
        octets.insert(answer.addresses.front().bytes().back());
        CHECK(answer.scope == 1);
    }
    CHECK(octets.size() == 1);
}

TEST_CASE("a node's standing is found out once for all clients, and for these conditions alone",
          "[policy][standings]") {
    ForestMaker make;
    const auto first = make.node(Policy::failover, {make.endpoint(1)});
    const auto second = make.node(Policy::failover, {make.endpoint(2)});
    const auto root = make.node(Policy::failover, {make.child(first), make.child(second)});
    KnownStandings known(make.forest.node_count());
    Conditions conditions = make.conditions();
    conditions.known = &known;
    const auto address = [&] {
        Answer answer;
        decide(make.forest, conditions, {.root = root}, Family::v4, {}, 1, answer);
        return answer.addresses.front();
    };
    CHECK(address() == make.address(1));
    CHECK(known.of(first, Family::v4) == Standing::usable);
    CHECK(known.of(first, Family::v6) == std::nullopt);
    CHECK(known.of(second, Family::v4) == std::nullopt);  // nobody had to ask

    make.down(1);  // a change, which a copy is made for
    known = KnownStandings(known);
    CHECK(known.of(first, Family::v4) == std::nullopt);
    known = KnownStandings(make.forest.node_count());
    CHECK(address() == make.address(2));
    CHECK(known.of(first, Family::v4) == Standing::unhealthy);
    CHECK(known.of(second, Family::v4) == Standing::usable);
}

TEST_CASE("what depends on the client is not kept for others", "[policy][standings]") {
    ForestMaker make;
    const auto regional = make.node(Policy::geolocation, {in("EU-DE", make.endpoint(1))});
    const auto root = make.node(Policy::failover, {make.child(regional), make.endpoint(2)});
    KnownStandings known(make.forest.node_count());
    Conditions conditions = make.conditions();
    conditions.known = &known;
    const auto address_for = [&](const char* place) {
        Answer answer;
        decide(make.forest, conditions, {.root = root}, Family::v4, at(place), 1, answer);
        return answer.addresses.front();
    };
    CHECK(address_for("EU-DE-BY") == make.address(1));
    CHECK(address_for("NA-US") == make.address(2));
    CHECK(address_for("EU-DE-BY") == make.address(1));
    CHECK(known.of(regional, Family::v4) == std::nullopt);
}

struct TtlRow {
    std::uint32_t first_s;
    std::uint32_t second_s;
    std::uint32_t ttl;
};

TEST_CASE("a ttl range follows the check that may turn first", "[policy][ttl]") {
    const auto row = GENERATE(values<TtlRow>({
        {90, 90, 90},
        {500, 500, 300},
        {90, 60, 60},
        {10, 90, 30},
        {checks::kSteadyForever, checks::kSteadyForever, 300},
    }));
    ForestMaker make;
    const auto root = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
    make.health().steady_s[1] = row.first_s;
    make.health().steady_s[2] = row.second_s;
    Answer answer;
    decide(make.forest, make.health(), {.root = root, .ttl = 300, .ttl_min = 30}, Family::v4, {}, 1,
           answer);
    CHECK(answer.ttl == row.ttl);
    decide(make.forest, make.health(), {.root = root, .ttl = 300}, Family::v4, {}, 1, answer);
    CHECK(answer.ttl == 300);
}

TEST_CASE("checks that a forced state overrules do not shorten the ttl", "[policy][ttl]") {
    ForestMaker make;
    const auto root =
        make.node(Policy::failover, {make.endpoint(1, 1, State::up), make.unchecked(2)});
    make.health().steady_s[1] = 10;
    Answer answer;
    decide(make.forest, make.health(), {.root = root, .ttl = 300, .ttl_min = 30}, Family::v4, {}, 1,
           answer);
    CHECK(answer.ttl == 300);
}

}  // namespace
}  // namespace fairlead::policy
