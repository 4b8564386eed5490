// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small trees in a few words, for tests: endpoints are named by their last octet.
//
//     ForestMaker make;
//     const auto root = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
//     make.down(1);
//     CHECK(make.answer(root) == Octets{2});

#include <cstdint>
#include <set>
#include <vector>

#include "policy/decide.h"
#include "tests/support/catch.h"

namespace fairlead::policy {

using Octets = std::vector<int>;

class ForestMaker {
  public:
    Forest forest;

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
    Target dual(int n, std::uint32_t weight = 1) {
        const auto subject = static_cast<checks::SubjectIndex>(n);
        return leaf({.name = "e" + std::to_string(n),
                     .v4 = {{address(n), subject}},
                     .v6 = {{address6(n), subject}},
                     .state = State::obey},
                    weight);
    }

    Target leaf(Endpoint endpoint, std::uint32_t weight = 1) {
        Target target{.kind = Target::Kind::endpoint,
                      .index = 0,
                      .weight = weight,
                      .geo = {},
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
        return *added;
    }

    NodeIndex node(Policy policy, std::vector<Target> targets) {
        return add(shape(policy, std::move(targets)));
    }

    static Target child(NodeIndex index, std::uint32_t weight = 1) {
        return {.kind = Target::Kind::node,
                .index = index,
                .weight = weight,
                .geo = {},
                .label = "node " + std::to_string(index)};
    }

    void down(int n) { health_.health.at(static_cast<std::size_t>(n)) = checks::Health::unhealthy; }
    void up(int n) { health_.health.at(static_cast<std::size_t>(n)) = checks::Health::healthy; }
    checks::Snapshot& health() { return health_; }

    Answer decided(NodeIndex root, std::uint64_t seed = 1, const Client& client = {},
                   Family family = Family::v4, Trace* trace = nullptr) const {
        Answer answer;
        decide(forest, health_, {.root = root, .ttl = 60}, family, client, seed, answer, trace);
        return answer;
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
