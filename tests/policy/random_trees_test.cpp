// SPDX-License-Identifier: Apache-2.0

// What must hold for every tree, tried on a thousand random ones.

#include <algorithm>
#include <random>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

constexpr int kEndpoints = 12;
constexpr std::uint64_t kSeeds = 20;

/// A random tree of failover, weighted, multivalue and geolocation nodes over endpoints 1..12.
class RandomTree {
  public:
    RandomTree(ForestMaker& make, unsigned seed, bool may_be_silent)
        : make_(make), random_(seed), may_be_silent_(may_be_silent) {}

    NodeIndex grow(int depth) {
        auto node = make_.shape(policy(), {});
        const int count = 1 + pick(4);
        for (int i = 0; i < count; ++i)
            node.targets.push_back(target(depth));
        node.max_answers = static_cast<std::uint16_t>(1 + pick(3));
        node.min_healthy = {.count = static_cast<std::uint16_t>(1 + pick(2)),
                            .percent = static_cast<std::uint8_t>(pick(2) * 50)};
        node.on_all_unhealthy = on_all_unhealthy();
        if (node.on_all_unhealthy == OnAllUnhealthy::use)
            node.fallback = make_.node(Policy::failover, {leaf()});
        if (node.policy == Policy::geolocation && !(may_be_silent_ && pick(4) == 0))
            node.default_target = leaf();
        return make_.add(std::move(node));
    }

    int pick(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }

  private:
    Policy policy() {
        constexpr std::array kPolicies{Policy::failover, Policy::weighted, Policy::multivalue,
                                       Policy::geolocation};
        return kPolicies[static_cast<std::size_t>(pick(4))];
    }

    OnAllUnhealthy on_all_unhealthy() {
        constexpr std::array kChoices{OnAllUnhealthy::fail_up, OnAllUnhealthy::serve_all,
                                      OnAllUnhealthy::use, OnAllUnhealthy::no_answer};
        return kChoices[static_cast<std::size_t>(pick(may_be_silent_ ? 4 : 3))];
    }

    Target leaf() {
        constexpr std::array kStates{State::obey, State::obey, State::obey,
                                     State::up,   State::down, State::drain};
        return make_.endpoint(1 + pick(kEndpoints), static_cast<std::uint32_t>(pick(4)),
                              kStates[static_cast<std::size_t>(pick(6))]);
    }

    Target target(int depth) {
        auto target = depth > 1 && pick(2) == 0
                          ? ForestMaker::child(grow(depth - 1), static_cast<std::uint32_t>(pick(4)))
                          : leaf();
        return in(pick(2) == 0 ? "EU" : "NA", std::move(target));
    }

    ForestMaker& make_;
    std::mt19937 random_;
    bool may_be_silent_;
};

struct Trial {
    ForestMaker make;
    NodeIndex root = 0;
    Client client = at("EU-DE-HE");

    Trial(unsigned seed, bool may_be_silent) {
        RandomTree tree(make, seed, may_be_silent);
        root = tree.grow(5);
        const int sickness = tree.pick(4);  // none, some, most or all are down
        for (int n = 1; n <= kEndpoints; ++n) {
            if (tree.pick(3) < sickness) make.down(n);
        }
    }

    bool serves(const Target& target) {
        const Endpoint& endpoint = make.forest.endpoint(target.index);
        if (endpoint.state != State::obey) return endpoint.state == State::up;
        return make.health().serves(endpoint.v4.front().subject);
    }
};

TEST_CASE("no unhealthy endpoint is answered while a healthy candidate exists at its node",
          "[policy][property]") {
    const auto seed = GENERATE(range(0U, 1000U));
    Trial trial(seed, true);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        Trace trace;
        (void)trial.make.decided(trial.root, draw, trial.client, Family::v4, &trace);
        for (const auto& step : trace.steps) {
            for (const auto& target : step.targets) {
                if (target.fate != Fate::picked || target.target->kind != Target::Kind::endpoint)
                    continue;
                CAPTURE(seed, draw, target.target->label);
                CHECK((trial.serves(*target.target) || step.healthy == 0));
            }
        }
    }
}

TEST_CASE("health alone never makes a name answer nothing", "[policy][property]") {
    const auto seed = GENERATE(range(0U, 1000U));
    Trial trial(seed, false);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        CAPTURE(seed, draw);
        CHECK_FALSE(trial.make.decided(trial.root, draw, trial.client).addresses.empty());
    }
}

TEST_CASE("a decision is a function: traced or not, the same inputs give the same answer",
          "[policy][property]") {
    const auto seed = GENERATE(range(0U, 300U));
    Trial trial(seed, true);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        Trace trace;
        const auto plain = trial.make.decided(trial.root, draw, trial.client);
        const auto traced = trial.make.decided(trial.root, draw, trial.client, Family::v4, &trace);
        CHECK(plain.addresses == traced.addresses);
        CHECK(plain.scope == traced.scope);
        CHECK(plain.ttl == 60);
    }
}

TEST_CASE("addresses in an answer are different and within the limit", "[policy][property]") {
    const auto seed = GENERATE(range(0U, 300U));
    Trial trial(seed, true);
    for (std::uint64_t draw = 0; draw < kSeeds; ++draw) {
        auto addresses = trial.make.decided(trial.root, draw, trial.client).addresses;
        std::sort(addresses.begin(), addresses.end());
        CHECK(std::adjacent_find(addresses.begin(), addresses.end()) == addresses.end());
        CHECK(addresses.size() <= kAnswersMax);
    }
}

TEST_CASE("the probabilities of a weighted node add up to one", "[policy][property]") {
    const auto seed = GENERATE(range(0U, 300U));
    Trial trial(seed, true);
    Trace trace;
    (void)trial.make.decided(trial.root, seed, trial.client, Family::v4, &trace);
    for (const auto& step : trace.steps) {
        if (step.node->policy != Policy::weighted) continue;
        if (step.manner == Manner::fallback || step.manner == Manner::no_answer) continue;
        double sum = 0;
        for (const auto& target : step.targets)
            sum += target.probability;
        CHECK(sum == Approx(1.0));
    }
}

}  // namespace
}  // namespace fairlead::policy
