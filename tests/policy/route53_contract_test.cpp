// SPDX-License-Identifier: Apache-2.0

// Route 53's contract, row by row: who moves a zone from there gets the same answers. Each row is a
// sentence of it, a tree, what is unhealthy, and every endpoint that some draw answers.
//
// Source: Amazon Route 53 Developer Guide, "How Amazon Route 53 chooses records when health
// checking is configured" and "Choosing a routing policy". What a check looks at (statuses 200-399,
// the first 5,120 bytes) is in tests/checks/http_probe_test.cpp.

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

// The trees: endpoints are numbered, and checked unless a name says otherwise.

NodeIndex pair(ForestMaker& make) {
    return make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
}

NodeIndex pair_with_unchecked_secondary(ForestMaker& make) {
    return make.node(Policy::failover, {make.endpoint(1), make.unchecked(2)});
}

NodeIndex pair_with_unchecked_primary(ForestMaker& make) {
    return make.node(Policy::failover, {make.unchecked(1), make.endpoint(2)});
}

/// Two with weight, two of weight 0.
NodeIndex weights(ForestMaker& make) {
    return make.node(Policy::weighted, {make.endpoint(1, 3), make.endpoint(2, 1),
                                        make.endpoint(3, 0), make.endpoint(4, 0)});
}

NodeIndex weights_with_unchecked_standby(ForestMaker& make) {
    return make.node(Policy::weighted, {make.endpoint(1, 1), make.unchecked(2, 0)});
}

NodeIndex weights_of_0(ForestMaker& make) {
    return make.node(Policy::weighted, {make.endpoint(1, 0), make.endpoint(2, 0)});
}

NodeIndex ten_values(ForestMaker& make) {
    std::vector<Target> targets;
    for (int n = 1; n <= 10; ++n)
        targets.push_back(make.endpoint(n));
    return make.node(Policy::multivalue, targets);
}

/// Bavaria 1, Germany 2, Europe 3.
Node places(ForestMaker& make) {
    return make.shape(Policy::geolocation,
                      {in("EU-DE-BY", make.endpoint(1)), in("EU-DE", make.endpoint(2)),
                       in("EU", make.endpoint(3))});
}

NodeIndex places_and_default(ForestMaker& make) {
    auto node = places(make);
    node.default_target = make.endpoint(4);
    node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    return make.add(node);
}

NodeIndex places_without_default(ForestMaker& make) {
    auto node = places(make);
    node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    return make.add(node);
}

/// A failover of weighted 1 and 2, then 3.
NodeIndex active_active_passive(ForestMaker& make) {
    const auto active = make.node(Policy::weighted, {make.endpoint(1, 70), make.endpoint(2, 30)});
    return make.node(Policy::failover, {ForestMaker::child(active), make.endpoint(3)});
}

/// Weights over the failover pairs 1, 2 and 3, 4.
NodeIndex weighted_pairs(ForestMaker& make) {
    const auto one = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
    const auto other = make.node(Policy::failover, {make.endpoint(3), make.endpoint(4)});
    return make.node(Policy::weighted,
                     {ForestMaker::child(one, 70), ForestMaker::child(other, 30)});
}

/// Germany has the pair 1, 2; Europe the pair 3, 4; all others 5.
NodeIndex pairs_by_place(ForestMaker& make) {
    const auto german = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
    const auto european = make.node(Policy::failover, {make.endpoint(3), make.endpoint(4)});
    auto node = make.shape(Policy::geolocation, {in("EU-DE", ForestMaker::child(german)),
                                                 in("EU", ForestMaker::child(european))});
    node.default_target = make.endpoint(5);
    return make.add(node);
}

/// Three levels: a failover of (a weighted of the pair 1, 2), then 3.
NodeIndex three_levels(ForestMaker& make) {
    const auto pair = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
    const auto middle = make.node(Policy::weighted, {ForestMaker::child(pair)});
    return make.node(Policy::failover, {ForestMaker::child(middle), make.endpoint(3)});
}

struct Row {
    const char* sentence;
    NodeIndex (*tree)(ForestMaker&);
    const char* client;  // the code of a test place; "" = nobody knows where
    Octets down;
    std::set<int> answers;  // of all draws together
    std::size_t size = 1;   // of each answer
};

