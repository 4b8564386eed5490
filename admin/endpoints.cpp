// SPDX-License-Identifier: Apache-2.0
#include "admin/endpoints.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/iso_time.h"
#include "policy/operator_names.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;
using policy::EndpointIndex;
using policy::State;
using std::chrono::duration_cast;
using std::chrono::seconds;

template <typename Visit>
void for_each_address(const View& view, const policy::Endpoint& endpoint, Visit&& visit) {
    const auto conditions = view.conditions();
    for (const auto family : {Family::v4, Family::v6}) {
        for (const auto& address : conditions.addresses(endpoint, family))
            visit(address);
    }
}

Fortune measured(const View& view, checks::SubjectIndex subject) {
    if (subject == checks::kUnchecked) return Fortune::unchecked;
    switch (view.health->health[subject]) {
        case checks::Health::unhealthy:
            return Fortune::unhealthy;
        case checks::Health::unknown:
            return Fortune::unknown;
        case checks::Health::healthy:
            break;
    }
    return Fortune::healthy;
}

/// The best of its addresses: one that works is enough to be answered. An alias without any cannot
/// be resolved, or was not asked for yet.
Fortune measured(const View& view, const policy::Endpoint& endpoint) {
    if (endpoint.cname) return measured(view, endpoint.cname->subject);
    const bool may_come = view.conditions().is_unresolved(endpoint) && !view.health->has_asked();
    Fortune best = may_come ? Fortune::unknown : Fortune::unhealthy;
    for_each_address(view, endpoint, [&](const policy::EndpointAddress& address) {
        best = std::max(best, measured(view, address.subject));
    });
    return best;
}

Json last_result(const checks::Evidence& evidence, TimePoint now) {
    Json json{{"result", checks::describe(evidence.last)},
              {"duration_ms", evidence.last.duration.count()}};
    if (evidence.last.certificate_days_left) {
        json["certificate_days_left"] = *evidence.last.certificate_days_left;
    }
    json["since_s"] = evidence.since == TimePoint{}
                          ? Json()
                          : Json(duration_cast<seconds>(now - evidence.since).count());
    return json;
}

/// What is answered, and how its check stands: `key` is "address" or "target".
Json watched_json(const View& view, const char* key, std::string answered,
                  checks::SubjectIndex subject, TimePoint now) {
    Json json{{key, std::move(answered)}, {"check", nullptr}};
    if (subject == checks::kUnchecked) return json;
    const auto& check = view.catalog->checks()[view.catalog->subjects()[subject].check];
    json["check"] = check.name;
    json["health"] = word(view.health->health[subject]);
    if (!view.health->evidence.empty() && check.enabled) {
        json.update(last_result(view.health->evidence[subject], now));
    }
    return json;
}

/// Rounded up: what is asked for two hours shows as two hours, and nothing is safe too soon.
std::int64_t seconds_until(policy::WallTime when, const Moment& now) {
    return std::max<std::int64_t>(std::chrono::ceil<seconds>(when - now.wall).count(), 0);
}

Json labels_json(const policy::Endpoint& endpoint) {
    return endpoint.labels == nullptr ? Json::object() : Json(*endpoint.labels);
}

Json endpoint_json(const View& view, EndpointIndex index, const policy::OverrideEntry* set,
                   const Moment& now) {
    const policy::Endpoint& endpoint = view.forest().endpoint(index);
    Json addresses = Json::array();
    for_each_address(view, endpoint, [&](const policy::EndpointAddress& address) {
        addresses.push_back(watched_json(view, "address", address.address.to_string(),
                                         address.subject, now.steady));
    });
    const Json alias =
        endpoint.alias ? Json(view.catalog->aliases()[endpoint.alias->index].host) : Json();
    const Json cname = endpoint.cname ? watched_json(view, "target", endpoint.cname->target,
                                                     endpoint.cname->subject, now.steady)
                                      : Json();
    return {{"name", endpoint.name},
            {"alias", alias},
            {"cname", cname},
            {"labels", labels_json(endpoint)},
            {"status", word(fortune_of(view, index))},
            {"state", to_string(view.conditions().state(view.forest(), index))},
            {"configured_state", to_string(endpoint.state)},
            {"override", set_json(set, now)},
            {"addresses", std::move(addresses)}};
}

}  // namespace

const char* word(checks::Health health) {
    switch (health) {
        case checks::Health::unknown:
            return "unknown";
        case checks::Health::healthy:
            return "healthy";
        case checks::Health::unhealthy:
            return "unhealthy";
    }
    return "";
}

const char* word(Fortune fortune) {
    switch (fortune) {
        case Fortune::unhealthy:
            return "unhealthy";
        case Fortune::forced_down:
            return "down";
        case Fortune::drained:
            return "drained";
        case Fortune::unknown:
            return "unknown";
        case Fortune::healthy:
            return "healthy";
        case Fortune::unchecked:
            return "unchecked";
    }
    return "";
}

