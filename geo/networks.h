// SPDX-License-Identifier: Apache-2.0
#pragma once

// A list of networks, nested or not, compiled so that all networks around an address are found at
// once.
//
// Thread rule: immutable.

#include <optional>
#include <vector>

#include "base/ip.h"
#include "geo/ranges.h"

namespace fairlead::geo {

class Networks {
  public:
    using Index = std::uint32_t;

    /// Equal prefixes are one network. Takes O(n log n), and O(n) when they ascend already.
    explicit Networks(std::vector<Prefix> prefixes);

    [[nodiscard]] std::size_t size() const { return prefixes_.size(); }
    /// Prefixes ascend with their index: a network comes before those inside it.
    [[nodiscard]] const Prefix& prefix(Index index) const { return prefixes_[index]; }

    /// The smallest network that holds `index`'s and is not the same.
    [[nodiscard]] std::optional<Index> around(Index index) const { return parents_[index]; }

    /// The network with exactly this prefix.
    [[nodiscard]] std::optional<Index> find(const Prefix& prefix) const;

    /// Values are 1 + the index of the smallest network that holds the range; 0 = none does.
    [[nodiscard]] const Ranges4& v4() const { return v4_; }
    [[nodiscard]] const Ranges6& v6() const { return v6_; }

  private:
    template <typename Key>
    void cut(Family family, Ranges<Key>& ranges);

    std::vector<Prefix> prefixes_;
    std::vector<std::optional<Index>> parents_;
    Ranges4 v4_;
    Ranges6 v6_;
};

}  // namespace fairlead::geo
