// SPDX-License-Identifier: Apache-2.0
#include "policy/client_map.h"

#include <random>

#include "tests/policy/forest_maker.h"

namespace fairlead::policy {
namespace {

const char* const kCodes[] = {"EU", "NA", "AS", "EU-DE", "EU-FR", "NA-US", "EU-DE-BY", "NA-US-CA"};

/// Blocks of whole /16 and /40, as the geography below has them, nested and apart.
const char* const kSubnets[] = {"192.64.0.0/10", "192.64.0.0/13", "192.66.0.0/16", "192.0.0.0/9",
                                "2001:db8:4000::/36"};

std::vector<Prefix> subnets_around(const IpAddress& client) {
    std::vector<Prefix> around;
    for (const auto* text : kSubnets) {
        const auto subnet = *Prefix::parse(text);
        if (subnet.contains(client)) around.push_back(subnet);
    }
    return around;
}

std::vector<ClientSelector> random_selectors(std::mt19937& random) {
    std::vector<ClientSelector> selectors(1 + random() % 5);
    for (auto& selector : selectors) {
        const auto area = *geo::Area::parse(kCodes[random() % std::size(kCodes)]);
        selector.areas.push_back({area, area.country.empty()       ? Specificity::continent
                                        : area.subdivision.empty() ? Specificity::country
                                                                   : Specificity::subdivision});
        if (random() % 4 == 0) selector.asns.push_back(64500);
        selector.european_union = random() % 6 == 0;
        if (random() % 3 == 0)
            selector.subnets.push_back(*Prefix::parse(kSubnets[random() % std::size(kSubnets)]));
    }
    return selectors;
}

/// The codes above, scattered in blocks of /16 over 192.0.0.0/8 and of /40 over 2001:db8::/32.
geo::Partition random_geography(std::mt19937& random) {
    geo::Partition geography;
    for (const auto* code : kCodes) {
        const auto area = *geo::Area::parse(code);
        for (const std::uint32_t asn : {0U, 64500U}) {
            geography.places.push_back({.continent = area.continent,
                                        .country = area.country,
                                        .subdivision = area.subdivision,
                                        .european_union = area.country == geo::AreaCode("DE"),
                                        .asn = asn});
        }
    }
    const auto v6_base = geo::key_of<geo::Uint128>(*IpAddress::parse("2001:db8::"));
    for (std::uint32_t block = 0; block < 256; ++block) {
        const auto place = static_cast<std::uint32_t>(random() % geography.places.size());
        geography.v4.append(192U << 24U | block << 16U, place);
        geography.v6.append(v6_base + (geo::Uint128{block} << 88U), place);
    }
    return geography;
}

using Order = std::vector<Preference>;

Order order_at(const ClientMap& map, const IpAddress& address) {
    const auto found = map.find(address).order;
    return {found.begin(), found.end()};
}

IpAddress v4_client(std::uint32_t block) {
    return IpAddress::v4({192, static_cast<std::uint8_t>(block), 9, 9});
}

IpAddress v6_client(std::uint32_t block) {
    auto bytes =
        std::array<std::uint8_t, 16>{0x20, 0x01, 0x0d, 0xb8, static_cast<std::uint8_t>(block), 7};
    return IpAddress::v6(bytes);
}

TEST_CASE("a map says of every address what the selectors say of its location",
          "[policy][client_map][property]") {
    std::mt19937 random(GENERATE(range(0U, 40U)));
    const auto selectors = random_selectors(random);
    const auto geography = random_geography(random);
    const ClientMap map(Ordering::specificity, selectors, geography);
    for (std::uint32_t block = 0; block < 256; ++block) {
        for (const auto& client : {v4_client(block), v6_client(block)}) {
            CHECK(order_at(map, client) == preferences(Ordering::specificity, selectors,
                                                       geography.locate(client),
                                                       subnets_around(client)));
        }
    }
}

TEST_CASE("a map's prefix is true, and the next shorter one is not",
          "[policy][client_map][property]") {
    std::mt19937 random(GENERATE(range(0U, 40U)));
    const auto selectors = random_selectors(random);
    const ClientMap map(Ordering::specificity, selectors, random_geography(random));
    const auto holds = [&](std::uint32_t block,
                           int length) {  // for 8 <= length <= 16, by every block
        const auto expected = order_at(map, v4_client(block));
        const std::uint32_t size = 1U << (16 - length);
        for (std::uint32_t other = block / size * size; other < block / size * size + size;
             ++other) {
            if (order_at(map, v4_client(other)) != expected) return false;
        }
        return true;
    };
    for (std::uint32_t block = 0; block < 256; ++block) {
        const int length = map.find(v4_client(block)).length;
        REQUIRE(length <= 16);
        CHECK(holds(block, std::max(length, 8)));
        if (length > 8) CHECK_FALSE(holds(block, length - 1));
    }
}

TEST_CASE("more specific targets come first, equals in the order of the configuration",
          "[policy][client_map]") {
    const auto selector = [](const char* code, Specificity specificity) {
        return ClientSelector{.areas = {{*geo::Area::parse(code), specificity}}, .asns = {}};
    };
    const std::vector<ClientSelector> selectors{
        selector("EU", Specificity::continent), selector("EU-DE", Specificity::country),
        selector("EU", Specificity::continent), selector("NA", Specificity::continent)};
    const auto area = *geo::Area::parse("EU-DE-BY");
    const geo::Location location{
        .continent = area.continent, .country = area.country, .subdivision = area.subdivision};
    CHECK(
        preferences(Ordering::specificity, selectors, location, {}) ==
        Order{{1, Specificity::country}, {0, Specificity::continent}, {2, Specificity::continent}});
    CHECK(preferences(Ordering::specificity, selectors, {}, {}).empty());
}

}  // namespace
}  // namespace fairlead::policy
