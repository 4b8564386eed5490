// SPDX-License-Identifier: Apache-2.0
#include "geo/areas.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

bool exists_as(std::string_view text) {
    const auto area = Area::parse(text);
    return area && exists(*area);
}

TEST_CASE("countries lie where GeoNames has them, also the debatable ones", "[geo][areas]") {
    const auto* code =
        GENERATE("EU-RU", "AS-TR", "EU-CY", "AS-GE", "AS-AM", "AS-AZ", "AS-KZ", "AF-EG", "OC-PF",
                 "NA-GL", "EU-XK", "AF-NA", "AS-SA", "OC-AS", "AF-AO", "AN-AQ", "OC-TL", "AS-ID",
                 "NA-PA", "SA-CO", "AF-RE", "SA-GF", "NA-GP", "AN-GS", "SA-FK", "AS-IO", "OC-CX",
                 "AS-CC", "AF-SH", "NA-BM", "EU-IS", "AS-IL", "AF-EH", "OC-UM", "NA-PM", "EU-AX",
                 "EU-SJ", "AF-YT", "OC-PN", "NA-SX", "AF-SS");
    CAPTURE(code);
    CHECK(exists_as(code));
    CHECK(right_continent(std::string_view(code).substr(3)) == code);
}

TEST_CASE("what is no place does not exist", "[geo][areas]") {
    const auto* code = GENERATE("XX", "ZZ", "AP", "US", "NA-DE", "EU-TR", "EU-XX", "EU-UK", "EU-EU",
                                "EU-SU", "NA-AN", "AS-TP", "XX-DE", "NA-DE-BY");
    CAPTURE(code);
    CHECK_FALSE(exists_as(code));
}

TEST_CASE("any subdivision of an existing country may exist", "[geo][areas]") {
    CHECK(exists_as("NA-US-CA"));
    CHECK(exists_as("na-us-ca"));
    CHECK(exists_as("EU-FR-IDF"));
    CHECK_FALSE(exists_as("EU-US-CA"));
    CHECK_FALSE(exists(Area{AreaCode("EU"), {}, AreaCode("BY")}));
    CHECK_FALSE(exists(Area{}));
}

TEST_CASE("a code on the wrong continent, or on none, is put right", "[geo][areas]") {
    struct Case {
        const char* wrong;
        const char* right;
    };
    const auto c = GENERATE(
        Case{"NA-DE", "EU-DE"}, Case{"DE", "EU-DE"}, Case{"de", "EU-DE"}, Case{"XX-DE", "EU-DE"},
        Case{"NA-DE-BY", "EU-DE-BY"}, Case{"US-CA", "NA-US-CA"}, Case{"DE-BY", "EU-DE-BY"},
        Case{"EU-UK", "EU-GB"}, Case{"UK", "EU-GB"}, Case{"EU-UK-ENG", "EU-GB-ENG"},
        Case{"SA-01", "AS-SA-01"}, Case{"EU-NA", "AF-NA"}, Case{"EU-DE", "EU-DE"}, Case{"", ""},
        Case{"XX", ""}, Case{"EU", ""}, Case{"EU-XX", ""}, Case{"-", ""}, Case{"EU-", ""},
        Case{"NA-DE-", ""}, Case{"NA-DE-BY-X", ""}, Case{"NA-DE-BAYERN", ""}, Case{"Germany", ""});
    CAPTURE(c.wrong);
    CHECK(right_continent(c.wrong) == c.right);
}

TEST_CASE("every area is listed once, in order, and exists", "[geo][areas]") {
    const auto& areas = all_areas();
    CHECK(std::is_sorted(areas.begin(), areas.end()));
    CHECK(std::adjacent_find(areas.begin(), areas.end()) == areas.end());
    CHECK(std::all_of(areas.begin(), areas.end(), exists_as));

    std::map<std::string, int> countries_on;
    std::set<std::string> countries;
    for (const auto& area : areas) {
        if (area.size() == 2) continue;
        ++countries_on[area.substr(0, 2)];
        CHECK(countries.insert(area.substr(3)).second);  // on one continent only
    }
    // The 249 of ISO 3166-1 and Kosovo, as GeoNames spreads them.
    CHECK(countries.size() == 250);
    CHECK(areas.size() == 257);
    CHECK(countries_on ==
          std::map<std::string, int>{
              {"AF", 58}, {"AN", 5}, {"AS", 51}, {"EU", 53}, {"NA", 41}, {"OC", 28}, {"SA", 14}});
    const auto seven = continents();
    CHECK(std::vector<std::string>(seven.begin(), seven.end()) ==
          std::vector<std::string>{"AF", "AN", "AS", "EU", "NA", "OC", "SA"});
}

TEST_CASE("the program and the database builder share one table", "[geo][areas]") {
    std::ifstream file(FAIRLEAD_COUNTRIES_CSV);
    std::string line;
    std::getline(file, line);
    REQUIRE(line == "code,continent,eu,latitude,longitude,name");
    int rows = 0;
    int in_european_union = 0;
    while (std::getline(file, line)) {
        CAPTURE(line);
        std::istringstream cells(line);
        std::string code, continent, union_flag, latitude, longitude, name;
        for (auto* cell : {&code, &continent, &union_flag, &latitude, &longitude, &name})
            std::getline(cells, *cell, ',');
        CHECK(exists_as(continent + "-" + code));
        CHECK(std::abs(std::stod(latitude)) <= 90);
        CHECK(std::abs(std::stod(longitude)) <= 180);
        CHECK((union_flag == "0" || union_flag == "1"));
        CHECK_FALSE(name.empty());
        in_european_union += union_flag == "1";
        ++rows;
    }
    CHECK(rows == 250);
    CHECK(in_european_union == 27 + 7);  // the members, and AX GF GP MF MQ RE YT as countries
}

}  // namespace
}  // namespace fairlead::geo
