// SPDX-License-Identifier: Apache-2.0
#pragma once

// How far two places on Earth are from each other.

#include <optional>

#include "geo/location.h"

namespace fairlead::geo {

/// Great-circle distance on a sphere of 6371 km (haversine formula; R. W. Sinnott, "Virtues of the
/// Haversine", 1984). Off by at most 0.6 % on the real Earth.
[[nodiscard]] double distance_km(const Coordinates& a, const Coordinates& b);

/// The location's own coordinates, else the middle of its country; nothing when neither is known.
[[nodiscard]] std::optional<Coordinates> coordinates_of(const Location& location);

}  // namespace fairlead::geo
