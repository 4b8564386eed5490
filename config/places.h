// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which clients a target is for, and where it is: geo codes, the named regions made of them, ASNs,
// networks, coordinates, regions of the latency table, and the rule that no target repeats what an
// earlier one has taken. Thread rule: one thread.

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "config/findings.h"
#include "geo/latency_table.h"
#include "policy/tree.h"

namespace fairlead::config {

/// What the targets of one node have taken so far, in the order of the configuration.
class TakenPlaces {
  public:
    /// Which earlier target takes all clients of this place, at equal or higher precedence; -1 when
    /// none does. Otherwise `target` has it from now on.
    int take(const policy::AreaSelector& place, int target);
    int take_asn(std::uint32_t asn, int target);
    int take_european_union(int target);
    int take_subnet(const Prefix& subnet, int target);

  private:
    std::map<std::pair<policy::Specificity, geo::Area>, int> places_;
    std::unordered_map<std::uint32_t, int> asns_;
    std::map<Prefix, int> subnets_;
    int european_union_ = -1;
};

/// The `regions` of a configuration, and what is written with them.
class Places {
  public:
    explicit Places(Findings& findings) : findings_(findings) {}
    ~Places() = default;
    Places(const Places&) = delete;
    Places& operator=(const Places&) = delete;

    /// The table that the regions of policy latency stand in; before that, and with nullptr, any
    /// region is good. REQUIRES: `table` outlives this object.
    void set_latencies(const geo::LatencyTable* table) { latencies_ = table; }

    /// REQUIRES: `top` outlives this object.
    void read_regions(const Fields& top);

    /// The selectors of a target, the `number`-th of a node of policy geolocation, geoproximity,
    /// latency or subnet (`selects`); reports when it has none.
    [[nodiscard]] policy::ClientSelector read_selector(const Fields& target,
                                                       std::string_view selects, int number,
                                                       TakenPlaces& taken);

    void report_unused() const;

  private:
    enum class Progress : std::uint8_t { unread, reading, done };
    struct Region {
        explicit Region(const Cursor& where) : at(where) {}
        Cursor at;
        std::vector<geo::Area> areas;
        Progress progress = Progress::unread;
        bool used = false;
    };

    bool is_good_region_name(const Cursor& region);
    const std::vector<geo::Area>& resolve(Region& region);
    /// One code or the name of a region; reports what is neither.
    std::vector<policy::AreaSelector> read_places(const Cursor& at);
    void report_unknown(const Cursor& at);
    void read_geos(const Fields& target, int number, TakenPlaces& taken,
                   policy::ClientSelector& selector);
    void read_asns(const Fields& target, int number, TakenPlaces& taken,
                   policy::ClientSelector& selector);
    void read_subnets(const Fields& target, int number, TakenPlaces& taken,
                      policy::ClientSelector& selector);
    void read_location(const Fields& target, policy::ClientSelector& selector);
    void read_latency_region(const Fields& target, policy::ClientSelector& selector);
    void report_taken(const Cursor& at, int by, int number);

    Findings& findings_;
    const geo::LatencyTable* latencies_ = nullptr;
    std::unordered_map<std::string_view, Region> regions_;
    std::vector<std::string_view> names_;  // in the order of the configuration
};

}  // namespace fairlead::config
