// SPDX-License-Identifier: Apache-2.0
#include "geo/areas.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace fairlead::geo {
namespace {

constexpr std::array<std::string_view, 7> kContinents{"AF", "AN", "AS", "EU", "NA", "OC", "SA"};

struct Country {
    std::string_view code;  // "EU-DE"
    Coordinates middle;
};

/// In alphabetical order, made from countries.csv by the build.
constexpr Country kCountries[] = {
#include "geo/countries.inc"
};
static_assert(std::is_sorted(std::begin(kCountries), std::end(kCountries),
                             [](const Country& a, const Country& b) { return a.code < b.code; }));

bool is_continent(std::string_view code) {
    return std::binary_search(kContinents.begin(), kContinents.end(), code);
}

/// The country with this ISO code, without its continent; nullptr when there is none.
const Country* find_country(std::string_view iso) {
    const auto* const found =
        std::find_if(std::begin(kCountries), std::end(kCountries),
                     [iso](const Country& known) { return known.code.substr(3) == iso; });
    return found == std::end(kCountries) ? nullptr : found;
}

/// "EU-DE" for "DE"; empty when there is no such country.
std::string_view on_its_continent(std::string_view country) {
    if (country == "UK") country = "GB";  // reserved in ISO 3166-1, and what many people write
    const Country* const found = find_country(country);
    return found == nullptr ? std::string_view{} : found->code;
}

/// `text` with `country` read as its country and what follows as the subdivision.
std::string rebuilt(std::string_view country, std::string_view subdivision) {
    const auto known = on_its_continent(country);
    if (known.empty()) return {};
    const auto area = Area::parse(std::string(known) + std::string(subdivision));
    return area ? area->to_string() : std::string{};
}

}  // namespace

std::span<const std::string_view> continents() {
    return kContinents;
}

bool exists(const Area& area) {
    const auto continent = area.continent.to_string();
    if (area.country.empty()) return area.subdivision.empty() && is_continent(continent);
    const Country* const country = find_country(area.country.to_string());
    return country != nullptr && country->code.starts_with(continent);
}

std::string right_continent(std::string_view text) {
    const std::string upper = ascii::upper(text);
    const std::string_view code = upper;
    const auto first_dash = std::min(code.find('-'), code.size());
    const auto first = code.substr(0, first_dash);
    const auto after_first = code.substr(first_dash);  // with its dash, or empty
    auto without_continent = rebuilt(first, after_first);
    // "US-CA" is California, not Canada: only what is no country can be a wrong continent.
    if (after_first.empty() || (!is_continent(first) && !without_continent.empty()))
        return without_continent;
    const auto second_dash = std::min(code.find('-', first_dash + 1), code.size());
    const auto second = code.substr(first_dash + 1, second_dash - first_dash - 1);
    const auto with_continent = rebuilt(second, code.substr(second_dash));
    return with_continent.empty() ? without_continent : with_continent;
}

std::optional<Coordinates> centroid(const AreaCode& country) {
    const Country* const found = find_country(country.to_string());
    return found == nullptr ? std::nullopt : std::optional(found->middle);
}

const std::vector<std::string>& all_areas() {
    static const auto kAreas = [] {
        std::vector<std::string> areas(kContinents.begin(), kContinents.end());
        for (const auto& country : kCountries)
            areas.emplace_back(country.code);
        std::sort(areas.begin(), areas.end());
        return areas;
    }();
    return kAreas;
}

}  // namespace fairlead::geo
