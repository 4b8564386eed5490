// SPDX-License-Identifier: Apache-2.0
#include "geo/latency_table.h"

#include <algorithm>

namespace fairlead::geo {
namespace {

std::vector<Prefix> networks_in(std::span<const Measurement> rows) {
    std::vector<Prefix> networks;
    for (const auto& row : rows) {
        if (networks.empty() || networks.back() != row.network) networks.push_back(row.network);
    }
    return networks;
}

bool is_near(Latency value, Latency used, unsigned margin_percent) {
    const auto difference =
        std::uint64_t{std::max(value, used).count()} - std::min(value, used).count();
    return difference * 100 <= std::uint64_t{used.count()} * margin_percent;
}

}  // namespace

std::string milliseconds_text(Latency latency) {
    const auto whole = std::to_string(latency.count() / 1000);
    auto digits = std::to_string(latency.count() % 1000 + 1000).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits.empty() ? whole : whole + "." + digits;
}

LatencyTable::LatencyTable(std::vector<std::string> regions, std::span<const Measurement> rows)
    : regions_(std::move(regions)), networks_(networks_in(rows)) {
    starts_.reserve(networks_.size() + 1);
    cells_.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool is_new = i == 0 || rows[i].network != rows[i - 1].network;
        if (is_new) starts_.push_back(static_cast<std::uint32_t>(i));
        cells_.push_back({.region = rows[i].region, .latency = rows[i].latency});
    }
    starts_.push_back(static_cast<std::uint32_t>(rows.size()));
}

std::optional<RegionIndex> LatencyTable::find_region(std::string_view name) const {
    const auto found = std::find(regions_.begin(), regions_.end(), name);
    if (found == regions_.end()) return std::nullopt;
    return static_cast<RegionIndex>(found - regions_.begin());
}

const LatencyTable::Cell* LatencyTable::find_cell(Networks::Index network,
                                                  RegionIndex region) const {
    const auto cells = cells_of(network);
    const auto found =
        std::lower_bound(cells.begin(), cells.end(), region,
                         [](const Cell& cell, RegionIndex wanted) { return cell.region < wanted; });
    return found != cells.end() && found->region == region ? &*found : nullptr;
}

std::optional<Latency> LatencyTable::find(Networks::Index network, RegionIndex region) const {
    for (std::optional at = network; at; at = networks_.around(*at)) {
        if (const Cell* cell = find_cell(*at, region)) return cell->latency;
    }
    return std::nullopt;
}

std::optional<Latency> LatencyTable::find(const IpAddress& client, RegionIndex region) const {
    const auto smallest = client.is_v4() ? networks_.v4().find(key_of<std::uint32_t>(client)).value
                                         : networks_.v6().find(key_of<Uint128>(client)).value;
    return smallest == 0 ? std::nullopt : find(smallest - 1, region);
}

/// Both lists of networks ascend, so one walk along them meets all that they share.
LatencyTable LatencyTable::steadied(const LatencyTable& previous, unsigned margin_percent) && {
    std::vector<std::optional<RegionIndex>> known;  // its regions, in the other table
    known.reserve(regions_.size());
    for (const auto& region : regions_)
        known.push_back(previous.find_region(region));
    const auto others = static_cast<Networks::Index>(previous.networks_.size());
    Networks::Index other = 0;
    for (Networks::Index network = 0; network < networks_.size(); ++network) {
        const Prefix& prefix = networks_.prefix(network);
        while (other < others && previous.networks_.prefix(other) < prefix)
            ++other;
        if (other == others) break;
        if (previous.networks_.prefix(other) != prefix) continue;
        for (auto& cell : cells_of(network)) {
            const auto region = known[cell.region];
            const Cell* used = region ? previous.find_cell(other, *region) : nullptr;
            if (used != nullptr && is_near(cell.latency, used->latency, margin_percent)) {
                cell.latency = used->latency;
            }
        }
    }
    return std::move(*this);
}

}  // namespace fairlead::geo
