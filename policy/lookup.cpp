// SPDX-License-Identifier: Apache-2.0
#include "policy/lookup.h"

#include <algorithm>

namespace fairlead::policy {

bool type_matches(std::string_view asked, std::string_view record_type) {
    return asked == "ANY" || asked == record_type;
}

const char* to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::no_name:
            return "no_name";
        case Outcome::no_data:
            return "no_data";
        case Outcome::fixed:
            return "static";
        case Outcome::steered:
            return "steered";
        case Outcome::degraded:
            return "degraded";
        case Outcome::unanswered:
            return "unanswered";
    }
    return "";
}

namespace {

Outcome outcome_of(const Query& query, const Reply& reply, bool steers) {
    if (steers) {
        if (reply.v4.addresses.empty() && reply.v6.addresses.empty()) return Outcome::unanswered;
        const bool degraded = reply.v4.degraded || reply.v6.degraded;
        return degraded ? Outcome::degraded : Outcome::steered;
    }
    const auto& statics = reply.records->statics;
    const bool is_there = std::any_of(statics.begin(), statics.end(), [&](const auto& record) {
        return type_matches(query.type, record.type);
    });
    return is_there ? Outcome::fixed : Outcome::no_data;
}

}  // namespace

void lookup(const Catalog& catalog, const Conditions& conditions, const Query& query, Reply& reply,
            Traces* traces) {
    reply.v4.clear();
    reply.v6.clear();
    reply.placeholder = false;
    reply.absence_scope = 0;
    reply.outcome = Outcome::no_name;
    reply.records = catalog.find(query.name, query.zone_id);
    if (reply.records == nullptr) return;

    const RecordSet& records = *reply.records;
    const Forest& forest = catalog.forest();
    bool steers = false;
    if (records.steering) {
        const auto decide_family = [&](std::string_view type, Family family, Answer& answer,
                                       Trace* trace) {
            if (!type_matches(query.type, type)) return;
            steers |= forest.facts(records.steering->root).has(family);
            decide(forest, conditions, *records.steering, family, query.client, query.seed, answer,
                   trace);
        };
        decide_family("A", Family::v4, reply.v4, traces == nullptr ? nullptr : &traces->v4);
        decide_family("AAAA", Family::v6, reply.v6, traces == nullptr ? nullptr : &traces->v6);
    }

    reply.outcome = outcome_of(query, reply, steers);
    const bool has_address = !reply.v4.addresses.empty() || !reply.v6.addresses.empty();
    if (query.type != "ANY" || has_address) return;
    if (records.steering) {
        reply.absence_scope =
            scope_of(Selection(forest, conditions, Family::v4, query.client), *records.steering);
    }
    // PowerDNS finds out by ANY whether a name exists; an empty reply there would be NXDOMAIN.
    reply.placeholder = records.statics.empty();
}

}  // namespace fairlead::policy
