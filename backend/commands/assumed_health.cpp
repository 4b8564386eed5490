// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/assumed_health.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "checks/alias_places.h"
#include "policy/conditions.h"
#include "policy/operator_names.h"

namespace fairlead::backend {
namespace {

/// Marks what `text` names (an endpoint, or one address of one) as unhealthy. Returns how many
/// checked addresses that are; nothing when there is no such endpoint.
std::optional<std::size_t> mark_down(const policy::Catalog& catalog, const std::string& text,
                                     checks::Snapshot& health) {
    const auto only = IpAddress::parse(text);
    const policy::Conditions conditions(health);
    bool found = false;
    std::size_t marked = 0;
    for (policy::EndpointIndex i = 0; i < catalog.forest().endpoint_count(); ++i) {
        const policy::Endpoint& endpoint = catalog.forest().endpoint(i);
        if (!only && endpoint.name != text) continue;
        found |= endpoint.name == text;
        for (const auto family : {Family::v4, Family::v6}) {
            for (const auto& address : conditions.addresses(endpoint, family)) {
                if (only && address.address != *only) continue;
                found = true;
                if (address.subject == checks::kUnchecked) continue;
                health.health[address.subject] = checks::Health::unhealthy;
                ++marked;
            }
        }
    }
    return found ? std::optional(marked) : std::nullopt;
}

bool is_unresolved_alias(const policy::Catalog& catalog, const checks::Snapshot& health,
                         const std::string& endpoint) {
    const auto found = catalog.forest().find_endpoints(endpoint);
    return std::ranges::any_of(found, [&](auto index) {
        return policy::Conditions(health).is_unresolved(catalog.forest().endpoint(index));
    });
}

/// One "NAME=ADDRESS,ADDRESS".
Result<checks::NameState> read_resolved(const policy::Catalog& catalog, const std::string& text) {
    const auto equals = text.find('=');
    checks::NameState name;
    name.host = text.substr(0, equals);
    if (std::ranges::find(catalog.aliases(), name.host, &checks::Alias::host) ==
        catalog.aliases().end()) {
        return Error{"--resolve: \"" + name.host + "\" is no alias of the configuration; write " +
                     "--resolve NAME=ADDRESS,ADDRESS"};
    }
    std::istringstream list(equals == text.npos ? "" : text.substr(equals + 1));
    for (std::string item; std::getline(list, item, ',');) {
        const auto address = IpAddress::parse(item);
        if (!address) return Error{"--resolve: \"" + item + "\" is no IP address"};
        name.of(address->family()).addresses.push_back(*address);
    }
    return name;
}

Result<void> resolve(const policy::Catalog& catalog, const std::vector<std::string>& texts,
                     checks::Snapshot& health) {
    auto subjects = catalog.subjects();
    checks::AliasPlaces places(catalog.aliases(), subjects);
    for (const auto& text : texts) {
        const auto name = read_resolved(catalog, text);
        if (!name) return name.error();
        static_cast<void>(places.update(*name));
    }
    health.aliases = places.table(true);
    return {};
}

}  // namespace

Result<checks::Snapshot> assumed_health(const policy::Catalog& catalog,
                                        const Assumptions& assumed) {
    auto health = checks::Snapshot::all_unknown(catalog.subjects().size());
    if (const auto done = resolve(catalog, assumed.resolve, health); !done) return done.error();
    for (const auto& text : assumed.down) {
        const auto marked = mark_down(catalog, text, health);
        if (!marked) {
            return Error{"--down: no endpoint has the name or address \"" + text + "\""};
        }
        if (*marked > 0) continue;
        return Error{"--down: endpoint \"" + text + "\" has no " +
                     (is_unresolved_alias(catalog, health, text)
                          ? "address; give it some with --resolve NAME=ADDRESS,ADDRESS"
                          : "health check, so nothing would ever find it down")};
    }
    return health;
}

std::string advice_on_aliases(const policy::Catalog& catalog, const checks::Snapshot& health,
                              policy::NodeIndex root) {
    std::vector<std::string> hosts;
    for (const auto index : policy::endpoints_below(catalog.forest(), root)) {
        const auto& endpoint = catalog.forest().endpoint(index);
        if (!policy::Conditions(health).is_unresolved(endpoint)) continue;
        const auto& host = catalog.aliases()[endpoint.alias->index].host;
        if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
    }
    if (hosts.empty()) return "";
    std::string text = "not resolved, so without an address:";
    for (const auto& host : hosts)
        text += " " + host;
    return text + "; give addresses with --resolve " + hosts.front() + "=ADDRESS,ADDRESS";
}

}  // namespace fairlead::backend
