// SPDX-License-Identifier: Apache-2.0
#pragma once

// What PowerDNS has to forget, and when: each changed name at once, and again later.
//
// Once is not enough. An answer of the old state may be on its way while the first purge runs, and
// is cached after it. PowerDNS gives up on a reply that takes longer than its connector's timeout
// (2 s unless configured), and caches what it got without waiting for anything else; so after 3 s
// no answer of the old state can still arrive, and the last purge is final. The two before it make
// the unlucky case short.
//
// Thread rule: a value of one thread. Pure: the time is passed in.

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "policy/catalog.h"

namespace fairlead::backend {

/// What PowerDNS is told: a name ("www.example.com."), all below and at a zone ("example.com.$").
using PurgeTargets = std::set<std::string>;

/// The names as targets. Of a zone in which more than kNamesOfZone have changed, the zone: so many
/// commands, and lines in PowerDNS's log, would cost more than the zone's cold cache.
inline constexpr std::size_t kNamesOfZone = 100;
[[nodiscard]] PurgeTargets purge_targets(const policy::Catalog& catalog,
                                         const std::vector<policy::RecordSetIndex>& names);

class PurgePlan {
  public:
    static constexpr std::array<std::chrono::milliseconds, 3> kAgain{
        std::chrono::milliseconds(100), std::chrono::milliseconds(1000),
        std::chrono::milliseconds(3000)};

    /// These were purged at `now`, and are to be again.
    void purged(const PurgeTargets& targets, TimePoint now);

    /// What is to be purged again by `now`; it is taken off the plan.
    [[nodiscard]] PurgeTargets take_due(TimePoint now);

    /// TimePoint::max() when nothing is planned.
    [[nodiscard]] TimePoint next_due() const {
        return due_.empty() ? TimePoint::max() : due_.begin()->first;
    }

    void clear() { due_.clear(); }

  private:
    std::map<TimePoint, PurgeTargets> due_;  // times are rounded up, so that flapping names share
};

}  // namespace fairlead::backend
