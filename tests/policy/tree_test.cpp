// SPDX-License-Identifier: Apache-2.0
#include "policy/tree.h"

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

TEST_CASE("what a tree depends on is known when it is added", "[policy][tree]") {
    ForestMaker make;
    const auto depends = [&](NodeIndex node) { return make.forest.facts(node).depends; };
    const auto unchecked = make.node(Policy::failover, {make.unchecked(1), make.unchecked(2)});
    const auto checked = make.node(Policy::failover, {make.unchecked(1), make.endpoint(2)});
    const auto random = make.node(Policy::weighted, {make.unchecked(1), make.unchecked(2)});
    auto geo =
        make.shape(Policy::geolocation, {ForestMaker::child(random), ForestMaker::child(checked)});
    geo.default_target = make.unchecked(3);
    const auto all = make.add(geo);
    const auto simple = make.node(Policy::simple, {ForestMaker::child(all)});
    CHECK(depends(unchecked) == Dependence{});
    CHECK(depends(checked) == Dependence{.health = true});
    CHECK(depends(random) == Dependence{.random = true});
    CHECK(depends(all) == Dependence{.health = true, .random = true, .client = true});
    CHECK(depends(simple) == Dependence{});
}

TEST_CASE("a draw among as many targets as are answered is no draw", "[policy][tree]") {
    ForestMaker make;
    CHECK_FALSE(
        make.forest.facts(make.node(Policy::multivalue, {make.unchecked(1), make.unchecked(2)}))
            .depends.random);
    CHECK_FALSE(make.forest.facts(make.node(Policy::weighted, {make.unchecked(1)})).depends.random);
}

TEST_CASE("sixteen levels are the most", "[policy][tree][limits]") {
    ForestMaker make;
    auto node = make.node(Policy::failover, {make.endpoint(1)});
    for (int depth = 2; depth <= kDepthMax; ++depth)
        node = make.node(Policy::failover, {ForestMaker::child(node)});
    CHECK(make.forest.facts(node).depth == kDepthMax);
    CHECK(make.answer(node) == Octets{1});
    const auto refused = make.forest.add(make.shape(Policy::failover, {ForestMaker::child(node)}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "is nested 17 deep, the limit is 16");
}

TEST_CASE("a node of too many targets is refused", "[policy][tree][limits]") {
    ForestMaker make;
    const auto one = make.endpoint(1);
    CHECK(make.forest.add(make.shape(Policy::weighted, std::vector<Target>(kTargetsMax, one))));
    CHECK_FALSE(
        make.forest.add(make.shape(Policy::weighted, std::vector<Target>(kTargetsMax + 1, one))));
}

TEST_CASE("a graph whose walk explodes is refused although it is small", "[policy][tree][limits]") {
    ForestMaker make;
    auto node = make.node(Policy::failover, std::vector<Target>(8, make.endpoint(1)));
    bool refused = false;
    for (int depth = 2; depth <= kDepthMax && !refused; ++depth) {
        const auto next = make.forest.add(
            make.shape(Policy::failover, std::vector<Target>(8, ForestMaker::child(node))));
        refused = !next;
        if (next) node = *next;
    }
    CHECK(refused);
    CHECK(make.forest.facts(node).steps <= kStepsMax);
}

TEST_CASE("endpoints are found by name and by address", "[policy][tree]") {
    ForestMaker make;
    const auto dual = make.dual(7);
    (void)make.endpoint(8);
    CHECK(make.forest.find_endpoints("e7") == std::vector<EndpointIndex>{dual.index});
    CHECK(make.forest.find_endpoints("192.0.2.7") == std::vector<EndpointIndex>{dual.index});
    CHECK(make.forest.find_endpoints("2001:DB8::7") == std::vector<EndpointIndex>{dual.index});
    CHECK(make.forest.find_endpoints("e9").empty());
}

}  // namespace
}  // namespace fairlead::policy
