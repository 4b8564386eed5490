// SPDX-License-Identifier: Apache-2.0
#include "geo/networks.h"

namespace fairlead::geo {
namespace {

template <typename Key>
Key last_key(const Prefix& prefix) {
    const auto host_bits = Ranges<Key>::kWidth - prefix.length;
    const auto host = host_bits == Ranges<Key>::kWidth
                          ? Ranges<Key>::kLast
                          : static_cast<Key>((Key{1} << host_bits) - 1);
    return static_cast<Key>(key_of<Key>(prefix.address) | host);
}

}  // namespace

Networks::Networks(std::vector<Prefix> prefixes) : prefixes_(std::move(prefixes)) {
    if (!std::is_sorted(prefixes_.begin(), prefixes_.end())) {
        std::sort(prefixes_.begin(), prefixes_.end());
    }
    prefixes_.erase(std::unique(prefixes_.begin(), prefixes_.end()), prefixes_.end());
    parents_.resize(prefixes_.size());
    cut(Family::v4, v4_);
    cut(Family::v6, v6_);
}

std::optional<Networks::Index> Networks::find(const Prefix& prefix) const {
    const auto found = std::lower_bound(prefixes_.begin(), prefixes_.end(), prefix);
    if (found == prefixes_.end() || *found != prefix) return std::nullopt;
    return static_cast<Index>(found - prefixes_.begin());
}

/// One sweep from the lowest address to the highest. Prefixes are nested or apart, so those that
/// hold the point of the sweep are a stack.
template <typename Key>
void Networks::cut(Family family, Ranges<Key>& ranges) {
    std::vector<Index> open;
    const auto close_before = [&](std::optional<Key> next) {
        while (!open.empty()) {
            const Key last = last_key<Key>(prefixes_[open.back()]);
            if (next && last >= *next) return;
            open.pop_back();
            if (last != Ranges<Key>::kLast) {
                ranges.append(static_cast<Key>(last + 1), open.empty() ? 0 : open.back() + 1);
            }
        }
    };
    for (Index i = 0; i < prefixes_.size(); ++i) {
        if (prefixes_[i].address.family() != family) continue;
        const Key first = key_of<Key>(prefixes_[i].address);
        close_before(first);
        if (!open.empty()) parents_[i] = open.back();
        open.push_back(i);
        ranges.append(first, i + 1);
    }
    close_before(std::nullopt);
}

}  // namespace fairlead::geo
