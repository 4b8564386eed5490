// SPDX-License-Identifier: Apache-2.0
#include "policy/simulate.h"

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

/// Europe to 1 (70) and 2 (30), all else to 9.
NodeIndex europe_apart(ForestMaker& make) {
    const auto europe = make.node(Policy::weighted, {make.endpoint(1, 70), make.endpoint(2, 30)});
    auto root = make.shape(Policy::geolocation, {in("EU", ForestMaker::child(europe))});
    root.default_target = make.endpoint(9);
    return make.add(root);
}

double part(const Traffic& traffic, int octet) {
    const auto found = traffic.answered.find(ForestMaker::address(octet));
    return found == traffic.answered.end() ? 0 : found->second / traffic.weight;
}

TEST_CASE("the world is split by its addresses", "[policy][simulate]") {
    ForestMaker make;
    const auto root = europe_apart(make);
    const geo::Locator locator(test_geography());
    const SimulatedName name{make.forest, make.health(), root, Family::v4};
    // The test geography is seven blocks of /8: five in Europe, one in America, one in Asia.
    const auto world = simulate_world(name, locator);
    CHECK(world.all.weight == Approx(7 * 16777216.0));
    CHECK(part(world.all, 1) == Approx(0.7 * 5 / 7));
    CHECK(part(world.all, 2) == Approx(0.3 * 5 / 7));
    CHECK(part(world.all, 9) == Approx(2.0 / 7));
    CHECK(world.continents.size() == 3);
    CHECK(part(world.continents.at("EU"), 1) == Approx(0.7));
    CHECK(part(world.continents.at("NA"), 9) == Approx(1));
    CHECK(world.countries.at("EU-DE").weight == Approx(3 * 16777216.0));

    make.down(1);
    CHECK(part(simulate_world(name, locator).continents.at("EU"), 2) == Approx(1));
}

TEST_CASE("a list of clients counts by its weights, and a block in two places by its addresses",
          "[policy][simulate]") {
    ForestMaker make;
    const auto root = europe_apart(make);
    const geo::Locator locator(test_geography());
    const SimulatedName name{make.forest, make.health(), root, Family::v4};
    const auto clients =
        simulate_clients(name, locator,
                         {{*Prefix::parse("1.2.3.0/24"), 3},     // Germany
                          {*Prefix::parse("2001:db8::/32"), 1},  // nowhere
                          {*Prefix::parse("4.0.0.0/6"), 4}});    // France, Norway, USA, Japan
    CHECK(clients.all.weight == Approx(8));
    CHECK(clients.continents.at("EU").weight == Approx(3 + 2));
    CHECK(clients.continents.at("").weight == Approx(1));
    CHECK(part(clients.all, 1) == Approx(0.7 * 5 / 8));
    CHECK(part(clients.all, 9) == Approx(3.0 / 8));
}

TEST_CASE("subnets cut through the blocks of the geography", "[policy][simulate]") {
    ForestMaker make;
    const auto vpn = for_clients(make.endpoint(1), [](ClientSelector& selector) {
        selector.subnets.push_back(*Prefix::parse("1.0.0.0/9"));
    });
    auto node = make.shape(Policy::subnet, {vpn});
    node.default_target = make.endpoint(2);
    const auto root = make.add(node);
    const geo::Locator locator(test_geography());
    const auto clients =
        simulate_clients({make.forest, make.health(), root, Family::v4}, locator,
                         {{*Prefix::parse("1.0.0.0/8"), 1}, {*Prefix::parse("0.0.0.0/0"), 1}});
    CHECK(part(clients.all, 1) == Approx((0.5 + 1.0 / 512) / 2));
}

}  // namespace
}  // namespace fairlead::policy
