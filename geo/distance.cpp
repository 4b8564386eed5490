// SPDX-License-Identifier: Apache-2.0
#include "geo/distance.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "geo/areas.h"

namespace fairlead::geo {

double distance_km(const Coordinates& a, const Coordinates& b) {
    constexpr double kRadiusKm = 6371;
    constexpr double kRadian = std::numbers::pi / 180;
    const auto square_of_half_sine = [](double degrees) {
        const double sine = std::sin(degrees * kRadian / 2);
        return sine * sine;
    };
    const double haversine = square_of_half_sine(b.latitude - a.latitude) +
                             std::cos(a.latitude * kRadian) * std::cos(b.latitude * kRadian) *
                                 square_of_half_sine(b.longitude - a.longitude);
    return 2 * kRadiusKm * std::asin(std::sqrt(std::min(haversine, 1.0)));
}

std::optional<Coordinates> coordinates_of(const Location& location) {
    return location.coordinates ? location.coordinates : centroid(location.country);
}

}  // namespace fairlead::geo
