// SPDX-License-Identifier: Apache-2.0

// The country database of the whole world, against the lists that it was built from.

#include <fstream>
#include <map>
#include <random>
#include <set>

#include "geo/areas.h"
#include "tests/geo/support.h"
#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

/// One line of a list: "first,last,code".
struct Range {
    IpAddress first;
    IpAddress last;
    std::string code;
};

IpAddress read_address(const std::string& text) {
    return text.find(':') == std::string::npos
               ? v4_address(static_cast<std::uint32_t>(std::stoul(text)))
               : address(text);
}

std::vector<Range> read_ranges(const char* file) {
    std::ifstream in(file);
    REQUIRE(in);
    std::vector<Range> ranges;
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with('#')) continue;
        const auto comma = line.find(',');
        const auto second = line.find(',', comma + 1);
        REQUIRE(second != std::string::npos);
        ranges.push_back({read_address(line.substr(0, comma)),
                          read_address(line.substr(comma + 1, second - comma - 1)),
                          line.substr(second + 1, 2)});
    }
    return ranges;
}

/// `client` with everything after the first `length` bits replaced by chance.
IpAddress random_neighbour(const IpAddress& client, std::uint8_t length, std::mt19937& random) {
    auto neighbour = client;
    for (int bit = length; bit < client.width(); ++bit) {
        if ((random() & 1U) != 0) neighbour = with_bit_flipped(neighbour, bit);
    }
    return neighbour;
}

/// How many of the `neighbours` that share the client's prefix are located elsewhere.
int strays(const Locator& locator, const IpAddress& client, int neighbours, std::mt19937& random) {
    const auto location = locator.locate(client);
    int found = 0;
    for (int i = 0; i < neighbours; ++i) {
        const auto neighbour = random_neighbour(client, location.prefix_length, random);
        found += locator.locate(neighbour) != location;
    }
    return found;
}

TEST_CASE("the world: every address in a returned prefix has the same location", "[geo][world]") {
    const auto locator = open({FAIRLEAD_COUNTRY_MMDB});
    std::mt19937 random(1);
    int known = 0;
    int wrong = 0;
    for (int i = 0; i < 4000; ++i) {
        const auto v4 = v4_address(static_cast<std::uint32_t>(random()));
        // 2000::/3 is where IPv6 is in use; the rest of the space is one large nothing.
        const auto v6 = random_neighbour(address("2000::"), 3, random);
        for (const auto& client : {v4, v6}) {
            known += !locator->locate(client).country.empty();
            wrong += strays(*locator, client, 30, random);
        }
    }
    CHECK(known > 2000);  // most of IPv4 is given out
    CHECK(wrong == 0);
}

TEST_CASE("the world: the prefixes of clients in use hold as well", "[geo][world]") {
    const auto* list = GENERATE(FAIRLEAD_GEOIP, FAIRLEAD_GEOIP6);
    const auto ranges = read_ranges(list);
    const auto locator = open({FAIRLEAD_COUNTRY_MMDB});
    std::mt19937 random(2);
    int wrong = 0;
    for (int i = 0; i < 3000; ++i) {
        const auto& range = ranges[random() % ranges.size()];
        wrong += strays(*locator, range.first, 30, random);
        wrong += strays(*locator, range.last, 30, random);
    }
    CHECK(wrong == 0);
}

TEST_CASE("the world: both ends of a listed range are in the listed country", "[geo][world]") {
    const auto* list = GENERATE(FAIRLEAD_GEOIP, FAIRLEAD_GEOIP6);
    const auto ranges = read_ranges(list);
    const auto locator = open({FAIRLEAD_COUNTRY_MMDB});
    std::vector<std::string> wrong;
    int compared = 0;
    for (std::size_t i = 0; i < ranges.size(); i += 7) {
        const auto& range = ranges[i];
        const auto expected = Area::parse(right_continent(range.code == "UK" ? "GB" : range.code));
        if (!expected || range.first == address("2002::")) continue;  // 6to4 is answered as IPv4
        for (const auto& end : {range.first, range.last}) {
            ++compared;
            if (!expected->contains(locator->locate(end)))
                wrong.push_back(end.to_string() + " " + range.code);
        }
    }
    CHECK(compared > 50'000);
    CAPTURE(wrong);
    CHECK(wrong.empty());
}

TEST_CASE("the world: the lists name known countries, but for a few old codes", "[geo][world]") {
    const auto* list = GENERATE(FAIRLEAD_GEOIP, FAIRLEAD_GEOIP6);
    std::map<std::string, int> unknown;
    for (const auto& range : read_ranges(list)) {
        const std::set<std::string> regions{"AN", "AP", "CS", "EU"};  // placed on a continent
        if (range.code == "??" || regions.contains(range.code)) continue;
        if (right_continent(range.code).empty()) ++unknown[range.code];
    }
    for (const auto& [code, ranges] : unknown) {
        CAPTURE(code);
        CHECK(ranges < 10);
    }
}

TEST_CASE("the world: a located country has its continent and coordinates", "[geo][world]") {
    const auto locator = open({FAIRLEAD_COUNTRY_MMDB});
    std::set<std::string> seen;
    for (const auto& range : read_ranges(FAIRLEAD_GEOIP)) {
        const auto location = locator->locate(range.first);
        if (location.country.empty() || !seen.insert(location.country.to_string()).second) continue;
        CAPTURE(location.country.to_string());
        CHECK(exists(Area{location.continent, location.country, {}}));
        CHECK(location.coordinates.has_value());
        CHECK(location.prefix_length > 0);
    }
    CHECK(seen.size() > 200);
}

}  // namespace
}  // namespace fairlead::geo
