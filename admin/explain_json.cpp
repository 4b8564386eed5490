// SPDX-License-Identifier: Apache-2.0
#include "admin/explain_json.h"

#include <nlohmann/json.hpp>

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;
using policy::Fate;
using policy::Manner;
using policy::Specificity;

const char* word(Fate fate) {
    switch (fate) {
        case Fate::picked:
            return "picked";
        case Fate::eligible:
            return "eligible";
        case Fate::standby:
            return "standby";
        case Fate::held_back:
            return "held_back";
        case Fate::unhealthy:
            return "unhealthy";
        case Fate::forced_down:
            return "forced_down";
        case Fate::drained:
            return "drained";
        case Fate::no_family:
            return "no_address_of_this_type";
        case Fate::unresolved:
            return "unresolved";
        case Fate::not_matched:
            return "not_for_this_client";
    }
    return "";
}

const char* word(Manner manner) {
    switch (manner) {
        case Manner::normal:
            return "normal";
        case Manner::too_few:
            return "below_min_healthy";
        case Manner::serve_all:
            return "serve_all";
        case Manner::fallback:
            return "use";
        case Manner::no_answer:
            return "no_answer";
    }
    return "";
}

Json word(Specificity specificity) {
    switch (specificity) {
        case Specificity::none:
            return nullptr;
        case Specificity::continent:
            return "continent";
        case Specificity::european_union:
            return "european_union";
        case Specificity::country:
            return "country";
        case Specificity::subdivision:
            return "subdivision";
        case Specificity::asn:
            return "asn";
        case Specificity::subnet:
            return "subnet";
    }
    return nullptr;
}

double latency_ms(geo::Latency latency) {
    return latency.count() / 1000.0;
}

Json step_json(const policy::TraceStep& step) {
    Json targets = Json::array();
    for (const auto& target : step.targets) {
        targets.push_back({{"target", target.target->label},
                           {"fate", word(target.fate)},
                           {"probability", target.probability}});
        if (target.target->selector().region) {
            targets.back()["latency_ms"] =
                target.latency ? Json(latency_ms(*target.latency)) : Json();
        }
    }
    return {{"policy", policy::to_string(step.node->policy)},
            {"node", step.node->label},
            {"depth", step.depth},
            {"manner", word(step.manner)},
            {"matched_by", word(step.matched)},
            {"strict", step.node->strict},
            {"healthy", step.healthy},
            {"min_healthy", step.required},
            {"targets", std::move(targets)}};
}

Json decision_json(const policy::Answer& answer, const policy::Dependence& depends,
                   const policy::Trace& trace) {
    Json addresses = Json::array();
    for (const auto& address : answer.addresses)
        addresses.push_back(address.to_string());
    Json reasons = Json::array();
    if (depends.client) reasons.push_back("client");
    if (depends.random) reasons.push_back("draw");
    if (depends.health) reasons.push_back("health");
    if (depends.names) reasons.push_back("names");
    Json steps = Json::array();
    for (const auto& step : trace.steps)
        steps.push_back(step_json(step));
    return {{"addresses", std::move(addresses)},
            {"cname", answer.cname == nullptr ? Json() : Json(answer.cname->target)},
            {"ttl", answer.ttl},
            {"scope", answer.scope == 0 ? Json() : Json(answer.scope)},
            {"depends_on", std::move(reasons)},
            {"steps", std::move(steps)}};
}

Json location_json(const geo::Location& location) {
    const auto text = [](const geo::AreaCode& code) {
        return code.empty() ? Json() : Json(code.to_string());
    };
    return {{"continent", text(location.continent)},
            {"country", text(location.country)},
            {"subdivision", text(location.subdivision)},
            {"european_union", location.european_union},
            {"asn", location.asn == 0 ? Json() : Json(location.asn)},
            {"prefix_length", location.prefix_length}};
}

Json text_of(const std::optional<IpAddress>& address) {
    return address ? Json(address->to_string()) : Json();
}

Json statics_json(const policy::RecordSet& records, std::string_view type) {
    Json found = Json::array();
    for (const auto& record : records.statics) {
        if (!policy::type_matches(type, record.type)) continue;
        found.push_back({{"type", record.type}, {"ttl", record.ttl}, {"content", record.content}});
    }
    return found;
}

}  // namespace

std::string explain_json(const policy::Catalog& catalog, const geo::Locator& locator,
                         const policy::Query& query, const policy::Reply& reply,
                         const policy::Traces& traces) {
    Json json{{"name", query.name.to_string()},
              {"type", query.type},
              {"client", text_of(query.client.network)},
              {"resolver", text_of(query.client.resolver)},
              {"location", nullptr},
              {"exists", reply.records != nullptr}};
    if (reply.records != nullptr) {
        json["static"] = statics_json(*reply.records, query.type);
        if (const auto& steering = reply.records->steering) {
            const auto& depends = catalog.forest().facts(steering->root).depends;
            if (depends.client && query.client.network) {
                json["location"] = location_json(locator.locate(*query.client.network));
            }
            for (const auto family : kFamilies) {
                if (!policy::shows_decision(query.type, reply, family)) continue;
                json[address_type(family)] =
                    decision_json(reply.of(family), depends, traces.of(family));
            }
        }
    }
    // What a configuration can hold besides UTF-8 (a label's bytes) must not end in an exception.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fairlead::admin
