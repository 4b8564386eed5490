// SPDX-License-Identifier: Apache-2.0
#include "geo/latency_csv.h"

#include <stdlib.h>  // mkdtemp is POSIX

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

/// "LINE: MESSAGE" of each mistake.
std::vector<std::string> mistakes_in(std::string_view text) {
    std::vector<std::string> found;
    const auto reading = parse_latency_csv(text);
    CHECK(reading.table.has_value() == reading.mistakes.empty());
    for (const auto& mistake : reading.mistakes)
        found.push_back(std::to_string(mistake.line) + ": " + mistake.message);
    return found;
}

Latency ms(double milliseconds) {
    return Latency(static_cast<std::uint32_t>(std::lround(milliseconds * 1000)));
}

TEST_CASE("a table has networks of both families, regions and milliseconds", "[geo][latency]") {
    const auto reading = parse_latency_csv(
        "\xef\xbb\xbf# measured on Monday\r\n"
        "\r\n"
        "network,region,ms\r\n"
        " 198.51.100.0/24 , eu-west , 23.4 # from Paris\r\n"
        "2001:db8::/32,us_east.1,80\r\n"
        "192.0.2.7,eu-west,0.001\n"
        "0.0.0.0/0,eu-west,60000");
    REQUIRE(reading.table);
    const auto& table = *reading.table;
    CHECK(table.row_count() == 4);
    CHECK(table.regions() == std::vector<std::string>{"eu-west", "us_east.1"});
    const auto eu = *table.find_region("eu-west");
    const auto us = *table.find_region("us_east.1");
    CHECK(table.find(*IpAddress::parse("198.51.100.9"), eu) == ms(23.4));
    CHECK(table.find(*IpAddress::parse("192.0.2.7"), eu) == ms(0.001));
    CHECK(table.find(*IpAddress::parse("192.0.2.8"), eu) == ms(60000));
    CHECK(table.find(*IpAddress::parse("2001:db8::1"), us) == ms(80));
    CHECK_FALSE(table.find(*IpAddress::parse("2001:db8::1"), eu));
    CHECK_FALSE(table.find_region("eu"));
}

TEST_CASE("the first line may be a row", "[geo][latency]") {
    const auto reading = parse_latency_csv("198.51.100.0/24,eu,5\n");
    REQUIRE(reading.table);
    CHECK(reading.table->row_count() == 1);
}

struct BadRow {
    const char* row;
    const char* message;
};

TEST_CASE("a bad row is named with its line, what is wrong and the remedy", "[geo][latency]") {
    const auto bad = GENERATE(values<BadRow>({
        {"198.51.100.1/24,eu,5",
         R"("198.51.100.1/24" has bits beyond its length; write 198.51.100.0/24)"},
        {"2001:db8::1/32,eu,5",
         R"("2001:db8::1/32" has bits beyond its length; write 2001:db8::/32)"},
        {"198.51.100.0/33,eu,5",
         R"("198.51.100.0/33" is no network; write 192.0.2.0/24 or 2001:db8::/32)"},
        {"example.com,eu,5", R"("example.com" is no network; write 192.0.2.0/24 or 2001:db8::/32)"},
        {"fe80::%eth0/64,eu,5",
         R"("fe80::%eth0/64" is no network; write 192.0.2.0/24 or 2001:db8::/32)"},
        {",eu,5", R"("" is no network; write 192.0.2.0/24 or 2001:db8::/32)"},
        {"198.51.100.0/24,eu", "this row has 2 columns, not three: network,region,ms"},
        {"198.51.100.0/24", "this row has 1 column, not three: network,region,ms"},
        {"198.51.100.0/24,eu,23,4",
         "this row has 4 columns, not three: network,region,ms; a decimal number has a point, "
         "not a comma"},
        {"198.51.100.0/24,,5",
         "\"\" is no name of a region; use letters, digits, '.', '_' and '-', without quotes"},
        {"198.51.100.0/24,\"eu\",5",
         "\"\"eu\"\" is no name of a region; use letters, digits, '.', '_' and '-', without "
         "quotes"},
        {"198.51.100.0/24,e\x01u,5",
         "\"e?u\" is no name of a region; use letters, digits, '.', '_' and '-', without quotes"},
        {"198.51.100.0/24,eu,fast",
         R"("fast" is no number of milliseconds; write 23.4, without a unit)"},
        {"198.51.100.0/24,eu,5ms",
         R"("5ms" is no number of milliseconds; write 23.4, without a unit)"},
        {"198.51.100.0/24,eu,", R"("" is no number of milliseconds; write 23.4, without a unit)"},
        {"198.51.100.0/24,eu,nan",
         R"("nan" is no number of milliseconds; write 23.4, without a unit)"},
        {"198.51.100.0/24,eu,inf",
         R"("inf" is no number of milliseconds; write 23.4, without a unit)"},
        {"198.51.100.0/24,eu,1e400",
         R"("1e400" is no number of milliseconds; write 23.4, without a unit)"},
        {"198.51.100.0/24,eu,-5",
         R"("-5" is not between 0.001 and 60000 milliseconds; leave out what could not be measured)"},
        {"198.51.100.0/24,eu,0",
         R"("0" is not between 0.001 and 60000 milliseconds; leave out what could not be measured)"},
        {"198.51.100.0/24,eu,0.0001",
         R"("0.0001" is not between 0.001 and 60000 milliseconds; leave out what could not be measured)"},
        {"198.51.100.0/24,eu,60000.1",
         R"("60000.1" is not between 0.001 and 60000 milliseconds; leave out what could not be measured)"},
        {"192.0.2.0/24,eu,5",
         R"(192.0.2.0/24 has a value for region "eu" at line 2 already; remove one)"},
        {"2001:DB8:0::/32,eu,5",
         R"(2001:db8::/32 has a value for region "eu" at line 3 already; remove one)"},
    }));
    const auto found = mistakes_in("# rows\n192.0.2.0/24,eu,5\n2001:db8::/32,eu,5\n" +
                                   std::string(bad.row) + "\n203.0.113.0/24,eu,5\n");
    CHECK(found == std::vector<std::string>{"4: " + std::string(bad.message)});
}

