// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which continents and countries exist and which country lies on which continent, as GeoNames and
// with it every MaxMind database counts them (country codes: ISO 3166-1 plus XK for Kosovo).
// Subdivisions are not listed: whether one exists, only a database can say.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/location.h"

namespace fairlead::geo {

/// AF AN AS EU NA OC SA.
[[nodiscard]] std::span<const std::string_view> continents();

/// True when `area` names a continent, or a country on its continent (with or without a
/// subdivision).
[[nodiscard]] bool exists(const Area& area);

/// The right spelling for a code that does not exist: for "NA-DE" or bare "DE", "EU-DE". All
/// "CONTINENT" and "CONTINENT-COUNTRY" codes, for a search by likeness, are in all_areas().
/// Empty when the country part is unknown too.
[[nodiscard]] std::string right_continent(std::string_view text);

/// Every code of one or two parts, in alphabetical order: "AF", "AF-AO", ...
[[nodiscard]] const std::vector<std::string>& all_areas();

}  // namespace fairlead::geo
