// SPDX-License-Identifier: Apache-2.0

#include "policy/strict.h"

#include <algorithm>
#include <random>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

/// Germany at 1, Europe at 2, everybody else at 3; strict.
struct Germany {
    ForestMaker make;
    NodeIndex root = 0;

    explicit Germany(OnAllUnhealthy choice = OnAllUnhealthy::serve_all) {
        auto node = make.shape(Policy::geolocation,
                               {in("EU-DE", make.endpoint(1)), in("EU", make.endpoint(2))});
        node.default_target = make.endpoint(3);
        node.strict = true;
        node.on_all_unhealthy = choice;
        root = make.add(std::move(node));
    }
};

TEST_CASE("a client of a strict node never climbs to a wider match", "[policy][strict]") {
    Germany germany;
    CHECK(germany.make.answers(germany.root, at("EU-DE-BY")) == std::set{1});
    germany.make.down(1);
    CHECK(germany.make.answers(germany.root, at("EU-DE-BY")) == std::set{1});  // serve_all
    CHECK(germany.make.answers(germany.root, at("EU-FR")) == std::set{2});
    CHECK(germany.make.answers(germany.root, at("NA-US")) == std::set{3});
    CHECK(germany.make.answers(germany.root) == std::set{3});
}

TEST_CASE("a strict node may answer nothing instead", "[policy][strict]") {
    Germany germany(OnAllUnhealthy::no_answer);
    germany.make.down(1);
    CHECK(germany.make.answers(germany.root, at("EU-DE-BY")).empty());
    CHECK(germany.make.answers(germany.root, at("EU-FR")) == std::set{2});
}

TEST_CASE("a strict branch without an address of a family has none for its clients",
          "[policy][strict]") {
    ForestMaker make;
    auto node =
        make.shape(Policy::geolocation, {in("EU-DE", make.endpoint(1)), in("EU", make.dual(2))});
    node.default_target = make.dual(3);
    node.strict = true;
    node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    const auto root = make.add(std::move(node));
    CHECK(make.answer(root, 1, at("EU-DE-BY"), Family::v6).empty());
    CHECK(make.answer(root, 1, at("EU-FR"), Family::v6) == Octets{2});
}

TEST_CASE("a strict node never fails in its parent's eyes", "[policy][strict]") {
    Germany germany;
    auto& make = germany.make;
    auto parent = make.shape(Policy::geolocation, {in("EU-DE", ForestMaker::child(germany.root))});
    parent.default_target = make.endpoint(4);
    const auto root = make.add(std::move(parent));
    make.down(1);
    CHECK(make.answers(root, at("EU-DE-BY")) == std::set{1});
    CHECK(make.answers(root, at("NA-US")) == std::set{4});
}

TEST_CASE("a strict branch that an operator took out is not left", "[policy][strict]") {
    ForestMaker make;
    const auto state = GENERATE(State::down, State::drain);
    auto node = make.shape(Policy::geolocation, {in("EU", make.endpoint(1, 1, state))});
    node.default_target = make.endpoint(2);
    node.strict = true;
    node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    const auto root = make.add(std::move(node));
    CHECK(make.answers(root, at("EU-FR")) == std::set{1});
}

// The proof.

TEST_CASE("a node that fails up or has a fallback can be left", "[policy][strict]") {
    ForestMaker make;
    auto node = make.shape(Policy::geolocation, {in("EU", make.endpoint(1))});
    node.strict = true;
    node.on_all_unhealthy = OnAllUnhealthy::no_answer;
    CHECK_FALSE(find_way_out(make.forest, node));
    node.on_all_unhealthy = OnAllUnhealthy::fail_up;
    REQUIRE(find_way_out(make.forest, node));
    CHECK_FALSE(find_way_out(make.forest, node)->place);
    node.on_all_unhealthy = OnAllUnhealthy::use;
    node.fallback = make.node(Policy::failover, {make.endpoint(2)});
    CHECK(find_way_out(make.forest, node));
    node.strict = false;
    CHECK_FALSE(find_way_out(make.forest, node));
}

