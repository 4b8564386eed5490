// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where every address there is lies: the whole address space of both families, cut into ranges of
// one location each. A geography database is this, and so is what several of them say together.
// Thread rule: a value; deeply const once shared.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "geo/location.h"
#include "geo/ranges.h"

namespace fairlead::geo {

struct Partition {
    /// What the ranges' values index; place 0 is "nothing known". `prefix_length` is 0 in all of
    /// them.
    std::vector<Location> places{Location{}};
    Ranges4 v4;
    Ranges6 v6;

    /// True when it says nothing of any address.
    [[nodiscard]] bool is_empty() const { return places.size() == 1; }

    [[nodiscard]] Location locate(const IpAddress& address) const {
        const auto found = [this](const auto& match) {
            Location location = places[match.value];
            location.prefix_length = match.length;
            return location;
        };
        return address.is_v4() ? found(v4.find(key_of<std::uint32_t>(address)))
                               : found(v6.find(key_of<Uint128>(address)));
    }
};

/// Numbers the places of a partition while it is made: equal ones get one number.
class PlaceNumbers {
  public:
    std::uint32_t number_of(const Location& place) {
        const auto next = static_cast<std::uint32_t>(places_.size());
        const auto [known, is_new] = numbers_.try_emplace(place, next);
        if (is_new) places_.push_back(place);
        return known->second;
    }

    /// Partition::places.
    [[nodiscard]] std::vector<Location> take() && { return std::move(places_); }

  private:
    std::map<Location, std::uint32_t> numbers_{{Location{}, 0}};
    std::vector<Location> places_{Location{}};
};

/// What `first` and `second` say together: each field from the first that knows it, but a place as
/// a whole or not at all, for Canada from one and California from the other would be nowhere.
[[nodiscard]] Partition combined(const Partition& first, const Partition& second);

}  // namespace fairlead::geo
