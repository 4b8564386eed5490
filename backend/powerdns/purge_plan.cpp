// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/purge_plan.h"

#include <algorithm>

namespace fairlead::backend {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGrain{100};
constexpr milliseconds kMargin{1000};  // from the end of a timeout to what follows from it
constexpr milliseconds kAtLeast{3000};

TimePoint rounded_up(TimePoint time) {
    const auto rest = time.time_since_epoch() % kGrain;
    return rest == Duration::zero() ? time : time + (kGrain - rest);
}

}  // namespace

PurgePlan::PurgePlan(milliseconds connector_timeout) {
    const auto last = std::max(connector_timeout + kMargin, kAtLeast);
    for (const auto early : {milliseconds(100), milliseconds(1000), milliseconds(3000),
                             milliseconds(10'000), milliseconds(30'000)}) {
        if (early < last) again_.push_back(early);
    }
    again_.push_back(last);
}

void PurgePlan::purged(const PurgeTargets& targets, TimePoint now) {
    if (targets.empty()) return;
    for (const auto wait : again_)
        due_[rounded_up(now + wait)].add(targets);
}

PurgeTargets PurgePlan::take_due(TimePoint now) {
    PurgeTargets targets;
    while (!due_.empty() && due_.begin()->first <= now) {
        targets.add(due_.begin()->second);
        due_.erase(due_.begin());
    }
    return targets;
}

}  // namespace fairlead::backend
