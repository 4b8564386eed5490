// SPDX-License-Identifier: Apache-2.0
#include "policy/decide.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

TEST_CASE("simple answers with everything below it, whatever its health", "[policy][simple]") {
    ForestMaker make;
    const auto pool = make.node(Policy::weighted, {make.endpoint(1), make.endpoint(2)});
    const auto root = make.node(Policy::simple, {ForestMaker::child(pool), make.endpoint(3)});
    make.down(1);
    make.down(3);
    CHECK(make.answer(root) == Octets{1, 2, 3});
    CHECK(make.decided(root).scope == 0);
}

TEST_CASE("failover takes the first healthy target in list order", "[policy][failover]") {
    ForestMaker make;
    const auto root =
        make.node(Policy::failover, {make.endpoint(1), make.endpoint(2), make.endpoint(3)});
    struct Case {
        Octets down;
        int expected;
    };
    const auto c =
        GENERATE(Case{{}, 1}, Case{{1}, 2}, Case{{2}, 1}, Case{{1, 2}, 3}, Case{{1, 3}, 2},
                 Case{{1, 2, 3}, 1});  // all down: all count as healthy, so the primary
    for (const int n : c.down)
        make.down(n);
    CHECK(make.answer(root) == Octets{c.expected});
}

// ---- Weights
// ----------------------------------------------------------------------------------------

TEST_CASE("shares follow the weights", "[policy][weighted][statistical]") {
    ForestMaker make;
    const std::map<int, std::uint32_t> weights{{1, 90}, {2, 9}, {3, 1}};
    std::vector<Target> targets;
    for (const auto& [n, weight] : weights)
        targets.push_back(make.endpoint(n, weight));
    const auto root = make.node(Policy::weighted, targets);
    constexpr int kDraws = 100000;
    std::map<int, int> counts;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed)
        ++counts[make.answer(root, seed).at(0)];
    for (const auto& [n, weight] : weights) {
        // The seeds are fixed, so this cannot flicker; 5 standard deviations of a binomial.
        const double p = weight / 100.0;
        CAPTURE(n, counts[n]);
        CHECK(std::abs(counts[n] - kDraws * p) < 5 * std::sqrt(kDraws * p * (1 - p)));
    }
}

TEST_CASE("several weighted answers are different and drawn without replacement",
          "[policy][weighted]") {
    ForestMaker make;
    auto shape = make.shape(Policy::weighted, {make.endpoint(1, 5), make.endpoint(2, 5),
                                               make.endpoint(3, 5), make.endpoint(4, 0)});
    shape.max_answers = 3;
    const auto root = make.add(shape);
    auto answer = make.answer(root);
    std::sort(answer.begin(), answer.end());
    CHECK(answer == Octets{1, 2, 3});  // the standby does not fill up
    make.down(1);
    CHECK(make.answer(root).size() == 2);
}

TEST_CASE("A and AAAA of one seed choose the same site", "[policy][weighted]") {
    ForestMaker make;
    const auto root =
        make.node(Policy::weighted, {make.dual(1, 50), make.dual(2, 30), make.dual(3, 20)});
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        CHECK(make.answer(root, seed) == make.answer(root, seed, {}, Family::v6));
    }
}

// ---- Families
// ---------------------------------------------------------------------------------------

TEST_CASE("a target without the asked family is not there for that family", "[policy][family]") {
    ForestMaker make;
    const auto root = make.node(Policy::failover, {make.endpoint(1), make.dual(2)});
    CHECK(make.answer(root) == Octets{1});
    CHECK(make.answer(root, 1, {}, Family::v6) == Octets{2});
    make.down(2);  // unhealthy is not absent: AAAA still has an answer
    CHECK(make.answer(root, 1, {}, Family::v6) == Octets{2});
}

TEST_CASE("an endpoint of several addresses answers with its healthy ones", "[policy][family]") {
    ForestMaker make;
    const auto root =
        make.node(Policy::failover,
                  {make.leaf({.name = "pair",
                              .v4 = {{ForestMaker::address(1), 1}, {ForestMaker::address(2), 2}},
                              .v6 = {},
                              .state = State::obey}),
                   make.endpoint(3)});
    CHECK(make.answer(root) == Octets{1, 2});
    make.down(1);
    CHECK(make.answer(root) == Octets{2});
    make.down(2);
    CHECK(make.answer(root) == Octets{3});
    make.down(3);
    CHECK(make.answer(root) == Octets{1, 2});
}

