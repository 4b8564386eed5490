// SPDX-License-Identifier: Apache-2.0
#include "config/zone_cuts.h"

#include "config/rdata.h"

namespace fairlead::config {

std::optional<DnsName> ZoneCuts::above(const DnsName& owner) const {
    std::optional<DnsName> cut;
    for (DnsName name = owner; name != apex_; name = name.parent()) {
        if (zones_->contains(name)) cut = name;
    }
    return cut;
}

void ZoneCuts::add_server(std::string_view name) {
    auto parsed = DnsName::parse(name);
    if (parsed) servers_.insert(*std::move(parsed));
}

bool ZoneCuts::is_delegation(const Records& records) const {
    if (records.type == kTypeA || records.type == kTypeAaaa) {
        return servers_.contains(records.owner);
    }
    return records.owner == records.cut && (records.type == kTypeNs || records.type == kTypeDs);
}

void ZoneCuts::report(Findings& findings) const {
    for (const auto& records : records_) {
        if (is_delegation(records)) continue;
        const auto message = records.owner.to_string() + " lies in the zone " +
                             records.cut.to_string() + " at " +
                             findings.position(*zones_->at(records.cut)) +
                             "; write it there: here can stand only NS and DS at its top, and its "
                             "servers' addresses";
        if (records.key != nullptr) {
            findings.add(Rule::in_child_zone, *records.key, records.path, message);
        } else {
            findings.add(Rule::in_child_zone, records.line, records.path, message);
        }
    }
}

}  // namespace fairlead::config
