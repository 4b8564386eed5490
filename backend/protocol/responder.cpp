// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/responder.h"

#include <set>
#include <type_traits>
#include <utility>

#include "backend/protocol/reply_writer.h"

namespace fairlead::backend {
namespace {

using policy::Catalog;
using policy::Zone;

void write_domain_of(const Catalog& catalog, const Zone& zone, std::string& out) {
    write_domain(
        out, {.id = catalog.index_of(zone), .zone = zone.name.to_string(), .serial = zone.serial});
}

void answer_all_domains(const Catalog& catalog, std::string& out) {
    out += "{\"result\":[";
    bool first = true;
    for (const Zone& zone : catalog.zones()) {
        if (!std::exchange(first, false)) out += ',';
        write_domain_of(catalog, zone, out);
    }
    out += "]}\n";
}

void answer_domain_info(const Catalog& catalog, const DnsName& name, std::string& out) {
    const Zone* zone = catalog.find_zone(name);
    if (zone == nullptr) return write_no(out);
    out += "{\"result\":";
    write_domain_of(catalog, *zone, out);
    out += "}\n";
}

/// All addresses that a steered name can ever answer with, each once, in the order of the trees.
class ReachableAddresses {
  public:
    ReachableAddresses(const policy::Forest& forest, policy::NodeIndex root)
        : forest_(forest), seen_(forest.node_count(), false) {
        visit_node(root);
    }
    [[nodiscard]] const std::vector<IpAddress>& addresses() const { return addresses_; }

  private:
    // As deep as the tree at most, and that is bounded by policy::kDepthMax.
    void visit_node(policy::NodeIndex index) {  // NOLINT(misc-no-recursion)
        if (seen_[index]) return;
        seen_[index] = true;
        const policy::Node& node = forest_.node(index);
        for (const auto& target : node.targets)
            visit(target);
        if (node.default_target) visit(*node.default_target);
        if (node.on_all_unhealthy == policy::OnAllUnhealthy::use) visit_node(node.fallback);
    }
    void visit(const policy::Target& target) {  // NOLINT(misc-no-recursion)
        if (target.kind == policy::Target::Kind::node) return visit_node(target.index);
        const policy::Endpoint& endpoint = forest_.endpoint(target.index);
        for (const auto& address : endpoint.v4)
            add(address.address);
        for (const auto& address : endpoint.v6)
            add(address.address);
    }
    void add(const IpAddress& address) {
        if (known_.insert(address).second) addresses_.push_back(address);
    }

    const policy::Forest& forest_;
    std::vector<bool> seen_;  // a pool that many branches share is visited once
    std::set<IpAddress> known_;
    std::vector<IpAddress> addresses_;
};

std::string_view type_of(const IpAddress& address) {
    return address.is_v4() ? "A" : "AAAA";
}

void list_records(const Catalog& catalog, const policy::RecordSet& records, RecordList& list) {
    const std::string name = records.name.to_string();
    for (const auto& record : records.statics) {
        list.add({.name = name,
                  .type = record.type,
                  .ttl = record.ttl,
                  .zone_id = records.zone,
                  .auth = record.auth},
                 record.content);
    }
    if (!records.steering) return;
    const ReachableAddresses reachable(catalog.forest(), records.steering->root);
    for (const IpAddress& address : reachable.addresses()) {
        list.add({.name = name,
                  .type = type_of(address),
                  .ttl = records.steering->ttl,
                  .zone_id = records.zone},
                 address);
    }
}

/// A transfer has no client and no moment: steered names show all that they can answer with. Empty
/// non-terminals are left out, because PowerDNS works them out anew.
void answer_list(const Catalog& catalog, const DnsName& name, std::string& out) {
    const Zone* zone = catalog.find_zone(name);
    if (zone == nullptr) return write_no(out);
    RecordList list(out);
    for (const auto index : zone->contents)
        list_records(catalog, catalog.record_set(index), list);
    list.finish();
}

void add_addresses(const policy::Answer& answer, RecordFields fields, RecordList& list) {
    fields.ttl = answer.ttl;
    fields.scope = answer.scope;
    for (const IpAddress& address : answer.addresses) {
        fields.type = type_of(address);
        list.add(fields, address);
    }
}

void write_found(const policy::Reply& reply, std::string_view type, std::string& out) {
    const policy::RecordSet& records = *reply.records;
    const std::string name = records.name.to_string();
    const RecordFields common{.name = name, .zone_id = records.zone};

    RecordList list(out);
    for (const auto& record : records.statics) {
        if (!policy::type_matches(type, record.type)) continue;
        RecordFields fields = common;
        fields.type = record.type;
        fields.ttl = record.ttl;
        fields.auth = record.auth;
        fields.scope = reply.absence_scope;
        list.add(fields, record.content);
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
    const auto yes_if_zone = [&](const DnsName& name, auto write) {
        catalog.find_zone(name) == nullptr ? write_no(out) : write(out);
    };
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
            } else if constexpr (std::is_same_v<Asked, GetAllDomainMetadata>) {
                yes_if_zone(asked.zone, write_no_metadata);
            } else if constexpr (std::is_same_v<Asked, GetDomainMetadata>) {
                yes_if_zone(asked.zone, write_nothing);
            } else if constexpr (std::is_same_v<Asked, List>) {
                answer_list(catalog, asked.zone, out);
            } else {
                static_assert(std::is_same_v<Asked, Unsupported> || std::is_same_v<Asked, Refused>);
                write_no(out);
            }
        },
        request);
}

void Responder::answer(Lookup&& lookup, const ServingState& state, std::string& out) {
    const policy::Query query{.name = std::move(lookup.name),
                              .type = lookup.type,
                              .zone_id = lookup.zone_id,
                              .client = lookup.client,
                              .seed = seeds_.next()};
    policy::lookup(*state.catalog, state.conditions(), query, reply_);
    if (state.traffic) {
        state.traffic->count(worker_, reply_.records ? reply_.records->zone : lookup.zone_id);
    }
    if (reply_.records == nullptr) return write_nothing(out);
    write_found(reply_, lookup.type, out);
}

}  // namespace fairlead::backend
