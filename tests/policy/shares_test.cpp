// SPDX-License-Identifier: Apache-2.0
#include "policy/shares.h"

#include <cmath>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

using Parts = std::map<int, double>;

Shares shares_of(ForestMaker& make, NodeIndex root, const Client& client = {}) {
    return shares(Selection(make.forest, make.health(), Family::v4, client), root);
}

void check_parts(const Shares& found, const Parts& expected) {
    CHECK(found.parts.size() == expected.size());
    for (const auto& [octet, part] : expected) {
        CAPTURE(octet);
        REQUIRE(found.parts.contains(ForestMaker::address(octet)));
        CHECK(found.parts.at(ForestMaker::address(octet)) == Approx(part));
    }
}

TEST_CASE("shares follow weights, standby and health", "[policy][shares]") {
    ForestMaker make;
    const auto root = make.node(Policy::weighted,
                                {make.endpoint(1, 60), make.endpoint(2, 40), make.endpoint(3, 0)});
    check_parts(shares_of(make, root), {{1, 0.6}, {2, 0.4}});
    make.down(1);
    check_parts(shares_of(make, root), {{2, 1}});
    make.down(2);
    check_parts(shares_of(make, root), {{3, 1}});
}

TEST_CASE("shares multiply along the tree", "[policy][shares]") {
    ForestMaker make;
    const auto blue = make.node(Policy::weighted, {make.endpoint(1, 3), make.endpoint(2, 1)});
    const auto green = make.node(Policy::failover, {make.endpoint(3), make.endpoint(4)});
    auto both = ForestMaker::child(blue, 80);
    const auto root = make.node(Policy::weighted, {both, ForestMaker::child(green, 20)});
    check_parts(shares_of(make, root), {{1, 0.6}, {2, 0.2}, {3, 0.2}});
    make.down(3);
    check_parts(shares_of(make, root), {{1, 0.6}, {2, 0.2}, {4, 0.2}});
}

TEST_CASE("several answers are shared equally", "[policy][shares]") {
    ForestMaker make;
    const auto four = make.node(Policy::multivalue, {make.endpoint(1), make.endpoint(2),
                                                     make.endpoint(3), make.endpoint(4)});
    check_parts(shares_of(make, four), {{1, 0.25}, {2, 0.25}, {3, 0.25}, {4, 0.25}});
    auto two = make.shape(Policy::weighted, {make.endpoint(5, 9), make.endpoint(6, 1)});
    two.max_answers = 2;
    check_parts(shares_of(make, make.add(two)), {{5, 0.5}, {6, 0.5}});
}

TEST_CASE("a weighted draw of several without replacement is worked out exactly",
          "[policy][shares]") {
    ForestMaker make;
    auto node = make.shape(Policy::weighted,
                           {make.endpoint(1, 2), make.endpoint(2, 1), make.endpoint(3, 1)});
    node.max_answers = 2;
    // 1 is drawn first with 1/2, second with 1/4*(2/3)*2 = 1/3: in 5/6 of the answers, half of
    // each.
    check_parts(shares_of(make, make.add(node)), {{1, 5.0 / 12}, {2, 7.0 / 24}, {3, 7.0 / 24}});
}

TEST_CASE("too many targets for an exact draw of several are said to be", "[policy][shares]") {
    ForestMaker make;
    std::vector<Target> targets;
    for (int n = 1; n <= static_cast<int>(kExactSampleMax) + 1; ++n)
        targets.push_back(make.endpoint(n));
    auto node = make.shape(Policy::weighted, targets);
    node.max_answers = 2;
    CHECK_FALSE(shares_of(make, make.add(node)).exact);
    node.targets.pop_back();
    CHECK(shares_of(make, make.add(node)).exact);
}

TEST_CASE("what gets no answer is counted", "[policy][shares]") {
    ForestMaker make;
    auto silent = make.shape(Policy::failover, {make.endpoint(1)});
    silent.on_all_unhealthy = OnAllUnhealthy::no_answer;
    const auto root =
        make.node(Policy::weighted, {ForestMaker::child(make.add(silent), 1), make.endpoint(2, 3)});
    make.down(1);
    const auto found = shares_of(make, root);
    check_parts(found, {{2, 0.75}});
    CHECK(found.unanswered == Approx(0.25));
}

TEST_CASE("shares are what many decisions come to", "[policy][shares][statistical]") {
    ForestMaker make;
    const auto inner = make.node(Policy::weighted,
                                 {make.endpoint(1, 5), make.endpoint(2, 2), make.endpoint(3, 0)});
    const auto backup = make.node(Policy::failover, {make.endpoint(4), make.endpoint(5)});
    const auto root = make.node(
        Policy::weighted,
        {ForestMaker::child(inner, 3), ForestMaker::child(backup, 2), make.endpoint(6, 1)});
    make.down(GENERATE(1, 2, 4, 6, 9));
    constexpr int kDraws = 40000;
    std::map<int, int> counts;
    for (std::uint64_t seed = 0; seed < kDraws; ++seed)
        ++counts[make.answer(root, seed).at(0)];
    for (const auto& [content, part] : shares_of(make, root).parts) {
        const int found = counts[std::get<IpAddress>(content).bytes().back()];
        CAPTURE(to_string(content), part, found);
        CHECK(std::abs(found - kDraws * part) <=
              5 * std::sqrt(kDraws * part * (1 - part)));  // the seeds are fixed
    }
}

}  // namespace
}  // namespace fairlead::policy