TEST_CASE("a fallback inside a branch must stay inside it", "[policy][strict]") {
    ForestMaker make;
    const auto first = make.endpoint(1);
    const auto second = make.endpoint(2);
    const auto inside = make.node(Policy::failover, {second});
    const auto outside = make.node(Policy::failover, {make.endpoint(3)});
    const auto strict_over = [&](NodeIndex fallback) {
        auto pool = make.shape(Policy::weighted, {first});
        pool.on_all_unhealthy = OnAllUnhealthy::use;
        pool.fallback = fallback;
        const auto branch =
            make.node(Policy::failover, {ForestMaker::child(make.add(pool)), second});
        auto node = make.shape(Policy::geolocation, {in("EU", ForestMaker::child(branch))});
        node.strict = true;
        node.on_all_unhealthy = OnAllUnhealthy::serve_all;
        return find_way_out(make.forest, node);
    };
    CHECK_FALSE(strict_over(inside));
    const auto found = strict_over(outside);
    REQUIRE(found);
    CHECK(found->place == 0);
    CHECK(found->how.find("e3") != std::string::npos);
}

/// Random strict trees over endpoints 1..8 that the proof lets pass: branches of pools, pairs and
/// geography, all of which deal with failure in every way there is.
class StrictTree {
  public:
    StrictTree(ForestMaker& make, unsigned seed) : make_(make), random_(seed) {}

    std::optional<NodeIndex> grow() {
        auto node = make_.shape(Policy::geolocation, {in("EU-DE", branch(3)), in("EU", branch(3))});
        node.default_target = branch(2);
        node.strict = true;
        node.on_all_unhealthy =
            pick(2) == 0 ? OnAllUnhealthy::serve_all : OnAllUnhealthy::no_answer;
        if (find_way_out(make_.forest, node)) return std::nullopt;
        return make_.add(std::move(node));
    }
    int pick(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  private:
    Target branch(int depth) {
        if (depth == 0 || pick(3) == 0) {
            constexpr std::array kStates{State::obey, State::obey, State::down, State::drain};
            return make_.endpoint(1 + pick(8), static_cast<std::uint32_t>(pick(3)),
                                  kStates.at(static_cast<std::size_t>(pick(4))));
        }
        constexpr std::array kChoice{Policy::failover, Policy::weighted, Policy::geolocation};
        auto node = make_.shape(kChoice.at(static_cast<std::size_t>(pick(3))), {});
        for (int i = 1 + pick(3); i > 0; --i)
            node.targets.push_back(in(pick(2) == 0 ? "EU" : "EU-DE", branch(depth - 1)));
        constexpr std::array kChoices{OnAllUnhealthy::fail_up, OnAllUnhealthy::serve_all,
                                      OnAllUnhealthy::use, OnAllUnhealthy::no_answer};
        node.on_all_unhealthy = kChoices.at(static_cast<std::size_t>(pick(4)));
        if (node.on_all_unhealthy == OnAllUnhealthy::use)
            node.fallback = make_.node(Policy::failover, {node.targets.front()});
        return ForestMaker::child(make_.add(std::move(node)), static_cast<std::uint32_t>(pick(3)));
    }

    ForestMaker& make_;
    std::mt19937 random_;
};

std::set<EndpointIndex> reachable(const Forest& forest, const Target& target) {
    if (target.kind == Target::Kind::endpoint) return {target.index};
    std::set<EndpointIndex> all;
    for (const auto& child : forest.node(target.index).targets)
        all.merge(reachable(forest, child));
    return all;
}

TEST_CASE("what the proof lets pass is never left", "[policy][strict][property]") {
    const auto seed = GENERATE(range(0U, 200U));
    ForestMaker make;
    StrictTree tree(make, seed);
    const auto root = tree.grow();
    if (!root) return;
    const Target& germany = make.forest.node(*root).targets.front();
    std::set<int> allowed;
    for (const auto index : reachable(make.forest, germany))
        allowed.insert(make.forest.endpoint(index).v4.front().address.bytes().back());
    for (int trial = 0; trial < 8; ++trial) {
        for (int n = 1; n <= 8; ++n)
            tree.pick(3) == 0 ? make.up(n) : make.down(n);
        for (const int octet : make.answers(*root, at("EU-DE-BY"))) {
            CAPTURE(seed, trial, octet);
            CHECK(allowed.contains(octet));
        }
    }
}

TEST_CASE("the proof lets enough trees pass for the property above to mean something",
          "[policy][strict]") {
    int passed = 0;
    for (unsigned seed = 0; seed < 500; ++seed) {
        ForestMaker make;
        passed += StrictTree(make, seed).grow() ? 1 : 0;
    }
    CHECK(passed > 200);
}

}  // namespace
}  // namespace fairlead::policy
