// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which continents and countries exist and which country lies on which continent, as GeoNames and
// with it every MaxMind database counts them (country codes: ISO 3166-1 plus XK for Kosovo). The
// table is geo/countries.csv. Subdivisions are not listed: whether one exists, only a database can
// say. Thread rule: constants.

#include <optional>
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

/// The right spelling for a code that does not exist, where its country is on another continent
/// ("NA-DE": "EU-DE"), lacks one ("DE", "US-CA": "EU-DE", "NA-US-CA") or is not ISO's ("EU-UK":
/// "EU-GB"). Empty when no part is a known country. For a search by likeness there is all_areas().
[[nodiscard]] std::string right_continent(std::string_view text);

/// The middle of the country with this code; nothing when there is no such country.
[[nodiscard]] std::optional<Coordinates> centroid(const AreaCode& country);

/// Every code of one or two parts, in alphabetical order: "AF", "AF-AO", ...
[[nodiscard]] const std::vector<std::string>& all_areas();

}  // namespace fairlead::geo
