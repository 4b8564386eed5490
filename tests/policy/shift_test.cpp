// SPDX-License-Identifier: Apache-2.0
#include "policy/shift.h"

#include <random>

#include "policy/plan.h"
#include "tests/policy/forest_maker.h"
#include "tests/support/dns_name.h"

namespace fairlead::policy {
namespace {

Answered octet(int number) {
    return ForestMaker::address(number);
}

Shares parts(const std::map<int, double>& by_octet) {
    Shares shares;
    double all = 0;
    for (const auto& [number, part] : by_octet) {
        shares.parts[ForestMaker::address(number)] = part;
        all += part;
    }
    shares.unanswered = 1 - all;
    return shares;
}

double flow(const Shift& shift, const Answered& from, const Answered& to) {
    const auto found = shift.flows.find({from, to});
    return found == shift.flows.end() ? 0 : found->second;
}

TEST_CASE("what one loses another wins, and no answer is a place like any other",
          "[policy][shift]") {
    Shift shift;
    shift.add(2, parts({{1, 0.7}, {2, 0.3}}), parts({{1, 0.5}, {3, 0.4}}));
    CHECK(shift.clients == Approx(2));
    // 1 loses 0.2, 2 loses 0.3; 3 wins 0.4, nobody wins 0.1.
    CHECK(shift.moved == Approx(2 * 0.5));
    CHECK(shift.share() == Approx(0.5));
    CHECK(flow(shift, octet(1), octet(3)) == Approx(2 * 0.2 * 0.8));
    CHECK(flow(shift, octet(2), std::nullopt) == Approx(2 * 0.3 * 0.2));
    shift.add(8, parts({{1, 1}}), parts({{1, 1}}));
    CHECK(shift.share() == Approx(0.1));
}

TEST_CASE("flows add up to what moves, and nothing moves between equals", "[policy][shift]") {
    std::mt19937 random(3);
    const auto some = [&] {
        std::map<int, double> drawn;
        double left = 1;
        for (int i = 1; i <= 4; ++i) {
            const double part = left * static_cast<double>(random() % 5) / 4;
            drawn[i] = part;
            left -= part;
        }
        return parts(drawn);
    };
    for (int round = 0; round < 1000; ++round) {
        Shift shift;
        const auto before = some();
        const auto after = some();
        shift.add(3, before, after);
        double sum = 0;
        for (const auto& [way, weight] : shift.flows) {
            CHECK(way.first != way.second);
            sum += weight;
        }
        CHECK(sum == Approx(shift.moved).margin(1e-9));
        CHECK(shift.moved <= Approx(3));
        Shift none;
        none.add(3, before, before);
        CHECK(none.flows.empty());
    }
}

/// Everybody to 1, but for those of the places named, who go to 2.
NodeIndex apart(ForestMaker& make, std::initializer_list<const char*> places) {
    auto root = make.shape(Policy::geolocation, {});
    for (const char* place : places)
        root.targets.push_back(in(place, make.endpoint(2)));
    root.default_target = make.endpoint(1);
    return make.add(root);
}

TEST_CASE("of the world those move whose place is decided otherwise", "[policy][shift]") {
    ForestMaker before;
    ForestMaker after;
    const auto old = apart(before, {"EU"});
    const auto now = apart(after, {"EU-DE", "NA"});
    const geo::Locator locator(test_geography());
    // Of seven places five are in Europe, three of them in Germany; one is in America.
    const auto shift = shift_of_world({before.forest, before.health(), old, Family::v4},
                                      {after.forest, after.health(), now, Family::v4}, locator);
    CHECK(shift.share() == Approx(3.0 / 7));
    CHECK(flow(shift, octet(2), octet(1)) / shift.clients == Approx(2.0 / 7));
    CHECK(flow(shift, octet(1), octet(2)) / shift.clients == Approx(1.0 / 7));

    const auto clients =
        shift_of_clients({before.forest, before.health(), old, Family::v4},
                         {after.forest, after.health(), now, Family::v4}, locator,
                         {{*Prefix::parse("1.2.3.0/24"), 1}, {*Prefix::parse("6.0.0.0/8"), 3}});
    CHECK(clients.share() == Approx(0.75));
}

// ---- plans ----

struct Site {
    const char* name;
    std::vector<int> weights;  // of the endpoints 1, 2, ...; kAlias: it is one
};
constexpr int kAlias = 100;

Catalog catalog_of(const std::vector<Site>& sites, const char* text = "\"a\"") {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 7);
    builder.add_static(zone, name("text.example.com."), {"TXT", 60, text, true});
    for (const auto& site : sites) {
        Node node{.label = site.name, .policy = Policy::weighted};
        for (std::size_t i = 0; i < site.weights.size(); ++i) {
            const auto address = ForestMaker::address(static_cast<int>(i) + 1);
            Endpoint endpoint{.name = address.to_string()};
            if (site.weights[i] == kAlias) {
                endpoint.alias = builder.alias("lb.example.net", {});
            } else {
                endpoint.v4.push_back({address, checks::kUnchecked});
            }
            node.targets.push_back({.kind = Target::Kind::endpoint,
                                    .index = builder.forest.add(std::move(endpoint)),
                                    .weight = static_cast<std::uint16_t>(site.weights[i]),
                                    .label = address.to_string()});
        }
        const auto root = *builder.forest.add(std::move(node));
        builder.add_steering(zone, name(site.name), {.root = root, .ttl = 60});
    }
    return std::move(builder).build({});
}

TEST_CASE("a plan has every name that changes, and the traffic that moves, the most first",
          "[policy][plan]") {
    const auto before = catalog_of({{"a.example.com.", {1, 1}},
                                    {"b.example.com.", {1, 1}},
                                    {"c.example.com.", {1}},
                                    {"same.example.com.", {2, 1}}});
    const auto after = catalog_of({{"a.example.com.", {3, 1}},
                                   {"b.example.com.", {0, 1}},
                                   {"d.example.com.", {1}},
                                   {"same.example.com.", {2, 1}}},
                                  "\"b\"");
    const geo::Locator nowhere{geo::Partition{}};
    const auto found = plan(before, after, nowhere, {});
    REQUIRE(found.names.size() == 5);  // a, b and text change, c goes, d comes
    REQUIRE(found.shifts.size() == 2);
    CHECK(found.shifts[0].name->name == name("b.example.com."));
    CHECK(found.shifts[0].shift.share() == Approx(0.5));
    CHECK(found.shifts[1].name->name == name("a.example.com."));
    CHECK(found.shifts[1].shift.share() == Approx(0.25));
    CHECK(found.unseen == 0);

    const auto hasty = plan(before, after, nowhere, {.names_max = 1});
    CHECK(hasty.shifts.size() == 1);
    CHECK(hasty.unseen == 1);
    CHECK(plan(before, before, nowhere, {.places_changed = true}).shifts.empty());
}

TEST_CASE("nobody looks at the traffic of a changed name with an alias", "[policy][plan]") {
    const auto before = catalog_of({{"a.example.com.", {1}}, {"b.example.com.", {kAlias}}});
    const auto after = catalog_of({{"a.example.com.", {kAlias}}, {"b.example.com.", {kAlias}}});
    const auto found = plan(before, after, geo::Locator{geo::Partition{}}, {});
    CHECK(found.names.size() == 1);
    CHECK(found.shifts.empty());
    CHECK(found.unseen == 1);
    CHECK(plan(before, before, geo::Locator{geo::Partition{}}, {.places_changed = true}).unseen ==
          0);
}

TEST_CASE("shares are written so that little is not nothing", "[policy][plan]") {
    CHECK(percent_text(0.341) == "34.1 %");
    CHECK(percent_text(1) == "100.0 %");
    CHECK(percent_text(0) == "0.0 %");
    CHECK(percent_text(0.0001) == "less than 0.1 %");
}

}  // namespace
}  // namespace fairlead::policy
