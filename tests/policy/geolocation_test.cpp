// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

Specificity specificity_of(const geo::Area& area) {
    if (!area.subdivision.empty()) return Specificity::subdivision;
    return area.country.empty() ? Specificity::continent : Specificity::country;
}

Target in(const char* code, Target target) {
    const auto area = geo::Area::parse(code);
    REQUIRE(area);
    target.geo.areas.push_back({*area, specificity_of(*area)});
    return target;
}

Target of_asn(std::uint32_t asn, Target target) {
    target.geo.asns.push_back(asn);
    return target;
}

Target of_european_union(Target target) {
    target.geo.european_union = true;
    return target;
}

Client at(const char* code, std::uint32_t asn = 0, bool european_union = false) {
    const auto area = geo::Area::parse(code);
    REQUIRE(area);
    return {.address = IpAddress::parse("203.0.113.9"),
            .location = {.continent = area->continent,
                         .country = area->country,
                         .subdivision = area->subdivision,
                         .european_union = european_union,
                         .asn = asn,
                         .coordinates = {},
                         .prefix_length = 24}};
}

/// One target on each step of the ladder, numbered from the narrowest.
NodeIndex ladder(ForestMaker& make) {
    auto node = make.shape(Policy::geolocation,
                           {in("EU", make.endpoint(5)), in("EU-DE", make.endpoint(3)),
                            of_european_union(make.endpoint(4)), of_asn(64500, make.endpoint(1)),
                            in("EU-DE-BY", make.endpoint(2))});
    node.default_target = make.endpoint(6);
    node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    return make.add(node);
}

TEST_CASE("the most specific match wins, whatever the order in the file", "[policy][geolocation]") {
    ForestMaker make;
    const auto root = ladder(make);
    CHECK(make.answer(root, 1, at("EU-DE-BY", 64500, true)) == Octets{1});
    CHECK(make.answer(root, 1, at("EU-DE-BY", 64501, true)) == Octets{2});
    CHECK(make.answer(root, 1, at("EU-DE-HE", 0, true)) == Octets{3});
    CHECK(make.answer(root, 1, at("EU-FR", 0, true)) == Octets{4});
    CHECK(make.answer(root, 1, at("EU-NO", 0, false)) == Octets{5});
    CHECK(make.answer(root, 1, at("NA-US")) == Octets{6});
    CHECK(make.answer(root, 1, {}) == Octets{6});
}

TEST_CASE("ill health climbs to the next wider match and at last to the default",
          "[policy][geolocation]") {
    ForestMaker make;
    const auto root = ladder(make);
    const auto client = at("EU-DE-BY", 64500, true);
    for (int n = 1; n <= 5; ++n) {
        CHECK(make.answer(root, 1, client) == Octets{n});
        make.down(n);
    }
    CHECK(make.answer(root, 1, client) == Octets{6});
    make.down(6);
    CHECK(make.answer(root, 1, client) == Octets{1});  // all unhealthy: the first choice again
}

TEST_CASE("without a default those who match nothing get no answer", "[policy][geolocation]") {
    ForestMaker make;
    const auto root = make.add(make.shape(Policy::geolocation, {in("EU", make.endpoint(1))}));
    CHECK(make.answer(root, 1, at("EU-DE")) == Octets{1});
    CHECK(make.answer(root, 1, at("NA-US")).empty());
    CHECK(make.answer(root, 1, {}).empty());
}

TEST_CASE("a branch of several endpoints fails over inside itself first", "[policy][geolocation]") {
    ForestMaker make;
    const auto europe = make.node(Policy::failover, {make.endpoint(1), make.endpoint(2)});
    auto node = make.shape(Policy::geolocation, {in("EU", ForestMaker::child(europe))});
    node.default_target = make.endpoint(9);
    const auto root = make.add(node);
    make.down(1);
    CHECK(make.answer(root, 1, at("EU-DE")) == Octets{2});
    make.down(2);
    CHECK(make.answer(root, 1, at("EU-DE")) == Octets{9});
}

TEST_CASE("a match without the asked family is passed over", "[policy][geolocation]") {
    ForestMaker make;
    auto node =
        make.shape(Policy::geolocation, {in("EU-DE", make.endpoint(1)), in("EU", make.dual(2))});
    node.default_target = make.dual(3);
    const auto root = make.add(node);
    CHECK(make.answer(root, 1, at("EU-DE")) == Octets{1});
    CHECK(make.answer(root, 1, at("EU-DE"), Family::v6) == Octets{2});
}

TEST_CASE("a nested geolocation node is as healthy as its choice for this client",
          "[policy][geolocation]") {
    ForestMaker make;
    auto inner =
        make.shape(Policy::geolocation, {in("EU", make.endpoint(1)), in("NA", make.endpoint(2))});
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(inner)), make.endpoint(3)});
    make.down(1);
    CHECK(make.answer(root, 1, at("EU-DE")) == Octets{3});
    CHECK(make.answer(root, 1, at("NA-US")) == Octets{2});
    CHECK(make.answer(root, 1, at("AS-JP")) == Octets{3});
}

}  // namespace
}  // namespace fairlead::policy
