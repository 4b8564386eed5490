// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

Target of_asn(std::uint32_t asn, Target target) {
    return for_clients(std::move(target),
                       [&](ClientSelector& selector) { selector.asns.push_back(asn); });
}

Target of_european_union(Target target) {
    return for_clients(std::move(target),
                       [](ClientSelector& selector) { selector.european_union = true; });
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
    CHECK(make.answer(root, 1, at("EU-DE-BY", 64500)) == Octets{1});
    CHECK(make.answer(root, 1, at("EU-DE-BY", 64501)) == Octets{2});
    CHECK(make.answer(root, 1, at("EU-DE-HE")) == Octets{3});
    CHECK(make.answer(root, 1, at("EU-FR")) == Octets{4});
    CHECK(make.answer(root, 1, at("EU-NO")) == Octets{5});
    CHECK(make.answer(root, 1, at("NA-US")) == Octets{6});
    CHECK(make.answer(root, 1, {}) == Octets{6});
}

TEST_CASE("ill health climbs to the next wider match and at last to the default",
          "[policy][geolocation]") {
    ForestMaker make;
    const auto root = ladder(make);
    const auto client = at("EU-DE-BY", 64500);
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
    CHECK(make.answer(root, 1, at("EU-DE-HE")) == Octets{1});
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
    CHECK(make.answer(root, 1, at("EU-DE-HE")) == Octets{2});
    make.down(2);
    CHECK(make.answer(root, 1, at("EU-DE-HE")) == Octets{9});
}

TEST_CASE("a match without the asked family is passed over", "[policy][geolocation]") {
    ForestMaker make;
    auto node =
        make.shape(Policy::geolocation, {in("EU-DE", make.endpoint(1)), in("EU", make.dual(2))});
    node.default_target = make.dual(3);
    const auto root = make.add(node);
    CHECK(make.answer(root, 1, at("EU-DE-HE")) == Octets{1});
    CHECK(make.answer(root, 1, at("EU-DE-HE"), Family::v6) == Octets{2});
}

TEST_CASE("the scope is the largest block in which every node has the same targets",
          "[policy][geolocation][scope]") {
    ForestMaker make;
    auto germany = make.shape(Policy::geolocation, {in("EU-DE", make.endpoint(1))});
    germany.default_target = make.endpoint(2);
    const auto outer = make.node(Policy::failover, {ForestMaker::child(make.add(germany))});
    auto europe = make.shape(Policy::geolocation, {in("EU", ForestMaker::child(outer))});
    europe.default_target = make.endpoint(3);
    const auto root = make.add(europe);
    const auto scope = [&](const char* client) {
        return int{make.decided(root, 1, IpAddress::parse(client)).scope};
    };
    // 1-3 are Germany, 4-5 other Europe, the rest is not Europe: by hand, bit by bit.
    CHECK(scope("1.2.3.4") == 8);  // 1.0.0.0/8, because 0.0.0.0/8 is nowhere
    CHECK(scope("2.2.3.4") == 7);  // 2.0.0.0/7
    CHECK(scope("3.2.3.4") == 7);
    CHECK(scope("4.2.3.4") == 7);  // 4.0.0.0/7; 6.0.0.0 is the USA
    CHECK(scope("6.2.3.4") == 7);  // 6.0.0.0/7, USA and Japan: both the default
    CHECK(scope("9.2.3.4") == 5);  // 8.0.0.0/5: nowhere is the default too
    CHECK(scope("200.2.3.4") == 1);
    CHECK(scope("2001:db8::1") ==
          1);  // all of IPv6 is nowhere: true at /0, but 0 would be cacheable
}

TEST_CASE("a nested geolocation node is as healthy as its choice for this client",
          "[policy][geolocation]") {
    ForestMaker make;
    auto inner =
        make.shape(Policy::geolocation, {in("EU", make.endpoint(1)), in("NA", make.endpoint(2))});
    const auto root =
        make.node(Policy::failover, {ForestMaker::child(make.add(inner)), make.endpoint(3)});
    make.down(1);
    CHECK(make.answer(root, 1, at("EU-DE-HE")) == Octets{3});
    CHECK(make.answer(root, 1, at("NA-US")) == Octets{2});
    CHECK(make.answer(root, 1, at("AS-JP")) == Octets{3});
}

}  // namespace
}  // namespace fairlead::policy
