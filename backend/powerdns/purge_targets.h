// SPDX-License-Identifier: Apache-2.0
#pragma once

// What PowerDNS has to forget when names have changed: each under every name that it may have been
// asked for. Its packet cache is keyed by the name of the question, so a change of
//
//     www              is in packets for www
//     *.wild           is in packets for any name below wild
//     a CNAME's target is in packets for the CNAME's owner (policy/referrers.h)
//
// Source: PowerDNS pdns/auth-packetcache.cc, auth-querycache.cc. Thread rule: pure.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "policy/catalog.h"

namespace fairlead::backend {

struct PurgeTargets {
    bool everything = false;      // whatever is in `names`
    std::set<std::string> names;  // "www.example.com."; with all below it: "wild.example.com.$"

    [[nodiscard]] bool empty() const { return !everything && names.empty(); }
    void add(const PurgeTargets& more) {
        everything |= more.everything;
        names.insert(more.names.begin(), more.names.end());
    }
    friend bool operator==(const PurgeTargets&, const PurgeTargets&) = default;
};

/// The names as targets. Of a zone in which more than kNamesOfZone have changed, the zone: so many
/// commands, and lines in PowerDNS's log, would cost more than the zone's cold cache.
inline constexpr std::size_t kNamesOfZone = 100;
[[nodiscard]] PurgeTargets purge_targets(const policy::Catalog& catalog,
                                         const std::vector<policy::RecordSetIndex>& names);

}  // namespace fairlead::backend
