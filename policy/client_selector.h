// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which clients a target is for or where it is, and how the targets of a node are ordered for one
// client.
// Pure; thread rule: values.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ip.h"
#include "geo/latency_table.h"
#include "geo/location.h"

namespace fairlead::policy {

/// How narrow a match is; the narrowest one wins. A region counts as a continent.
enum class Specificity : std::uint8_t {
    none,
    continent,
    european_union,
    country,
    subdivision,
    asn,
    subnet,
};

struct AreaSelector {
    geo::Area area;
    Specificity specificity = Specificity::continent;
    friend auto operator<=>(const AreaSelector&, const AreaSelector&) = default;
};

/// What the configuration writes at a target to say whom it is for.
struct ClientSelector {
    std::vector<AreaSelector> areas;
    std::vector<std::uint32_t> asns;
    std::vector<Prefix> subnets;
    bool european_union = false;
    std::optional<geo::Coordinates> location;  // where the target is
    std::int8_t bias = 0;                      // -99..99, see biased()
    std::optional<geo::RegionIndex> region;    // in the latency table: the target's

    /// The narrowest part of the selector, subnets aside, that the location lies in.
    [[nodiscard]] Specificity match(const geo::Location& client) const;

    friend auto operator<=>(const ClientSelector&, const ClientSelector&) = default;
};

/// How a node orders its targets for a client.
enum class Ordering : std::uint8_t {
    specificity,  // those that match, the narrowest first
    distance,     // all, the nearest first
    latency,      // all, the least latency first, see by_latency()
};

/// One target of a node, by its place in Node::targets, and how well it fits the client.
struct Preference {
    std::uint16_t place = 0;
    Specificity specificity = Specificity::none;
    std::uint8_t subnet_length = 0;  // of a match by subnet

    [[nodiscard]] bool is_as_narrow_as(const Preference& other) const {
        return specificity == other.specificity && subnet_length == other.subnet_length;
    }
    friend auto operator<=>(const Preference&, const Preference&) = default;
};

/// The targets for a client at `location` in the networks `around` it; equals stay in the order of
/// the configuration. Empty when nothing matches, or by distance when nobody knows where the client
/// is. By latency: for clients without a measurement; the nearest first, what is nowhere last.
[[nodiscard]] std::vector<Preference> preferences(Ordering ordering,
                                                  std::span<const ClientSelector> selectors,
                                                  const geo::Location& location,
                                                  std::span<const Prefix> around);

/// The targets for clients with these latencies, `measured[i]` to that of place i: the least first,
/// what has not been measured last, equals in the order of the configuration. Empty when nothing
/// has been measured.
[[nodiscard]] std::vector<Preference> by_latency(
    std::span<const std::optional<geo::Latency>> measured);

/// Route 53's bias: a positive one shortens the distance to (1 - b/100) of it, a negative one
/// lengthens it by the same factor the other way round, so that -50 doubles it. REQUIRES: -100 <
/// bias < 100.
[[nodiscard]] double biased(double distance_km, int bias);

}  // namespace fairlead::policy
