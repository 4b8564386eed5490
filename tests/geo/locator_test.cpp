// SPDX-License-Identifier: Apache-2.0
#include "geo/locator.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/geo/support.h"
#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

namespace fs = std::filesystem;

std::string place(const Location& location) {
    return Area{location.continent, location.country, location.subdivision}.to_string();
}

struct Expected {
    const char* client;
    const char* place;
    int prefix_length;
    bool european_union = false;
};

void check(const Locator& locator, const Expected& expected) {
    const auto location = locator.locate(address(expected.client));
    CAPTURE(expected.client);
    CHECK(place(location) == expected.place);
    CHECK(int{location.prefix_length} == expected.prefix_length);
    CHECK(location.european_union == expected.european_union);
}

TEST_CASE("a city database places clients of both families, in bits of their own family",
          "[geo][locator]") {
    const auto locator = open({FAIRLEAD_CITY_MMDB});
    check(*locator,
          GENERATE(Expected{"192.0.2.1", "EU-DE-BY", 26, true},
                   Expected{"192.0.2.63", "EU-DE-BY", 26, true},
                   Expected{"192.0.2.64", "EU-DE-BE", 26, true},
                   Expected{"192.0.2.130", "EU-FR-IDF", 26, true},
                   Expected{"192.0.2.200", "EU-CH-ZH", 27, false},
                   Expected{"192.0.2.225", "EU-GB-ENG", 28, false},
                   Expected{"192.0.2.241", "EU", 29, false}, Expected{"192.0.2.250", "", 29, false},
                   Expected{"198.51.100.1", "NA-US-CA", 25, false},
                   Expected{"198.51.100.129", "NA-US-NY", 26, false},
                   Expected{"203.0.113.1", "AS-JP-13", 26, false},
                   Expected{"203.0.113.193", "AF-NA-KH", 27, false},
                   Expected{"203.0.113.230", "AS-CN", 27, false},
                   Expected{"2001:db8:1::1", "EU-DE-BY", 48, true},
                   Expected{"2001:db8:2:ffff::1", "NA-US-CA", 48, false},
                   Expected{"2001:db8:4::1", "", 49, false},
                   Expected{"2001:db8:4:8000::1", "OC-AU-NSW", 49, false},
                   Expected{"2001:db8:5::1", "SA-BR-SP", 128, false},
                   Expected{"2001:db8:5::", "", 128, false}));
}

TEST_CASE("coordinates come with the place, and only as a pair", "[geo][locator]") {
    const auto locator = open({FAIRLEAD_CITY_MMDB});
    CHECK(locator->locate(address("192.0.2.1")).coordinates == Coordinates{48.14, 11.58});
    CHECK(locator->locate(address("203.0.113.65")).coordinates == Coordinates{-33.87, 151.21});
    CHECK_FALSE(locator->locate(address("192.0.2.241")).coordinates);
    CHECK_FALSE(locator->locate(address("192.0.2.250")).coordinates);
}

TEST_CASE("several files complete each other and the longest prefix holds", "[geo][locator]") {
    const auto locator = open({FAIRLEAD_CITY_MMDB, FAIRLEAD_ASN_MMDB});
    struct Case {
        const char* client;
        const char* place;
        std::uint32_t asn;
        int prefix_length;
    };
    const auto c = GENERATE(Case{"192.0.2.1", "EU-DE-BY", 64496, 26},      // city /26, ASN /25
                            Case{"203.0.113.1", "AS-JP-13", 64499, 28},    // city /26, ASN /28
                            Case{"203.0.113.17", "AS-JP-13", 0, 28},       // only there unknown
                            Case{"2001:db8:1::1", "EU-DE-BY", 64496, 56},  // city /48, ASN /56
                            Case{"2001:db8:1:ff00::1", "EU-DE-BY", 64500, 49},
                            Case{"2001:db8:8000::1", "", 4200000000, 33});
    CAPTURE(c.client);
    const auto location = locator->locate(address(c.client));
    CHECK(place(location) == c.place);
    CHECK(location.asn == c.asn);
    CHECK(int{location.prefix_length} == c.prefix_length);
}

