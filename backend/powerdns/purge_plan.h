// SPDX-License-Identifier: Apache-2.0
#pragma once

// When one PowerDNS has to forget: each changed name at once, and again later.
//
// Once is not enough. An answer of the old state may be on its way while the first purge runs, and
// is cached after it. PowerDNS gives up on a reply that takes longer than its connector's timeout,
// and caches what it got without waiting for anything else; so a second after that time no answer
// of the old state can still arrive, and the last purge is final. Those before it make the unlucky
// case short: with a timeout of 1 or 2 s they come after 0.1, 1 and 3 s, with one of 60 s (a
// PowerDNS for transfers) after 0.1, 1, 3, 10, 30 and 61 s.
//
// Thread rule: a value of one thread. Pure: the time is passed in.

#include <chrono>
#include <map>
#include <vector>

#include "backend/powerdns/purge_targets.h"
#include "base/clock.h"

namespace fairlead::backend {

class PurgePlan {
  public:
    /// Of a PowerDNS that waits this long for an answer.
    explicit PurgePlan(std::chrono::milliseconds connector_timeout = std::chrono::seconds(2));

    /// These were purged at `now`, and are to be again.
    void purged(const PurgeTargets& targets, TimePoint now);

    /// What is to be purged again by `now`; it is taken off the plan.
    [[nodiscard]] PurgeTargets take_due(TimePoint now);

    /// TimePoint::max() when nothing is planned.
    [[nodiscard]] TimePoint next_due() const {
        return due_.empty() ? TimePoint::max() : due_.begin()->first;
    }

  private:
    std::vector<std::chrono::milliseconds> again_;
    std::map<TimePoint, PurgeTargets> due_;  // times are rounded up, so that flapping names share
};

}  // namespace fairlead::backend
