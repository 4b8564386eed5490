// SPDX-License-Identifier: Apache-2.0
#include "geo/partition.h"

#include <map>
#include <unordered_map>

namespace fairlead::geo {
namespace {

bool agree(const AreaCode& a, const AreaCode& b) {
    return a.empty() || b.empty() || a == b;
}

Location completed(Location known, const Location& more) {
    if (known.asn == 0) known.asn = more.asn;
    if (!agree(known.continent, more.continent) || !agree(known.country, more.country)) {
        return known;
    }
    if (known.continent.empty()) known.continent = more.continent;
    if (known.country.empty()) known.country = more.country;
    if (known.subdivision.empty()) known.subdivision = more.subdivision;
    known.european_union = known.european_union || more.european_union;
    if (!known.coordinates) known.coordinates = more.coordinates;
    return known;
}

/// Numbers the places that two partitions have together; each pair is worked out once.
class PairedPlaces {
  public:
    PairedPlaces(const Partition& first, const Partition& second)
        : first_(first), second_(second) {}

    std::uint32_t operator()(std::uint32_t a, std::uint32_t b) {
        const auto [known, is_new] = pairs_.try_emplace(std::uint64_t{a} << 32U | b, 0);
        if (is_new) known->second = number(completed(first_.places[a], second_.places[b]));
        return known->second;
    }

    [[nodiscard]] std::vector<Location> take() && { return std::move(places_); }

  private:
    std::uint32_t number(const Location& place) {
        const auto next = static_cast<std::uint32_t>(places_.size());
        const auto [known, is_new] = numbers_.try_emplace(place, next);
        if (is_new) places_.push_back(place);
        return known->second;
    }

    const Partition& first_;
    const Partition& second_;
    std::unordered_map<std::uint64_t, std::uint32_t> pairs_;
    std::map<Location, std::uint32_t> numbers_{{Location{}, 0}};
    std::vector<Location> places_{Location{}};
};

}  // namespace

Partition combined(const Partition& first, const Partition& second) {
    PairedPlaces places(first, second);
    Partition result;
    result.v4 = first.v4.combined(second.v4, std::ref(places));
    result.v6 = first.v6.combined(second.v6, std::ref(places));
    result.places = std::move(places).take();
    return result;
}

}  // namespace fairlead::geo