Fortune fortune_of(const View& view, EndpointIndex endpoint) {
    switch (view.conditions().state(view.forest(), endpoint)) {
        case State::down:
            return Fortune::forced_down;
        case State::drain:
            return Fortune::drained;
        case State::up:
        case State::obey:
            break;
    }
    return measured(view, view.forest().endpoint(endpoint));
}

std::vector<std::size_t> count_fortunes(const View& view) {
    std::vector<std::size_t> counts(static_cast<std::size_t>(Fortune::unchecked) + 1, 0);
    for (EndpointIndex i = 0; i < view.forest().endpoint_count(); ++i)
        ++counts[static_cast<std::size_t>(fortune_of(view, i))];
    return counts;
}

std::vector<const policy::OverrideEntry*> governing(const View& view) {
    return view.set == nullptr ? policy::OverrideList().governing(view.forest())
                               : view.set->governing(view.forest());
}

Json set_json(const policy::OverrideEntry* entry, const Moment& now) {
    if (entry == nullptr) return nullptr;
    Json json{{"target", entry->target},
              {"state", to_string(entry->state)},
              {"reason", entry->reason},
              {"by", entry->by},
              {"until", entry->until ? Json(iso_text(*entry->until)) : Json()},
              {"ends_in_s", entry->until ? Json(seconds_until(*entry->until, now)) : Json()}};
    if (entry->safe_at) json["safe_in_s"] = seconds_until(*entry->safe_at, now);
    return json;
}

Json endpoints_json(const View& view, const Page& page, const Moment& now,
                    const std::optional<policy::LabelSelector>& selector) {
    std::vector<EndpointIndex> order;
    std::vector<Fortune> fortunes(view.forest().endpoint_count());
    for (EndpointIndex i = 0; i < fortunes.size(); ++i) {
        if (selector && !selector->selects(view.forest().endpoint(i))) continue;
        order.push_back(i);
        fortunes[i] = fortune_of(view, i);
    }
    std::ranges::stable_sort(order, {}, [&](EndpointIndex index) { return fortunes[index]; });

    const auto set = governing(view);
    Json list = Json::array();
    for (std::size_t i = page.offset; i < order.size() && list.size() < page.limit; ++i)
        list.push_back(endpoint_json(view, order[i], set[order[i]], now));
    return {{"total", order.size()}, {"endpoints", std::move(list)}};
}

Json pools_json(const View& view, const Page& page, const Moment& now) {
    const auto set = governing(view);
    const auto pools = policy::pools_of(view.forest());
    Json list = Json::array();
    for (std::size_t i = page.offset; i < pools.size() && list.size() < page.limit; ++i) {
        const policy::Node& pool = view.forest().node(pools[i]);
        Json endpoints = Json::array();
        for (const auto& target : pool.targets) {  // a pool has nothing but endpoints
            endpoints.push_back({{"name", view.forest().endpoint(target.index).name},
                                 {"status", word(fortune_of(view, target.index))},
                                 {"override", set_json(set[target.index], now)}});
        }
        list.push_back({{"name", pool.label.substr(std::string("pool ").size())},
                        {"policy", policy::to_string(pool.policy)},
                        {"endpoints", std::move(endpoints)}});
    }
    return {{"total", pools.size()}, {"pools", std::move(list)}};
}

namespace {

Json override_json(const View& view, const policy::OverrideEntry& entry,
                   const std::vector<std::uint32_t>& ttls, const Moment& now) {
    Json names = Json::array();
    std::uint32_t ttl = 0;
    for (const auto endpoint : policy::endpoints_named(view.forest(), entry.target)) {
        names.push_back(view.forest().endpoint(endpoint).name);
        ttl = std::max(ttl, ttls[endpoint]);
    }
    Json json = set_json(&entry, now);
    json["since"] = iso_text(entry.since);
    json["matches"] = !names.empty();
    json["endpoints"] = std::move(names);
    if (policy::takes_out(entry.state)) json["largest_ttl_s"] = ttl;
    return json;
}

}  // namespace

Json override_json(const View& view, const policy::OverrideEntry& entry, const Moment& now) {
    return override_json(view, entry, policy::largest_ttls(*view.catalog), now);
}

Json overrides_json(const View& view, const Moment& now) {
    Json list = Json::array();
    if (view.set != nullptr && !view.set->empty()) {
        const auto ttls = policy::largest_ttls(*view.catalog);
        for (const auto& entry : view.set->all())
            list.push_back(override_json(view, entry, ttls, now));
    }
    return {{"overrides", std::move(list)}};
}

}  // namespace fairlead::admin
