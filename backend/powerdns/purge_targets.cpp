// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/purge_targets.h"

#include <map>

#include "policy/referrers.h"

namespace fairlead::backend {
namespace {

std::string and_below(const DnsName& name) {
    return name.to_string() + "$";
}

std::string target_of(const policy::Catalog& catalog, const policy::RecordSet& records) {
    if (records.name.is_wildcard()) return and_below(records.name.parent());
    if (policy::answers_below(catalog, records)) return and_below(records.name);
    return records.name.to_string();
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
            targets.names.insert(and_below(catalog.zones()[zone].name));
            continue;
        }
        for (const auto name : of_zone)
            targets.names.insert(target_of(catalog, catalog.record_set(name)));
    }
    return targets;
}

}  // namespace fairlead::backend