const Octets kAllTen{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
const std::set<int> kSomeOfTen(kAllTen.begin(), kAllTen.end());

// clang-format off
const std::vector<Row> kContract{
    {"no check = healthy: the primary",                 pair_with_unchecked_primary,   "", {2},    {1}},
    {"no check = healthy: a standby",                   weights_with_unchecked_standby, "", {1},   {2}},
    {"no verdict yet = healthy",                        pair,                          "", {},     {1}},

    {"failover pair: primary healthy",                  pair,                          "", {2},    {1}},
    {"failover pair: primary unhealthy",                pair,                          "", {1},    {2}},
    {"failover pair: both unhealthy -> primary",        pair,                          "", {1, 2}, {1}},
    {"failover pair: a secondary without a check serves whenever the primary is unhealthy",
                                                        pair_with_unchecked_secondary, "", {1},    {2}},

    {"weight 0 is not chosen beside weights",           weights,                       "", {},           {1, 2}},
    {"weight 0 is not chosen while one weight is healthy", weights,                    "", {1},          {2}},
    {"weight 0 is chosen when every weight is unhealthy",  weights,                    "", {1, 2},       {3, 4}},
    {"weight 0 that is unhealthy is not chosen",        weights,                       "", {1, 2, 3},    {4}},
    {"all unhealthy = all healthy: the weights again",  weights,                       "", {1, 2, 3, 4}, {1, 2}},
    {"all weights 0 = equal shares",                    weights_of_0,                  "", {},           {1, 2}},

    {"multivalue: up to eight",                         ten_values,                    "", {},         kSomeOfTen, 8},
    {"multivalue: the healthy ones",                    ten_values,                    "", {1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}, 5},
    {"multivalue: all unhealthy -> up to eight of them", ten_values,                   "", kAllTen,    kSomeOfTen, 8},

    {"geolocation: the narrowest match",                places_and_default, "EU-DE-BY", {},           {1}},
    {"geolocation climbs: subdivision -> country",      places_and_default, "EU-DE-BY", {1},          {2}},
    {"geolocation climbs: country -> continent",        places_and_default, "EU-DE-BY", {1, 2},       {3}},
    {"geolocation climbs: continent -> default",        places_and_default, "EU-DE-BY", {1, 2, 3},    {4}},
    {"geolocation: all unhealthy = all healthy",        places_and_default, "EU-DE-BY", {1, 2, 3, 4}, {1}},
    {"geolocation: no match -> default",                places_and_default, "NA-US",    {},           {4}},
    {"geolocation: nobody knows where -> default",      places_and_default, "",         {},           {4}},
    {"geolocation: a narrower place of others is no match", places_and_default, "EU-DE-HE", {},       {2}},
    {"geolocation: no default -> no answer",            places_without_default, "NA-US", {},          {}, 0},
    {"geolocation: no default, all unhealthy = all healthy", places_without_default, "EU-FR", {1, 2, 3}, {3}},

    {"a branch with something healthy stays",           active_active_passive, "", {1},       {2}},
    {"a branch whose subtree is unhealthy is removed",  active_active_passive, "", {1, 2},    {3}},
    {"all branches unhealthy = all healthy",            active_active_passive, "", {1, 2, 3}, {1, 2}},
    {"... and its parent chooses again: by weight",     weighted_pairs,        "", {1, 2},    {3}},
    {"... after the branch has chosen for itself",      weighted_pairs,        "", {1},       {2, 3}},
    {"... and its parent chooses again: by place",      pairs_by_place, "EU-DE-BY", {1, 2},       {3}},
    {"... place by place",                              pairs_by_place, "EU-DE-BY", {1, 2, 3, 4}, {5}},
    {"... through every level",                         three_levels,          "", {1, 2},    {3}},
};
// clang-format on

TEST_CASE("Route 53's contract", "[policy][route53]") {
    for (const auto& row : kContract) {
        DYNAMIC_SECTION(row.sentence) {
            ForestMaker make;
            const auto root = row.tree(make);
            for (const int n : row.down)
                make.down(n);
            const Client client = *row.client == '\0' ? Client() : at(row.client);
            CHECK(make.answers(root, client) == row.answers);
            CHECK(make.answer(root, 1, client).size() == row.size);
        }
    }
}

}  // namespace
}  // namespace fairlead::policy