TEST_CASE("the first file that knows a place wins, and a place is never mixed", "[geo][locator]") {
    const std::string city = FAIRLEAD_CITY_MMDB;
    const std::string other = FAIRLEAD_DISAGREEING_COUNTRY_MMDB;
    const auto city_first = open({city, other});
    const auto other_first = open({other, city});

    // The city database says California, the other one Canada: no "Canada, California".
    CHECK(place(city_first->locate(address("198.51.100.1"))) == "NA-US-CA");
    CHECK(place(other_first->locate(address("198.51.100.1"))) == "NA-CA");
    CHECK_FALSE(other_first->locate(address("198.51.100.1")).coordinates);
    CHECK(place(other_first->locate(address("198.51.100.193"))) == "NA-CA-QC");

    // Nor "Europe, Japan", where one knows the continent only.
    CHECK(place(other_first->locate(address("203.0.113.1"))) == "EU");

    // Where they agree, each adds what it knows.
    const auto munich = other_first->locate(address("192.0.2.1"));
    CHECK(place(munich) == "EU-DE-BY");
    CHECK(munich.european_union);
    CHECK(munich.coordinates.has_value());
    CHECK(place(other_first->locate(address("192.0.2.130"))) == "EU-FR-IDF");
    CHECK(place(city_first->locate(address("2001:db8:ffff::1"))) == "EU-DE");
}

TEST_CASE("a database with an IPv4 tree counts IPv4 bits and knows no IPv6 client",
          "[geo][locator]") {
    const auto locator = open({FAIRLEAD_IPV4_ONLY_MMDB});
    check(*locator,
          GENERATE(Expected{"192.0.2.1", "EU-DE", 24}, Expected{"198.51.100.127", "NA-US", 25},
                   Expected{"198.51.100.128", "", 25}, Expected{"2001:db8::1", "", 0},
                   Expected{"::192.0.2.1", "", 0}));
}

TEST_CASE("a network above the place of IPv4 in the tree gives a length of 0", "[geo][locator]") {
    const auto locator = open({FAIRLEAD_SHALLOW_MMDB});
    check(*locator, GENERATE(Expected{"192.0.2.1", "EU-DE", 0}, Expected{"0.0.0.0", "EU-DE", 0},
                             Expected{"::1", "EU-DE", 8}, Expected{"100::", "", 8}));
}

TEST_CASE("without a file every location is empty", "[geo][locator]") {
    const auto locator = open({});
    CHECK(locator->locate(address("192.0.2.1")) == Location{});
    CHECK(locator->locate(address("2001:db8::1")) == Location{});
}

TEST_CASE("every address in a returned prefix has the same location", "[geo][locator]") {
    const auto* city = FAIRLEAD_CITY_MMDB;
    const auto* asn = FAIRLEAD_ASN_MMDB;
    const auto* other = FAIRLEAD_DISAGREEING_COUNTRY_MMDB;
    const auto files = GENERATE_COPY(std::vector<fs::path>{city}, std::vector<fs::path>{asn, city},
                                     std::vector<fs::path>{other, city, asn},
                                     std::vector<fs::path>{FAIRLEAD_IPV4_ONLY_MMDB, asn},
                                     std::vector<fs::path>{FAIRLEAD_SHALLOW_MMDB, city});
    const auto locator = open(files);

    // Every address of the documentation prefixes and of their neighbourhood.
    std::vector<std::pair<IpAddress, Location>> all;
    for (const std::uint32_t base : {0xc0000100U, 0xc6336300U, 0xcb007000U}) {
        for (std::uint32_t offset = 0; offset < 3 * 256; ++offset) {
            const auto client = v4_address(base + offset);
            all.emplace_back(client, locator->locate(client));
        }
    }
    std::size_t compared = 0;
    std::vector<std::string> wrong;
    for (const auto& [client, location] : all) {
        const Prefix prefix{client.masked(location.prefix_length), location.prefix_length};
        for (const auto& [neighbour, found] : all) {
            if (!prefix.contains(neighbour)) continue;
            ++compared;
            if (found != location) wrong.push_back(client.to_string() + neighbour.to_string());
        }
    }
    CHECK(compared > 3 * 3 * 256);
    CHECK(wrong.empty());
}