// ---- min_healthy and on_all_unhealthy
// ------------------------------------------------------------------

TEST_CASE("min_healthy is a count or a share, and never more than there are",
          "[policy][min_healthy]") {
    struct Case {
        MinHealthy min;
        std::size_t total;
        std::size_t required;
    };
    const auto c = GENERATE(Case{{1, 0}, 4, 1}, Case{{3, 0}, 4, 3}, Case{{9, 0}, 4, 4},
                            Case{{1, 50}, 4, 2}, Case{{1, 50}, 5, 3}, Case{{1, 100}, 5, 5},
                            Case{{1, 1}, 5, 1}, Case{{0, 0}, 2, 1}, Case{{1, 0}, 0, 0});
    CHECK(c.min.of(c.total) == c.required);
}

TEST_CASE("a pool below min_healthy is unhealthy for its parent", "[policy][min_healthy]") {
    ForestMaker make;
    auto pool =
        make.shape(Policy::weighted, {make.endpoint(1), make.endpoint(2), make.endpoint(3)});
    pool.min_healthy = {.count = 1, .percent = 60};
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(pool)), make.endpoint(9)});
    make.down(1);
    CHECK(make.answers(root) == std::set{2, 3});
    make.down(2);
    CHECK(make.answers(root) == std::set{9});
    make.down(9);  // all unhealthy: the pool must answer, with what is left of it
    CHECK(make.answers(root) == std::set{3});
    make.down(3);
    CHECK(make.answers(root) == std::set{1, 2, 3});
}

TEST_CASE("what a node does when all of it is unhealthy is its configuration's choice",
          "[policy][on_all_unhealthy]") {
    ForestMaker make;
    const auto last = make.node(Policy::failover, {make.endpoint(8)});
    auto pool = make.shape(Policy::weighted, {make.endpoint(1), make.endpoint(2)});
    struct Case {
        OnAllUnhealthy choice;
        std::set<int> expected;
    };
    const auto c =
        GENERATE(Case{OnAllUnhealthy::fail_up, {5}}, Case{OnAllUnhealthy::serve_all, {1, 2}},
                 Case{OnAllUnhealthy::no_answer, {}}, Case{OnAllUnhealthy::use, {8}});
    pool.on_all_unhealthy = c.choice;
    pool.fallback = last;
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(pool)), make.endpoint(5)});
    CHECK(make.answers(root) == std::set{1, 2});
    make.down(1);
    make.down(2);
    make.down(8);  // a fallback serves whatever its health
    CHECK(make.answers(root) == c.expected);
}

TEST_CASE("a fallback without the asked family is as if it were not written",
          "[policy][on_all_unhealthy]") {
    ForestMaker make;
    const auto last = make.node(Policy::failover, {make.endpoint(8)});
    auto pool = make.shape(Policy::failover, {make.dual(1)});
    pool.on_all_unhealthy = OnAllUnhealthy::use;
    pool.fallback = last;
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(pool)), make.dual(5)});
    make.down(1);
    CHECK(make.answer(root, 1, {}, Family::v4) == Octets{8});
    CHECK(make.answer(root, 1, {}, Family::v6) == Octets{5});
}

TEST_CASE("a fallback stands in for what failed, not for what was never there",
          "[policy][on_all_unhealthy]") {
    ForestMaker make;
    const auto sorry = make.node(Policy::failover, {make.dual(8)});
    auto pool = make.shape(Policy::failover, {make.endpoint(1)});
    pool.on_all_unhealthy = OnAllUnhealthy::use;
    pool.fallback = sorry;
    const auto root = make.add(pool);
    CHECK(make.answer(root, 1, {}, Family::v6).empty());
    make.down(1);
    CHECK(make.answer(root, 1, {}, Family::v4) == Octets{8});
    CHECK(make.answer(root, 1, {}, Family::v6).empty());
    // A dual-stack sibling answers what the pool never had.
    const auto parent =
        make.node(Policy::failover, {ForestMaker::child(make.add(pool)), make.dual(5)});
    CHECK(make.answer(parent, 1, {}, Family::v6) == Octets{5});

    auto geo = make.shape(Policy::geolocation, {in("EU", make.endpoint(2))});
    geo.on_all_unhealthy = OnAllUnhealthy::use;
    geo.fallback = sorry;
    CHECK(make.answers(make.add(geo), at("NA-US")).empty());  // default: none
}

