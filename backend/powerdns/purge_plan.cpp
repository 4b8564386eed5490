// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/purge_plan.h"

namespace fairlead::backend {
namespace {

constexpr std::chrono::milliseconds kGrain{100};

TimePoint rounded_up(TimePoint time) {
    const auto rest = time.time_since_epoch() % kGrain;
    return rest == Duration::zero() ? time : time + (kGrain - rest);
}

}  // namespace

PurgeTargets purge_targets(const policy::Catalog& catalog,
                           const std::vector<policy::RecordSetIndex>& names) {
    std::map<policy::ZoneIndex, std::vector<policy::RecordSetIndex>> by_zone;
    for (const auto name : names)
        by_zone[catalog.record_set(name).zone].push_back(name);
    PurgeTargets targets;
    for (const auto& [zone, of_zone] : by_zone) {
        if (of_zone.size() > kNamesOfZone) {
            targets.insert(catalog.zones()[zone].name.to_string() + "$");
            continue;
        }
        for (const auto name : of_zone)
            targets.insert(catalog.record_set(name).name.to_string());
    }
    return targets;
}

void PurgePlan::purged(const PurgeTargets& targets, TimePoint now) {
    if (targets.empty()) return;
    for (const auto wait : kAgain)
        due_[rounded_up(now + wait)].insert(targets.begin(), targets.end());
}

PurgeTargets PurgePlan::take_due(TimePoint now) {
    PurgeTargets targets;
    while (!due_.empty() && due_.begin()->first <= now) {
        targets.merge(due_.begin()->second);
        due_.erase(due_.begin());
    }
    return targets;
}

}  // namespace fairlead::backend
