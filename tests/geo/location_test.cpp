// SPDX-License-Identifier: Apache-2.0
#include "geo/location.h"

#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

Location munich() {
    Location location;
    location.continent = AreaCode("EU");
    location.country = AreaCode("DE");
    location.subdivision = AreaCode("BY");
    return location;
}

Area area(const char* text) {
    const auto parsed = Area::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

TEST_CASE("area codes of one to three parts survive a round trip in upper case",
          "[geo][location]") {
    struct Case {
        const char* text;
        const char* canonical;
    };
    const auto c = GENERATE(Case{"EU", "EU"}, Case{"EU-DE", "EU-DE"}, Case{"NA-US-CA", "NA-US-CA"},
                            Case{"as-jp-13", "AS-JP-13"}, Case{"EU-FR-IDF", "EU-FR-IDF"},
                            Case{"EU-AT-9", "EU-AT-9"});
    CHECK(area(c.text).to_string() == c.canonical);
}

TEST_CASE("what has not the shape of an area code is refused", "[geo][location]") {
    const auto* text = GENERATE("", "E", "EUR", "EU-", "-EU", "EU-D", "EU-DEU", "EU-DE-", "EU--BY",
                                "EU-DE-BAYE", "EU-DE-BY-M", "EU DE", "EU_DE", "E\xc3\x84");
    CAPTURE(text);
    CHECK_FALSE(Area::parse(text));
}

TEST_CASE("an area contains the locations in it and no others", "[geo][location]") {
    CHECK(area("EU").contains(munich()));
    CHECK(area("EU-DE").contains(munich()));
    CHECK(area("EU-DE-BY").contains(munich()));
    CHECK_FALSE(area("NA").contains(munich()));
    CHECK_FALSE(area("EU-FR").contains(munich()));
    CHECK_FALSE(area("EU-DE-BE").contains(munich()));
    CHECK_FALSE(area("EU").contains(Location{}));
}

TEST_CASE("an area contains itself and what is inside it", "[geo][location]") {
    CHECK(area("EU").contains(area("EU")));
    CHECK(area("EU").contains(area("EU-DE-BY")));
    CHECK_FALSE(area("EU-DE").contains(area("EU")));
    CHECK_FALSE(area("EU-DE").contains(area("EU-FR")));
}

TEST_CASE("a code that is too long for one is none", "[geo][location]") {
    CHECK(AreaCode("ABCD").empty());
    CHECK(AreaCode("abc").to_string() == "ABC");
    CHECK(AreaCode("").empty());
}

}  // namespace
}  // namespace fairlead::geo
