// SPDX-License-Identifier: Apache-2.0
#include "policy/rendezvous.h"

#include <cmath>
#include <map>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

IpAddress client(int n) {
    return IpAddress::v4(
        {10, static_cast<std::uint8_t>(n / 256), static_cast<std::uint8_t>(n % 256), 7});
}

NodeIndex sticky(ForestMaker& make, std::vector<Target> targets, std::uint16_t max_answers = 1) {
    auto node = make.shape(Policy::weighted, std::move(targets));
    node.affinity = Affinity{};
    node.max_answers = max_answers;
    return make.add(node);
}

TEST_CASE("a client keeps its target whatever the seed, and its neighbours share it",
          "[policy][affinity]") {
    ForestMaker make;
    const auto root = sticky(make, {make.endpoint(1), make.endpoint(2), make.endpoint(3)});
    for (int n = 0; n < 200; ++n) {
        const auto expected = make.answer(root, 1, client(n));
        CHECK(make.answer(root, 2, client(n)) == expected);
        CHECK(make.answer(root, 3,
                          IpAddress::v4({10, static_cast<std::uint8_t>(n / 256),
                                         static_cast<std::uint8_t>(n % 256), 250})) == expected);
    }
    CHECK(int{make.decided(root, 1, client(1)).scope} == 24);
    CHECK(int{make.decided(root, 1, IpAddress::parse("2001:db8::1")).scope} == 56);
}

TEST_CASE("a target that goes moves nobody but its own clients, and gets exactly them back",
          "[policy][affinity][property]") {
    ForestMaker make;
    const auto root = sticky(
        make, {make.endpoint(1, 5), make.endpoint(2, 3), make.endpoint(3, 2), make.endpoint(4, 1)});
    std::map<int, Octets> before;
    for (int n = 0; n < 5000; ++n)
        before[n] = make.answer(root, 1, client(n));
    make.down(2);
    for (const auto& [n, answer] : before) {
        if (answer != Octets{2}) CHECK(make.answer(root, 1, client(n)) == answer);
    }
    make.up(2);
    for (const auto& [n, answer] : before)
        CHECK(make.answer(root, 1, client(n)) == answer);
}

TEST_CASE("removing a target from the configuration moves only its clients",
          "[policy][affinity][property]") {
    ForestMaker make;
    const auto a = make.endpoint(1);
    const auto b = make.endpoint(2);
    const auto c = make.endpoint(3);
    const auto all = sticky(make, {a, b, c});
    const auto without = sticky(make, {c, a});
    for (int n = 0; n < 5000; ++n) {
        const auto answer = make.answer(all, 1, client(n));
        if (answer != Octets{2}) CHECK(make.answer(without, 1, client(n)) == answer);
    }
}

TEST_CASE("shares over many clients follow the weights", "[policy][affinity][statistical]") {
    ForestMaker make;
    const std::map<int, std::uint32_t> weights{{1, 70}, {2, 25}, {3, 5}};
    std::vector<Target> targets;
    for (const auto& [n, weight] : weights)
        targets.push_back(make.endpoint(n, weight));
    const auto root = sticky(make, targets);
    constexpr int kClients = 65536;
    std::map<int, int> counts;
    for (int n = 0; n < kClients; ++n)
        ++counts[make.answer(root, 1, client(n)).at(0)];
    for (const auto& [n, weight] : weights) {
        const double p = weight / 100.0;
        CAPTURE(n, counts[n]);
        CHECK(std::abs(counts[n] - kClients * p) <
              5 * std::sqrt(kClients * p * (1 - p)));  // the clients are fixed
    }
}

TEST_CASE("standbys stay out, and several answers are different", "[policy][affinity]") {
    ForestMaker make;
    const auto root = sticky(make, {make.endpoint(1), make.endpoint(2), make.endpoint(3, 0)}, 3);
    CHECK(make.answer(root, 1, client(1)).size() == 2);
    CHECK(make.answers(root, client(1)) == std::set{1, 2});
    make.down(1);
    make.down(2);
    CHECK(make.answers(root, client(1)) == std::set{3});
}

TEST_CASE("without a client affinity draws", "[policy][affinity]") {
    ForestMaker make;
    const auto root = sticky(make, {make.endpoint(1), make.endpoint(2)});
    CHECK(make.answers(root, {}) == std::set{1, 2});
    CHECK(int{make.decided(root, 1, {}).scope} == 1);
}

}  // namespace
}  // namespace fairlead::policy
