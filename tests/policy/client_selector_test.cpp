// SPDX-License-Identifier: Apache-2.0
#include "policy/client_selector.h"

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

constexpr geo::Coordinates kFrankfurt{50.11, 8.68};
constexpr geo::Coordinates kAshburn{38.95, -77.45};
constexpr geo::Coordinates kTokyo{35.68, 139.69};

std::vector<int> places(const std::vector<Preference>& order) {
    std::vector<int> found;
    for (const auto& preference : order)
        found.push_back(preference.place);
    return found;
}

std::vector<int> nearest(std::vector<ClientSelector> selectors, const geo::Location& client) {
    return places(preferences(Ordering::distance, selectors, client, {}));
}

Target near_to(const geo::Coordinates& location, Target target, int bias = 0) {
    return for_clients(std::move(target), [&](ClientSelector& selector) {
        selector.location = location;
        selector.bias = static_cast<std::int8_t>(bias);
    });
}

Target of_subnets(std::initializer_list<const char*> texts, Target target) {
    return for_clients(std::move(target), [&](ClientSelector& selector) {
        for (const auto* text : texts)
            selector.subnets.push_back(*Prefix::parse(text));
    });
}

TEST_CASE("bias follows Route 53: +50 halves a distance, -50 doubles it",
          "[policy][geoproximity][route53]") {
    CHECK(biased(1000, 0) == Approx(1000));
    CHECK(biased(1000, 50) == Approx(500));
    CHECK(biased(1000, -50) == Approx(2000));
    CHECK(biased(1000, 99) == Approx(10));
    CHECK(biased(1000, -99) == Approx(100000));
}

TEST_CASE("the nearest target comes first, after bias", "[policy][geoproximity]") {
    const ClientSelector frankfurt{.areas = {}, .asns = {}, .subnets = {}, .location = kFrankfurt};
    ClientSelector ashburn{.areas = {}, .asns = {}, .subnets = {}, .location = kAshburn};
    const geo::Location london{.coordinates = geo::Coordinates{51.5, -0.1}};
    const geo::Location chicago{.coordinates = geo::Coordinates{41.9, -87.6}};
    CHECK(nearest({frankfurt, ashburn}, london) == std::vector{0, 1});
    CHECK(nearest({frankfurt, ashburn}, chicago) == std::vector{1, 0});
    ashburn.bias = 95;
    CHECK(nearest({frankfurt, ashburn}, london) == std::vector{1, 0});
}

TEST_CASE("a client without coordinates is in the middle of its country, or nowhere",
          "[policy][geoproximity]") {
    const ClientSelector frankfurt{.areas = {}, .asns = {}, .subnets = {}, .location = kFrankfurt};
    const ClientSelector tokyo{.areas = {}, .asns = {}, .subnets = {}, .location = kTokyo};
    CHECK(nearest({frankfurt, tokyo}, {.country = geo::AreaCode("JP")}) == std::vector{1, 0});
    CHECK(nearest({frankfurt, tokyo}, {.continent = geo::AreaCode("AS")}).empty());
}

TEST_CASE("geoproximity goes on to the next nearest, and without a place takes the list's order",
          "[policy][geoproximity]") {
    ForestMaker make;
    const auto root = make.node(Policy::geoproximity, {near_to(kTokyo, make.endpoint(1)),
                                                       near_to(kAshburn, make.endpoint(2)),
                                                       near_to(kFrankfurt, make.endpoint(3))});
    CHECK(make.answer(root, 1, at("EU-FR")) == Octets{3});
    CHECK(make.answer(root, 1, at("NA-US")) == Octets{2});
    CHECK(make.answer(root, 1, at("AS-JP")) == Octets{1});
    make.down(3);
    CHECK(make.answer(root, 1, at("EU-FR")) == Octets{2});
    CHECK(make.answer(root, 1, IpAddress::parse("203.0.113.9")) == Octets{1});
    make.down(1);
    CHECK(make.answer(root, 1, IpAddress::parse("203.0.113.9")) == Octets{2});
    CHECK(make.answer(root, 1, {}) == Octets{2});
}

TEST_CASE("the longest matching subnet wins, the next longer takes over, then the default",
          "[policy][subnet]") {
    ForestMaker make;
    auto node =
        make.shape(Policy::subnet, {of_subnets({"10.0.0.0/8"}, make.endpoint(1)),
                                    of_subnets({"10.1.2.0/24", "192.0.2.0/24"}, make.endpoint(2)),
                                    of_subnets({"10.1.0.0/16"}, make.endpoint(3))});
    node.default_target = make.endpoint(9);
    const auto root = make.add(node);
    const auto ask = [&](const char* client) {
        return make.decided(root, 1, IpAddress::parse(client));
    };
    CHECK(make.answer(root, 1, IpAddress::parse("10.1.2.3")) == Octets{2});
    CHECK(make.answer(root, 1, IpAddress::parse("10.1.3.3")) == Octets{3});
    CHECK(make.answer(root, 1, IpAddress::parse("10.2.3.3")) == Octets{1});
    CHECK(make.answer(root, 1, IpAddress::parse("192.0.2.9")) == Octets{2});
    CHECK(make.answer(root, 1, IpAddress::parse("198.51.100.9")) == Octets{9});
    CHECK(make.answer(root, 1, {}) == Octets{9});
    CHECK(int{ask("10.1.2.3").scope} == 24);
    CHECK(int{ask("10.1.3.3").scope} == 24);
    CHECK(int{ask("10.1.4.3").scope} == 22);
    CHECK(int{ask("10.2.3.3").scope} == 15);
    for (const int n : {2, 3, 1}) {
        CHECK(make.answer(root, 1, IpAddress::parse("10.1.2.3")) == Octets{n});
        make.down(n);
    }
    CHECK(make.answer(root, 1, IpAddress::parse("10.1.2.3")) == Octets{9});
}

TEST_CASE("in geolocation a subnet goes before everything else", "[policy][geolocation][subnet]") {
    ForestMaker make;
    const auto germany = for_clients(in("EU-DE", make.endpoint(1)), [](ClientSelector& selector) {
        selector.asns.push_back(64500);
    });
    auto node =
        make.shape(Policy::geolocation, {germany, of_subnets({"1.2.3.0/24"}, make.endpoint(2))});
    node.default_target = make.endpoint(9);
    const auto root = make.add(node);
    CHECK(make.answer(root, 1, IpAddress::parse("1.2.3.4")) == Octets{2});
    CHECK(make.answer(root, 1, IpAddress::parse("1.2.4.4")) == Octets{1});
    CHECK(int{make.decided(root, 1, IpAddress::parse("1.2.3.4")).scope} == 24);
    make.down(2);
    CHECK(make.answer(root, 1, IpAddress::parse("1.2.3.4")) == Octets{1});
}

}  // namespace
}  // namespace fairlead::policy
