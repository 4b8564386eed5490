// SPDX-License-Identifier: Apache-2.0
#pragma once

// Random policy trees for the properties that must hold for every tree: all policies, states,
// selectors and ways to fail, over endpoints 1..12 of one family or both.
//
//     ForestMaker make;
//     RandomTree tree(make, seed);
//     const auto root = tree.grow(5);

#include <array>
#include <random>
#include <string_view>
#include <vector>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {

inline constexpr int kRandomEndpoints = 12;
inline constexpr geo::RegionIndex kRandomRegions = 3;

enum class Chance : std::uint8_t {
    drawn,   // no affinity
    hashed,  // affinity in place of every draw, and one answer
    both,
};

struct RandomTreeOptions {
    bool may_be_silent = false;  // no_answer, strict, no default: some clients may get nothing
    Chance chance = Chance::both;
    bool min_healthy = true;  // false: one healthy target is enough everywhere
    bool states = true;       // false: every endpoint is as its check says
    std::vector<Prefix> subnets{*Prefix::parse("1.0.0.0/9"), *Prefix::parse("1.2.3.0/24"),
                                *Prefix::parse("2.0.0.0/7")};  // of the clients' blocks in at()
};

class RandomTree {
  public:
    RandomTree(ForestMaker& make, unsigned seed, RandomTreeOptions options = {})
        : make_(make), random_(seed), options_(std::move(options)) {}

    /// A node that is up to `depth` nodes deep, its fallbacks aside.
    NodeIndex grow(int depth) {
        auto node = make_.shape(policy(), {});
        for (int count = 1 + pick(4); count > 0; --count)
            node.targets.push_back(target(node.policy, depth));
        set_choice(node);
        set_failure(node);
        set_client_policy(node);
        return make_.add(std::move(node));
    }

    int pick(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
    bool one_in(int bound) { return pick(bound) == 0; }

    State state() {
        constexpr std::array kStates{State::obey, State::obey, State::obey,
                                     State::up,   State::down, State::drain};
        return options_.states ? kStates.at(static_cast<std::size_t>(pick(6))) : State::obey;
    }

  private:
    Policy policy() {
        constexpr std::array kChoice{
            Policy::failover,    Policy::failover, Policy::weighted, Policy::weighted,
            Policy::geolocation, Policy::subnet,   Policy::latency,  Policy::geoproximity,
            Policy::multivalue,  // draws in any case
        };
        return kChoice.at(
            static_cast<std::size_t>(pick(options_.chance == Chance::hashed ? 8 : 9)));
    }

    void set_choice(Node& node) {
        const bool hashed = options_.chance == Chance::hashed;
        if (!hashed) node.max_answers = static_cast<std::uint16_t>(1 + pick(3));
        const bool sticky = hashed || (options_.chance == Chance::both && one_in(4));
        if (sticky && node.policy == Policy::weighted) node.affinity = Affinity{};
        if (node.policy != Policy::failover) return;
        constexpr std::array kModes{Failback::Mode::automatic, Failback::Mode::manual};
        node.failback.mode = kModes.at(static_cast<std::size_t>(pick(2)));
    }

    void set_failure(Node& node) {
        if (options_.min_healthy) {
            node.min_healthy = {.count = static_cast<std::uint16_t>(1 + pick(2)),
                                .percent = static_cast<std::uint8_t>(pick(2) * 50)};
        }
        constexpr std::array kChoices{OnAllUnhealthy::fail_up, OnAllUnhealthy::serve_all,
                                      OnAllUnhealthy::use, OnAllUnhealthy::no_answer};
        node.on_all_unhealthy =
            kChoices.at(static_cast<std::size_t>(pick(options_.may_be_silent ? 4 : 3)));
        if (node.on_all_unhealthy == OnAllUnhealthy::use)
            node.fallback = make_.node(Policy::failover, {leaf(), leaf()});
    }

    void set_client_policy(Node& node) {
        if (!asks_for_client(node.policy)) return;
        if (!options_.may_be_silent || !one_in(4)) node.default_target = any_leaf();
        const bool by_place = node.policy == Policy::geolocation || node.policy == Policy::subnet;
        node.strict = by_place && options_.may_be_silent && one_in(4);
    }

    Target target(Policy parent, int depth) {
        auto target = depth > 1 && one_in(2)
                          ? ForestMaker::child(grow(depth - 1), static_cast<std::uint32_t>(pick(4)))
                          : leaf();
        if (!asks_for_client(parent)) return target;
        return for_clients(std::move(target),
                           [&](ClientSelector& selector) { select_clients(parent, selector); });
    }

    void select_clients(Policy policy, ClientSelector& selector) {
        constexpr std::array kAreas{"EU", "NA", "EU-DE", "EU-FR", "EU-DE-BY"};
        if (policy == Policy::geolocation) {
            selector.areas.push_back(area(kAreas.at(static_cast<std::size_t>(pick(5)))));
            if (one_in(4)) selector.asns.push_back(64500);
            selector.european_union = one_in(6);
        }
        if (policy == Policy::subnet || (policy == Policy::geolocation && one_in(4))) {
            selector.subnets.push_back(options_.subnets.at(
                static_cast<std::size_t>(pick(static_cast<int>(options_.subnets.size())))));
        }
        if (policy == Policy::latency)
            selector.region = static_cast<geo::RegionIndex>(pick(kRandomRegions));
        if (policy == Policy::geoproximity || (policy == Policy::latency && one_in(2))) {
            selector.location =
                geo::Coordinates{.latitude = pick(120) - 60.0, .longitude = pick(360) - 180.0};
        }
        if (policy == Policy::geoproximity)
            selector.bias = static_cast<std::int8_t>(pick(199) - 99);
    }

    Target leaf() {
        const int n = 1 + pick(kRandomEndpoints);
        const auto weight = static_cast<std::uint32_t>(pick(4));
        return one_in(3) ? make_.dual(n, weight, state()) : make_.endpoint(n, weight, state());
    }

    /// Of both families, so that a default is one for everybody.
    Target any_leaf() { return make_.dual(1 + pick(kRandomEndpoints), 1, state()); }

    ForestMaker& make_;
    std::mt19937 random_;
    const RandomTreeOptions options_;
};

}  // namespace fairlead::policy
