// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/responder.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "backend/protocol/reply_writer.h"
#include "backend/protocol/static_view.h"

namespace fairlead::backend {
namespace {

using policy::Catalog;
using policy::Zone;

void write_domain_of(const Zone& zone, std::string& out) {
    write_domain(out, {.id = zone.id, .zone = zone.name.to_string(), .serial = zone.serial});
}

void answer_all_domains(const Catalog& catalog, std::string& out) {
    out += "{\"result\":[";
    bool first = true;
    for (const Zone& zone : catalog.zones()) {
        if (zone.overlay) continue;  // its backend lists it
        if (!std::exchange(first, false)) out += ',';
        write_domain_of(zone, out);
    }
    out += "]}\n";
}

void answer_domain_info(const Catalog& catalog, const DnsName& name, std::string& out) {
    const Zone* zone = catalog.find_own_zone(name);
    if (zone == nullptr) return write_no(out);
    out += "{\"result\":";
    write_domain_of(*zone, out);
    out += "}\n";
}

/// A transfer has no client and no moment: steered names show all that they can answer with. Empty
/// non-terminals are left out, because PowerDNS works them out anew.
void answer_list(const ServingState& state, const DnsName& name, std::string& out) {
    const Catalog& catalog = *state.catalog;
    const Zone* zone = catalog.find_own_zone(name);
    if (zone == nullptr) return write_no(out);
    RecordList list(out);
    const auto add = [&list](RecordFields fields, const auto& content) {
        fields.zone_id = -1;  // PowerDNS knows it where it asks for a whole zone
        list.add(fields, content);
    };
    for (const auto index : zone->contents) {
        for_each_record(catalog, state.conditions(), catalog.record_set(index), add);
    }
    list.finish();
}

/// What stands at one name, for an interface that shows and changes records: kept out of
/// PowerDNS's caches, which queries are answered from.
void answer_api(const ServingState& state, const ApiLookup& asked, std::string& out) {
    const Catalog& catalog = *state.catalog;
    const auto* records = catalog.find(asked.name, asked.zone_id);
    RecordList list(out);
    const auto add = [&](RecordFields fields, const auto& content) {
        if (!policy::type_matches(asked.type, fields.type)) return;
        if (records->steering) fields.scope = 1;
        list.add(fields, content);
    };
    if (records != nullptr) for_each_record(catalog, state.conditions(), *records, add);
    list.finish();
}

/// PowerDNS asks for itself, nearly always for the types that stand at a name, to put them into
/// NSEC and NSEC3 records: a type missing there would be denied for everybody (RFC 8198). So a
/// family that the name can have is never missing; and a CNAME never stands there beside them,
/// because it would make the proof of an empty answer one of a forged answer. What is shown so is
/// nobody's answer, so it is never cacheable: PowerDNS's query cache does not look at who asked
/// (auth-querycache.cc).
void show_every_family(const ServingState& state, std::string_view type, policy::Reply& reply) {
    const auto& forest = state.catalog->forest();
    const auto& steering = *reply.records->steering;
    const auto& facts = forest.facts(steering.root);
    const auto lacks = [&](Family family) {
        return policy::type_matches(type, address_type(family)) &&
               reply.of(family).addresses.empty() && facts.has_address(family);
    };
    if (!facts.may_be_cname && std::ranges::none_of(kFamilies, lacks)) return;
    const policy::Selection nobody(forest, state.conditions(), Family::v4, {});
    const auto scope = std::max<std::uint8_t>(policy::scope_of(nobody, steering), 1);
    const auto all = reachable(forest, state.conditions(), steering.root);
    const auto shown_as = [&](policy::Answer& answer) {
        answer.ttl = steering.ttl;
        answer.scope = scope;
        reply.placeholder = false;
        reply.absence_scope = 0;
    };
    if (reply.cname() != nullptr || all.cname != nullptr) reply.clear();
    if (all.cname != nullptr) {
        reply.v4.cname = all.cname;
        return shown_as(reply.v4);
    }
    for (const auto family : kFamilies) {
        const auto one = std::ranges::find(all.addresses, family, &IpAddress::family);
        if (!lacks(family) || one == all.addresses.end()) continue;
        reply.of(family).addresses.push_back(*one);
        shown_as(reply.of(family));
    }
}

void add_addresses(const policy::Answer& answer, RecordFields fields, RecordList& list) {
    fields.ttl = answer.ttl;
    fields.scope = answer.scope;
    for (const IpAddress& address : answer.addresses) {
        fields.type = type_of(address);
        list.add(fields, address);
    }
}

void write_found(const Catalog& catalog, const policy::Reply& reply, std::string_view name,
                 std::string_view type, std::string& out) {
    const policy::RecordSet& records = *reply.records;
    const bool auth = records.steering ? records.steering->auth : !records.occluded;
    const RecordFields common{.name = name, .auth = auth};

    RecordList list(out);
    for (const auto& record : records.statics) {
        if (!policy::type_matches(type, record.type)) continue;
        RecordFields fields = common;
        fields.type = record.type;
        fields.ttl = record.ttl;
        fields.auth = record.auth;
        fields.scope = reply.absence_scope;
        if (record.type == "SOA") {  // what it is asked by from now on
            fields.zone_id = catalog.zones()[records.zone].id;
        }
        list.add(fields, record.content);
    }
    const policy::Answer* const cname = reply.cname();
    if (cname != nullptr && policy::type_matches(type, "CNAME")) {
        RecordFields fields = common;
        fields.type = "CNAME";
        fields.ttl = cname->ttl;
        fields.scope = cname->scope;
        list.add(fields, cname->cname->target);
    }
    add_addresses(reply.v4, common, list);
    add_addresses(reply.v6, common, list);
    if (reply.placeholder) {
        RecordFields fields = common;
        fields.scope = reply.absence_scope;
        list.add(fields, std::string_view{});
    }
    list.finish();
}

}  // namespace

void Responder::respond(Request&& request, const ServingState& state, std::string& out) {
    const Catalog& catalog = *state.catalog;
    std::visit(
        [&](auto& asked) {
            using Asked = std::decay_t<decltype(asked)>;
            if constexpr (std::is_same_v<Asked, Lookup>) {
                answer(std::move(asked), state, out);
            } else if constexpr (std::is_same_v<Asked, Initialize>) {
                write_yes(out);
            } else if constexpr (std::is_same_v<Asked, GetAllDomains>) {
                answer_all_domains(catalog, out);
            } else if constexpr (std::is_same_v<Asked, GetDomainInfo>) {
                answer_domain_info(catalog, asked.zone, out);
            } else if constexpr (std::is_same_v<Asked, ApiLookup>) {
                answer_api(state, asked, out);
            } else if constexpr (std::is_same_v<Asked, List>) {
                answer_list(state, asked.zone, out);
            } else {
                static_assert(std::is_same_v<Asked, Administrative> ||
                              std::is_same_v<Asked, Unsupported> || std::is_same_v<Asked, Refused>);
                write_no(out);
            }
        },
        request);
}

void Responder::answer(Lookup&& lookup, const ServingState& state, std::string& out) {
    std::swap(query_.name, lookup.name);
    query_.type = lookup.type;
    query_.zone_id = lookup.zone_id;
    query_.client = lookup.client;
    query_.seed = seeds_.next();
    policy::lookup(*state.catalog, state.conditions(), query_, reply_);
    if (state.traffic) state.traffic->count(worker_, lookup.zone_id, *state.catalog, reply_);
    if (reply_.records == nullptr) return write_nothing(out);
    const bool for_itself = !lookup.client.resolver;
    if (for_itself && reply_.records->steering) {
        show_every_family(state, lookup.type, reply_);
    }
    write_found(*state.catalog, reply_, lookup.asked, lookup.type, out);
}

}  // namespace fairlead::backend