TEST_CASE("an IPv6 prefix holds at its ends and beside every bit", "[geo][locator]") {
    const auto locator = open({FAIRLEAD_CITY_MMDB, FAIRLEAD_ASN_MMDB});
    const auto* text = GENERATE("2001:db8:1::1", "2001:db8:1:ff00::1",
                                "2001:db8:2::", "2001:db8::", "2001:db8:4:7fff::1", "2001:db8:5::1",
                                "2001:db8:5::2", "::", "::1", "ff02::1", "2001:db8:8000::");
    const auto client = address(text);
    const auto location = locator->locate(client);
    for (int bit = location.prefix_length; bit < 128; ++bit) {
        CAPTURE(text, bit);
        CHECK(locator->locate(with_bit_flipped(client, bit)) == location);
    }
}

TEST_CASE("many threads may ask at once", "[geo][locator]") {
    const auto locator = open({FAIRLEAD_CITY_MMDB, FAIRLEAD_ASN_MMDB});
    const auto client = address("192.0.2.1");
    const auto expected = locator->locate(client);
    std::vector<int> agreed(4);
    {
        std::vector<std::thread> threads;
        for (auto& count : agreed) {
            threads.emplace_back([&locator, &client, &expected, &count] {
                int same = 0;
                for (int i = 0; i < 1000; ++i)
                    same += locator->locate(client) == expected ? 1 : 0;
                count = same;
            });
        }
        for (auto& thread : threads)
            thread.join();
    }
    CHECK(agreed == std::vector<int>(4, 1000));
}

// ---- files that cannot be used ----

std::string error_of(const std::vector<fs::path>& files) {
    const auto locator = Locator::open(files);
    REQUIRE_FALSE(locator);
    return locator.error().message;
}

void check_error(const fs::path& file, const std::string& what) {
    const auto message = error_of({file});
    CAPTURE(message);
    CHECK(message.find(file.string()) != std::string::npos);
    CHECK(message.find(what) != std::string::npos);
    CHECK(message.find("; ") != std::string::npos);  // the remedy
    CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("a file that is not there or not a database is named, with a remedy", "[geo][locator]") {
    const TemporaryFolder folder;
    check_error(folder / "missing.mmdb", "no such file");
    check_error(folder / "", "is a directory");
    check_error(write(folder / "empty.mmdb", ""), "is empty");
    check_error(write(folder / "page.mmdb", "<html>Log in to download</html>"),
                "not a MaxMind DB file");
    check_error("/dev/null", "not a regular file");
}

TEST_CASE("a file that was cut short is said to be so", "[geo][locator]") {
    const TemporaryFolder folder;
    const auto whole = read(FAIRLEAD_CITY_MMDB);
    check_error(write(folder / "half.mmdb", whole.substr(0, whole.size() / 2)), "cut short");
}

TEST_CASE("a database of another kind is refused by its type", "[geo][locator]") {
    check_error(FAIRLEAD_ANONYMOUS_MMDB, "\"fairlead-Anonymous-IP\"");
}

TEST_CASE("what the system says about a file is passed on", "[geo][locator]") {
    const TemporaryFolder folder;
    fs::create_symlink("loop.mmdb", folder / "loop.mmdb");
    const auto message = error_of({folder / "loop.mmdb"});
    CAPTURE(message);
    CHECK(message.find("Too many levels of symbolic links") != std::string::npos);

    if (geteuid() == 0) return;  // root may read everything
    const auto closed = write(folder / "closed.mmdb", read(FAIRLEAD_CITY_MMDB));
    fs::permissions(closed, fs::perms::none);
    check_error(closed, "permission denied");
}

TEST_CASE("one bad file among good ones is the error", "[geo][locator]") {
    const fs::path bad = FAIRLEAD_ANONYMOUS_MMDB;
    CHECK(error_of({FAIRLEAD_CITY_MMDB, bad, FAIRLEAD_ASN_MMDB}).find(bad.string()) !=
          std::string::npos);
}

}  // namespace
}  // namespace fairlead::geo
