// SPDX-License-Identifier: Apache-2.0
#pragma once

// Aliases: host names that are answered with the addresses they have at that moment, each of them
// checked.
//
// Addresses come and go, but the slots of a snapshot are counted once for a catalog. So an alias
// with a check has places, eight for each family, and each place is a subject of its own, whose
// address is the one that lives there now.
//
// Thread rule: values; an AliasTable is deeply const once published.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "checks/health_check.h"

namespace fairlead::checks {

/// Addresses of one family that an alias is answered with; further ones are left out.
inline constexpr std::size_t kAliasPlaces = 8;

/// Subject::place: from 1 on, IPv4 first.
[[nodiscard]] constexpr std::uint8_t place_of(Family family, std::size_t number) {
    return static_cast<std::uint8_t>(1 + number + (family == Family::v4 ? 0 : kAliasPlaces));
}

/// An address, and whose health decides whether it is answered.
struct WatchedAddress {
    IpAddress address;
    SubjectIndex subject = kUnchecked;
    friend bool operator==(const WatchedAddress&, const WatchedAddress&) = default;
};

struct Alias {
    using Subjects = std::array<SubjectIndex, kAliasPlaces>;

    [[nodiscard]] static constexpr Subjects nobody() {
        Subjects none{};
        none.fill(kUnchecked);
        return none;
    }

    std::string host;
    Subjects v4 = nobody();  // of its places
    Subjects v6 = nobody();

    [[nodiscard]] const Subjects& subjects(Family family) const {
        return family == Family::v4 ? v4 : v6;
    }
};

/// What an alias is answered with. None at all: it has never been resolved.
struct AliasAddresses {
    std::vector<WatchedAddress> v4;  // in order
    std::vector<WatchedAddress> v6;

    [[nodiscard]] bool empty() const { return v4.empty() && v6.empty(); }
    [[nodiscard]] const std::vector<WatchedAddress>& of(Family family) const {
        return family == Family::v4 ? v4 : v6;
    }
};

/// All aliases of a catalog at one moment.
struct AliasTable {
    std::vector<AliasAddresses> aliases;  // by their index in the catalog
    /// Who lives at the places that are not empty.
    std::unordered_map<SubjectIndex, IpAddress> occupants;
    std::uint64_t changes = 0;  // AliasPlaces::changes()
    /// Of each of them something is known, or the first questions are over, well or not.
    bool asked = false;
};

}  // namespace fairlead::checks
