// SPDX-License-Identifier: Apache-2.0
#pragma once

// How long the way is from networks of clients to regions, as somebody has measured it: for policy
// latency. Networks may lie inside each other, and one may have values for some regions only: the
// value of a region is that of the smallest network around a client that has one.
//
//     198.51.0.0/16 eu 20 ms, us 95 ms        a client in 198.51.100.0/24:  eu 20 ms, us 80 ms
//     198.51.100.0/24         us 80 ms
//
// Thread rule: immutable once it is shared.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.h"
#include "geo/networks.h"

namespace fairlead::geo {

/// Whole microseconds: what tables write in milliseconds is compared exactly.
using Latency = std::chrono::duration<std::uint32_t, std::micro>;

/// "23.4": milliseconds without superfluous digits.
[[nodiscard]] std::string milliseconds_text(Latency latency);

/// A region by its place in LatencyTable::regions().
using RegionIndex = std::uint16_t;

/// One row of a table.
struct Measurement {
    Prefix network;
    RegionIndex region = 0;
    Latency latency{};

    /// Two rows of one network and region say the same thing twice.
    [[nodiscard]] auto subject() const { return std::pair(network, region); }
};

class LatencyTable {
  public:
    /// Nothing has been measured.
    LatencyTable() : LatencyTable({}, {}) {}

    /// REQUIRES: rows ascend by subject(), no two have the same, and their regions are in
    /// `regions`.
    LatencyTable(std::vector<std::string> regions, std::span<const Measurement> rows);

    /// All regions there are values for, in the order of the table.
    [[nodiscard]] const std::vector<std::string>& regions() const { return regions_; }
    [[nodiscard]] std::optional<RegionIndex> find_region(std::string_view name) const;

    [[nodiscard]] std::size_t row_count() const { return cells_.size(); }
    [[nodiscard]] const Networks& networks() const { return networks_; }

    /// For all clients whose smallest network is `network`; nothing when no network around them has
    /// a value for the region. Takes O(networks around it x log regions).
    [[nodiscard]] std::optional<Latency> find(Networks::Index network, RegionIndex region) const;
    /// The same for one client.
    [[nodiscard]] std::optional<Latency> find(const IpAddress& client, RegionIndex region) const;

    /// Hysteresis: each row keeps the value that it has in `previous`, the table in use until now,
    /// as long as its new one is off by no more than `margin_percent` of that. So near ties do not
    /// flap when all is measured anew, and slow drift does not creep: what is kept is the value in
    /// use, not the last measured one.
    ///
    ///     in use 50 ms, margin 10 %:  54 -> stays 50,  56 -> becomes 56,  then 52 -> stays 56
    [[nodiscard]] LatencyTable steadied(const LatencyTable& previous, unsigned margin_percent) &&;

  private:
    struct Cell {
        RegionIndex region = 0;
        Latency latency{};
    };
    [[nodiscard]] std::span<Cell> cells_of(Networks::Index network) {
        return {cells_.data() + starts_[network], cells_.data() + starts_[network + 1]};
    }
    [[nodiscard]] std::span<const Cell> cells_of(Networks::Index network) const {
        return {cells_.data() + starts_[network], cells_.data() + starts_[network + 1]};
    }
    [[nodiscard]] const Cell* find_cell(Networks::Index network, RegionIndex region) const;

    std::vector<std::string> regions_;
    Networks networks_;
    std::vector<std::uint32_t> starts_;  // by network, and one behind: where its cells start
    std::vector<Cell> cells_;            // by network, then by region
};

}  // namespace fairlead::geo