TEST_CASE("a header with other columns is no header", "[geo][latency]") {
    CHECK(mistakes_in("network,ms,region\n192.0.2.0/24,eu,5\n") ==
          std::vector<std::string>{"1: this header is not known; write network,region,ms"});
}

TEST_CASE("all mistakes are found at once, in the order of the lines", "[geo][latency]") {
    const auto found = mistakes_in("192.0.2.0/24,eu,5\n192.0.2.0/24,eu,6\n192.0.2.1/24,e u,zero\n");
    REQUIRE(found.size() == 4);
    CHECK(found[0].starts_with("2: 192.0.2.0/24 has a value"));
    CHECK(found[1].starts_with("3: \"192.0.2.1/24\" has bits"));
    CHECK(found[2].starts_with("3: \"e u\" is no name"));
    CHECK(found[3].starts_with("3: \"zero\" is no number"));
}

TEST_CASE("a file of another kind ends the reading soon", "[geo][latency]") {
    std::string text;
    for (std::size_t i = 0; i < kLatencyMistakesMax * 3; ++i)
        text += "<p>\n";
    const auto found = mistakes_in(text);
    REQUIRE(found.size() == kLatencyMistakesMax + 1);
    CHECK(found.back() == std::to_string(kLatencyMistakesMax) +
                              ": reading ended here, after so many mistakes; is this a "
                              "latency table?");
}

TEST_CASE("a table without a row is a mistake", "[geo][latency]") {
    for (const auto* text : {"", "\n", "# nothing\n", "network,region,ms\n"}) {
        CHECK(mistakes_in(text) ==
              std::vector<std::string>{
                  "0: has no row; write at least one, such as 198.51.100.0/24,eu,23.4"});
    }
}

TEST_CASE("there is a limit to regions", "[geo][latency]") {
    std::string text;
    for (std::size_t i = 0; i < kLatencyRegionsMax; ++i)
        text += "192.0.2.0/24,r" + std::to_string(i) + ",5\n";
    CHECK(mistakes_in(text).empty());
    const auto found = mistakes_in(text + "192.0.2.0/24,more,5\n");
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("1025: this row names region \"more\" beyond the 1024"));
}

TEST_CASE("there is a limit to rows", "[geo][latency]") {
    const auto* const text = "192.0.2.0/24,eu,5\n192.0.2.0/24,us,5\n192.0.2.0/24,ap,5\n";
    CHECK(parse_latency_csv(text, 3).table);
    const auto reading = parse_latency_csv(text, 2);
    CHECK_FALSE(reading.table);
    REQUIRE(reading.mistakes.size() == 1);
    CHECK(reading.mistakes[0].line == 3);
    CHECK(reading.mistakes[0].message ==
          "this row is one more than the 2 that a table may have; measure larger networks");
}

TEST_CASE("a table is read from a file", "[geo][latency]") {
    auto name = (std::filesystem::temp_directory_path() / "fairlead-latency-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    const std::filesystem::path folder(name);
    std::ofstream(folder / "latency.csv") << "192.0.2.0/24,eu,5\n";
    const auto good = read_latency_csv(folder / "latency.csv");
    REQUIRE(good.table);
    CHECK(good.table->row_count() == 1);

    const auto message_of = [](const std::filesystem::path& file) {
        const auto reading = read_latency_csv(file);
        REQUIRE(reading.mistakes.size() == 1);
        CHECK(reading.mistakes[0].line == 0);
        return reading.mistakes[0].message;
    };
    CHECK(message_of(folder / "missing.csv") == "cannot be read: No such file or directory");
    CHECK(message_of(folder) == "is a directory; name a CSV file");
    std::filesystem::resize_file(folder / "latency.csv", kLatencyFileBytesMax + 1);
    CHECK(message_of(folder / "latency.csv") == "is larger than 256 MiB; measure larger networks");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fairlead::geo