// ---- States of whole branches (of endpoints: states_table_test.cpp)
// -----------------------------------------------------------

TEST_CASE("a branch that an operator took out answers only when nothing else exists",
          "[policy][state]") {
    const auto state = GENERATE(State::down, State::drain);
    const auto choice = GENERATE(OnAllUnhealthy::fail_up, OnAllUnhealthy::serve_all);
    ForestMaker make;
    auto out =
        make.shape(Policy::weighted, {make.endpoint(1, 1, state), make.endpoint(2, 1, state)});
    out.on_all_unhealthy = choice;
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(out)), make.endpoint(3)});
    CHECK(make.answers(root) == std::set{3});
    make.down(3);
    CHECK(make.answers(root) == std::set{3});
    const auto alone = make.node(Policy::failover, {ForestMaker::child(make.add(out))});
    CHECK(make.answers(alone) == std::set{1, 2});
}

TEST_CASE("a drained branch is no fault of its parent", "[policy][state]") {
    ForestMaker make;
    const auto drained = make.node(Policy::weighted, {make.endpoint(1, 1, State::drain)});
    auto both = make.shape(Policy::weighted, {ForestMaker::child(drained), make.endpoint(2)});
    both.min_healthy = {.count = 1, .percent = 100};
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(both)), make.endpoint(3)});
    CHECK(make.answers(root) == std::set{2});
}

TEST_CASE("a branch that is for other clients is passed over, whatever it does when unhealthy",
          "[policy][on_all_unhealthy]") {
    ForestMaker make;
    auto inner = make.shape(Policy::geolocation, {in("EU", make.endpoint(1))});
    inner.on_all_unhealthy =
        GENERATE(OnAllUnhealthy::serve_all, OnAllUnhealthy::no_answer, OnAllUnhealthy::fail_up);
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(inner)), make.endpoint(2)});
    CHECK(make.answer(root, 1, at("NA-US")) == Octets{2});
    CHECK(make.answer(root, 1, at("EU-FR")) == Octets{1});
}

TEST_CASE("simple answers every address of an endpoint, healthy or not", "[policy][simple]") {
    ForestMaker make;
    const auto root =
        make.node(Policy::simple,
                  {make.leaf({.name = "pair",
                              .v4 = {{ForestMaker::address(1), 1}, {ForestMaker::address(2), 2}},
                              .v6 = {},
                              .state = State::obey})});
    make.down(2);
    CHECK(make.answer(root) == Octets{1, 2});
}

TEST_CASE(
    "simple leaves out what an operator took out, in branches too, while there is anything else",
    "[policy][simple][state]") {
    ForestMaker make;
    const auto live = make.node(Policy::weighted, {make.endpoint(1)});
    const auto out = make.node(
        Policy::weighted,
        {make.endpoint(1), make.endpoint(2, 1, State::drain), make.endpoint(3, 1, State::down)});
    CHECK(make.answer(make.node(Policy::simple,
                                {ForestMaker::child(live), ForestMaker::child(out)})) == Octets{1});
    const auto all_out = make.node(
        Policy::weighted, {make.endpoint(4, 1, State::drain), make.endpoint(5, 1, State::down)});
    CHECK(make.answer(make.node(Policy::simple, {ForestMaker::child(all_out)})) == Octets{4, 5});
}

// ---- Scope and ttl
// ----------------------------------------------------------------------------------------

TEST_CASE("the scope says what the outcome depends on", "[policy][scope]") {
    ForestMaker make;
    const auto fixed = make.node(Policy::failover, {make.unchecked(1)});
    const auto health = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
    const auto random = make.node(Policy::weighted, {make.unchecked(1), make.unchecked(2)});
    auto geo = make.shape(Policy::geolocation, {});
    geo.default_target = make.unchecked(1);
    const auto client_tree = make.add(geo);
    const auto known = IpAddress::parse("203.0.113.9");
    CHECK(make.decided(fixed, 1, known).scope == 0);
    CHECK(make.decided(health, 1, known).scope == 1);
    CHECK(make.decided(random, 1, known).scope == 1);
    CHECK(make.decided(client_tree, 1, known).scope ==
          1);  // the default for everybody, and yet not 0
    CHECK(make.decided(client_tree).scope == 1);
    CHECK(make.decided(fixed).ttl == 60);
}

}  // namespace
}  // namespace fairlead::policy
