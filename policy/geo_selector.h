// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which clients a target of a geolocation node is for.
// Thread rule: values.

#include <cstdint>
#include <vector>

#include "geo/location.h"

namespace fairlead::policy {

/// How narrow a geographic match is; the most specific one wins. A region counts as a continent.
enum class Specificity : std::uint8_t {
    none,
    continent,
    european_union,
    country,
    subdivision,
    asn,
};

struct AreaSelector {
    geo::Area area;
    Specificity specificity = Specificity::continent;
    friend auto operator<=>(const AreaSelector&, const AreaSelector&) = default;
};

struct GeoSelector {
    std::vector<AreaSelector> areas;
    std::vector<std::uint32_t> asns;
    bool european_union = false;

    /// The narrowest part of the selector that the location lies in.
    [[nodiscard]] Specificity match(const geo::Location& location) const;

    friend auto operator<=>(const GeoSelector&, const GeoSelector&) = default;
};

}  // namespace fairlead::policy
