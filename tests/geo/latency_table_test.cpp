// SPDX-License-Identifier: Apache-2.0
#include "geo/latency_table.h"

#include <random>

#include "geo/latency_csv.h"
#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

LatencyTable table_of(std::string_view csv) {
    auto reading = parse_latency_csv(csv);
    REQUIRE(reading.table);
    return *std::move(reading.table);
}

/// "23.4", or "" when nothing is known.
std::string at(const LatencyTable& table, std::string_view client, std::string_view region) {
    const auto number = table.find_region(region);
    const auto found = number ? table.find(*IpAddress::parse(client), *number) : std::nullopt;
    return found ? milliseconds_text(*found) : "";
}

TEST_CASE("milliseconds are written without superfluous digits", "[geo][latency]") {
    CHECK(milliseconds_text(Latency(23'400)) == "23.4");
    CHECK(milliseconds_text(Latency(80'000)) == "80");
    CHECK(milliseconds_text(Latency(1)) == "0.001");
    CHECK(milliseconds_text(Latency(12'050)) == "12.05");
}

TEST_CASE("a row of a small network does not hide another region's row of a large one",
          "[geo][latency]") {
    const auto table = table_of(
        "10.0.0.0/8,eu,20\n"
        "10.0.0.0/8,us,95\n"
        "10.1.0.0/16,us,80\n"
        "10.1.2.0/24,eu,25\n");
    CHECK(at(table, "10.1.2.3", "eu") == "25");
    CHECK(at(table, "10.1.2.3", "us") == "80");
    CHECK(at(table, "10.1.3.3", "eu") == "20");
    CHECK(at(table, "10.1.3.3", "us") == "80");
    CHECK(at(table, "10.2.0.1", "us") == "95");
    CHECK(at(table, "11.0.0.1", "us").empty());
    CHECK(at(table, "2001:db8::1", "us").empty());
}

TEST_CASE("an empty table knows nothing", "[geo][latency]") {
    const LatencyTable table;
    CHECK(table.row_count() == 0);
    CHECK_FALSE(table.find(*IpAddress::parse("192.0.2.1"), 0));
    CHECK_FALSE(table.find_region("eu"));
}

/// Networks of 192.0.2.0/24 and 2001:db8::/120, all lengths, with values for three regions.
struct RandomTable {
    std::vector<Measurement> rows;
    LatencyTable table;
};

RandomTable random_table(std::mt19937& random) {
    RandomTable made;
    for (int i = 0; i < 60; ++i) {
        const bool v4 = random() % 2 == 0;
        const auto length =
            static_cast<std::uint8_t>(v4 ? 22 + random() % 11 : 118 + random() % 11);
        std::string text = v4 ? "192.0.2." + std::to_string(random() % 256)
                              : "2001:db8::" + std::to_string(random() % 100);
        const auto network = *Prefix::parse(text + "/" + std::to_string(length));
        made.rows.push_back({network, static_cast<RegionIndex>(random() % 3),
                             Latency(static_cast<std::uint32_t>(1 + random() % 9) * 1000)});
    }
    const auto by_subject = [](const auto& a, const auto& b) { return a.subject() < b.subject(); };
    const auto same = [](const auto& a, const auto& b) { return a.subject() == b.subject(); };
    std::stable_sort(made.rows.begin(), made.rows.end(), by_subject);
    made.rows.erase(std::unique(made.rows.begin(), made.rows.end(), same), made.rows.end());
    made.table = LatencyTable({"a", "b", "c"}, made.rows);
    return made;
}

TEST_CASE("a lookup finds what a search through all rows finds", "[geo][latency][property]") {
    std::mt19937 random(GENERATE(range(0U, 40U)));
    const auto [rows, table] = random_table(random);
    const auto expected = [&rows = rows](const IpAddress& client, RegionIndex region) {
        const Measurement* best = nullptr;
        for (const auto& row : rows) {
            if (row.region != region || !row.network.contains(client)) continue;
            if (best == nullptr || row.network.length > best->network.length) best = &row;
        }
        return best == nullptr ? std::nullopt : std::optional(best->latency);
    };
    for (int host = 0; host < 256; ++host) {
        for (const auto& client : {*IpAddress::parse("192.0.2." + std::to_string(host)),
                                   *IpAddress::parse("192.0.3." + std::to_string(host)),
                                   *IpAddress::parse("2001:db8::" + std::to_string(host))}) {
            for (RegionIndex region = 0; region < 3; ++region)
                CHECK(table.find(client, region) == expected(client, region));
        }
    }
}

// Hysteresis.

std::string after(const std::vector<const char*>& measured, unsigned margin) {
    LatencyTable table;
    for (const auto* value : measured) {
        auto next = table_of("192.0.2.0/24,eu," + std::string(value) + "\n");
        table = std::move(next).steadied(table, margin);
    }
    return at(table, "192.0.2.1", "eu");
}

TEST_CASE("a value stays as long as the next is within the margin", "[geo][latency]") {
    CHECK(after({"50", "54"}, 10) == "50");
    CHECK(after({"50", "55"}, 10) == "50");
    CHECK(after({"50", "55.001"}, 10) == "55.001");
    CHECK(after({"50", "45"}, 10) == "50");
    CHECK(after({"50", "44.999"}, 10) == "44.999");
    CHECK(after({"50", "50.001"}, 0) == "50.001");
    CHECK(after({"50", "100"}, 100) == "50");
}

TEST_CASE("slow drift is followed once it exceeds the margin of the value in use",
          "[geo][latency]") {
    CHECK(after({"50", "52", "54"}, 10) == "50");
    CHECK(after({"50", "52", "54", "56"}, 10) == "56");
    CHECK(after({"50", "52", "54", "56", "52"}, 10) == "56");
}

TEST_CASE("near ties do not flap when everything is measured anew, real changes show",
          "[geo][latency]") {
    auto used = table_of("192.0.2.0/24,eu,50\n192.0.2.0/24,us,51\n");
    for (const auto* measured :
         {"192.0.2.0/24,us,49\n192.0.2.0/24,eu,52\n", "192.0.2.0/24,eu,48\n192.0.2.0/24,us,47\n"}) {
        used = table_of(measured).steadied(used, 10);
        CHECK(at(used, "192.0.2.1", "eu") == "50");
        CHECK(at(used, "192.0.2.1", "us") == "51");
    }
    used = table_of("192.0.2.0/24,eu,52\n192.0.2.0/24,us,30\n").steadied(used, 10);
    CHECK(at(used, "192.0.2.1", "eu") == "50");
    CHECK(at(used, "192.0.2.1", "us") == "30");
}

TEST_CASE("rows that come and go have no past", "[geo][latency]") {
    const auto used =
        table_of("10.0.0.0/8,eu,50\n10.1.0.0/16,us,50\n192.0.2.0/24,eu,50\n2001:db8::/32,eu,50\n");
    const auto next = table_of(
                          "2001:db8::/32,eu,51\n"
                          "10.1.0.0/16,eu,51\n"   // the same region, another network
                          "10.1.0.0/16,new,51\n"  // the same network, another region
                          "198.51.100.0/24,eu,51\n"
                          "192.0.2.0/24,eu,51\n")
                          .steadied(used, 10);
    CHECK(at(next, "2001:db8::1", "eu") == "50");
    CHECK(at(next, "10.1.0.1", "eu") == "51");
    CHECK(at(next, "10.1.0.1", "new") == "51");
    CHECK(at(next, "10.1.0.1", "us").empty());
    CHECK(at(next, "198.51.100.1", "eu") == "51");
    CHECK(at(next, "192.0.2.1", "eu") == "50");
}

}  // namespace
}  // namespace fairlead::geo
