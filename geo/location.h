// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a geography database knows about an address, and for which block around it that holds.
// Thread rule: values.

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace fairlead::geo {

/// A code of up to three ASCII letters or digits, held in place and in upper case: a continent
/// ("EU"), a country (ISO 3166-1 "DE") or the part after the dash of a subdivision (ISO 3166-2
/// "BY").
class AreaCode {
  public:
    constexpr AreaCode() = default;

    /// Longer texts are not codes and give the empty one.
    constexpr explicit AreaCode(std::string_view text) {
        if (text.size() > letters_.size()) return;
        for (std::size_t i = 0; i < text.size(); ++i)
            letters_[i] = ascii::upper(text[i]);
    }

    [[nodiscard]] constexpr bool empty() const { return letters_[0] == '\0'; }
    [[nodiscard]] std::string to_string() const {
        return {letters_.begin(), std::find(letters_.begin(), letters_.end(), '\0')};
    }

    friend constexpr auto operator<=>(const AreaCode&, const AreaCode&) = default;

  private:
    std::array<char, 3> letters_{};
};

/// WGS 84 degrees.
struct Coordinates {
    double latitude = 0;
    double longitude = 0;
    friend constexpr auto operator<=>(const Coordinates&, const Coordinates&) = default;
};

/// Fields that no database knows are empty (0 for the ASN).
struct Location {
    AreaCode continent;
    AreaCode country;
    AreaCode subdivision;
    bool european_union = false;
    std::uint32_t asn = 0;
    std::optional<Coordinates> coordinates;

    /// Every address that shares this many leading bits with the one asked for has this same
    /// location. In bits of the client's own family: 0..32 for IPv4, 0..128 for IPv6.
    std::uint8_t prefix_length = 0;

    friend constexpr auto operator<=>(const Location&, const Location&) = default;
};

/// A place as the configuration names it: "EU", "EU-DE", "NA-US-CA" (octoDNS's codes). Empty parts
/// match everything.
struct Area {
    AreaCode continent;
    AreaCode country;
    AreaCode subdivision;

    /// "EU-DE" and so on; nothing when the text has not that shape. Whether such a place exists is
    /// asked of geo/areas.h.
    [[nodiscard]] static std::optional<Area> parse(std::string_view text);

    [[nodiscard]] bool contains(const Location& location) const;
    /// True when everything in `other` lies in this area too.
    [[nodiscard]] bool contains(const Area& other) const;
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const Area&, const Area&) = default;
};

}  // namespace fairlead::geo
