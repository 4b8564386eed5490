// SPDX-License-Identifier: Apache-2.0
#include "geo/partition.h"

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
        if (is_new)
            known->second = numbers_.number_of(completed(first_.places[a], second_.places[b]));
        return known->second;
    }

    [[nodiscard]] std::vector<Location> take() && { return std::move(numbers_).take(); }

  private:
    const Partition& first_;
    const Partition& second_;
    std::unordered_map<std::uint64_t, std::uint32_t> pairs_;
    PlaceNumbers numbers_;
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
