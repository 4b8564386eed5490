// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.h"

#include "geo/areas.h"
#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

TEST_CASE("distances are those of the great circle", "[geo][distance]") {
    struct Case {
        Coordinates a;
        Coordinates b;
        double km;
    };
    const auto c = GENERATE(
        Case{{0, 0}, {0, 0}, 0}, Case{{0, 0}, {0, 180}, 20015}, Case{{90, 0}, {-90, 77}, 20015},
        Case{{50.11, 8.68}, {38.95, -77.45}, 6528},     // Frankfurt - Washington
        Case{{35.68, 139.69}, {37.77, -122.42}, 8270},  // Tokyo - San Francisco, over the date line
        Case{{-33.87, 151.21}, {-36.85, 174.76}, 2156});
    CHECK(distance_km(c.a, c.b) == Approx(c.km).epsilon(0.005).margin(0.001));
    CHECK(distance_km(c.b, c.a) == Approx(distance_km(c.a, c.b)));
}

TEST_CASE("without coordinates of its own a location is in the middle of its country",
          "[geo][distance]") {
    Location location{.continent = AreaCode("EU"), .country = AreaCode("DE")};
    REQUIRE(coordinates_of(location));
    CHECK(distance_km(*coordinates_of(location), {51.2, 10.4}) < 150);
    location.coordinates = Coordinates{48.1, 11.6};
    CHECK(coordinates_of(location) == Coordinates{48.1, 11.6});
    CHECK_FALSE(coordinates_of(Location{.continent = AreaCode("EU")}));
    CHECK_FALSE(coordinates_of(Location{.country = AreaCode("ZZ")}));
}

}  // namespace
}  // namespace fairlead::geo
