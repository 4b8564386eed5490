// SPDX-License-Identifier: Apache-2.0
#include "policy/lookup.h"

#include <algorithm>

namespace fairlead::policy {

bool type_matches(std::string_view asked, std::string_view record_type) {
    return asked == "ANY" || asked == record_type;
}

bool shows_decision(std::string_view asked, const Answers& reply, Family family) {
    if (const Answer* cname = reply.cname()) return cname == &reply.of(family);
    return type_matches(asked, address_type(family));
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
        if (!reply.has_address() && reply.cname() == nullptr) return Outcome::unanswered;
        const bool degraded = reply.v4.degraded || reply.v6.degraded;
        return degraded ? Outcome::degraded : Outcome::steered;
    }
    const auto& statics = reply.records->statics;
    const bool is_there = std::any_of(statics.begin(), statics.end(), [&](const auto& record) {
        return type_matches(query.type, record.type);
    });
    return is_there ? Outcome::fixed : Outcome::no_data;
}

/// The addresses of a name that steers, or its CNAME. True when it is a matter of this client and
/// this moment that it has none.
bool decide_name(const Catalog& catalog, const Conditions& conditions, const Query& query,
                 Reply& reply, Traces* traces) {
    const Forest& forest = catalog.forest();
    const Steering& steering = *reply.records->steering;
    const NodeFacts& facts = forest.facts(steering.root);
    const Wanted wanted{.v4 = type_matches(query.type, "A"),
                        .v6 = type_matches(query.type, "AAAA")};
    const bool steers = (wanted.v4 && facts.has_address(Family::v4)) ||
                        (wanted.v6 && facts.has_address(Family::v6));
    if (!facts.may_be_cname) {
        for (const auto family : kFamilies) {
            if (!wanted.of(family)) continue;
            decide(forest, conditions, steering, family, query.client, query.seed, reply.of(family),
                   traces == nullptr ? nullptr : &traces->of(family));
        }
        return steers;
    }
    if (!wanted.v4 && !wanted.v6 && !type_matches(query.type, "CNAME")) return false;
    decide_together(forest, conditions, steering, query.client, query.seed, wanted, reply, traces);
    return steers || facts.has_only_cnames() || reply.cname() != nullptr;
}

}  // namespace

void lookup(const Catalog& catalog, const Conditions& conditions, const Query& query, Reply& reply,
            Traces* traces) {
    reply.clear();
    reply.placeholder = false;
    reply.absence_scope = 0;
    reply.outcome = Outcome::no_name;
    reply.records = catalog.find(query.name, query.zone_id);
    if (reply.records == nullptr) return;

    const RecordSet& records = *reply.records;
    const bool steers = records.steering && decide_name(catalog, conditions, query, reply, traces);
    reply.outcome = outcome_of(query, reply, steers);
    if (query.type != "ANY" || reply.has_address() || reply.cname() != nullptr) return;
    if (records.steering) {
        reply.absence_scope = scope_of(
            Selection(catalog.forest(), conditions, Family::v4, query.client), *records.steering);
    }
    // PowerDNS finds out by ANY whether a name exists; an empty reply there would be NXDOMAIN.
    reply.placeholder = records.statics.empty();
}

}  // namespace fairlead::policy
