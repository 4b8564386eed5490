// SPDX-License-Identifier: Apache-2.0
#include "geo/location.h"

#include "base/ascii.h"

namespace fairlead::geo {
namespace {

bool is_code(std::string_view text, std::size_t shortest, std::size_t longest) {
    return text.size() >= shortest && text.size() <= longest &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return ascii::is_letter(c) || ascii::is_digit(c); });
}

bool matches(const AreaCode& wanted, const AreaCode& found) {
    return wanted.empty() || wanted == found;
}

}  // namespace

std::optional<Area> Area::parse(std::string_view text) {
    const auto next_part = [&text] {
        const auto dash = text.find('-');
        const auto part = text.substr(0, dash);
        text = dash == std::string_view::npos ? std::string_view{} : text.substr(dash + 1);
        return part;
    };
    if (text.ends_with('-')) return std::nullopt;
    const auto continent = next_part();
    const auto country = next_part();
    const auto subdivision = next_part();
    if (!text.empty() || !is_code(continent, 2, 2)) return std::nullopt;
    if (!country.empty() && !is_code(country, 2, 2)) return std::nullopt;
    if (!subdivision.empty() && (country.empty() || !is_code(subdivision, 1, 3)))
        return std::nullopt;
    return Area{AreaCode(continent), AreaCode(country), AreaCode(subdivision)};
}

bool Area::contains(const Location& location) const {
    return matches(continent, location.continent) && matches(country, location.country) &&
           matches(subdivision, location.subdivision);
}

bool Area::contains(const Area& other) const {
    return matches(continent, other.continent) && matches(country, other.country) &&
           matches(subdivision, other.subdivision);
}

std::string Area::to_string() const {
    std::string text = continent.to_string();
    if (!country.empty()) text += "-" + country.to_string();
    if (!subdivision.empty()) text += "-" + subdivision.to_string();
    return text;
}

}  // namespace fairlead::geo
