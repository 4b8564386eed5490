// SPDX-License-Identifier: Apache-2.0
#include "base/nearest.h"

#include <algorithm>
#include <numeric>

#include "base/ascii.h"

namespace fairlead {
namespace {

constexpr std::size_t kComparedMax = 64;  // longer names are not typing mistakes of each other

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
    if (difference >= limit) return limit;
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = ascii::lower(a[i - 1]) == ascii::lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
            const bool swapped = i > 1 && j > 1 &&
                                 ascii::lower(a[i - 1]) == ascii::lower(b[j - 2]) &&
                                 ascii::lower(a[i - 2]) == ascii::lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        if (*std::min_element(row.begin(), row.end()) >= limit) return limit;
        std::swap(before, last);
        std::swap(last, row);
    }
    return std::min(last.back(), limit);
}

std::string_view nearest(std::string_view wrong, std::span<const std::string_view> candidates) {
    std::string_view best;
    if (wrong.size() > kComparedMax) return best;
    std::size_t fewest = kComparedMax;
    for (const auto candidate : candidates) {
        const std::size_t allowed =
            std::max<std::size_t>(1, std::max(wrong.size(), candidate.size()) / 3);
        const std::size_t limit = std::min(fewest, allowed + 1);
        const std::size_t distance = edit_distance(wrong, candidate, limit);
        if (distance < limit) {
            fewest = distance;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string_view> candidates) {
    const auto name = nearest(wrong, candidates);
    if (name.empty()) return {};
    return "; did you mean \"" + std::string(name) + "\"?";
}

}  // namespace fairlead
