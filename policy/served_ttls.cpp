// SPDX-License-Identifier: Apache-2.0
#include "policy/served_ttls.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "policy/operator_names.h"

namespace fairlead::policy {
namespace {

using std::chrono::seconds;

/// Those that `target` means in `after`, but none of the same name in `before`.
std::vector<EndpointIndex> newly_named(const Forest& before, const Forest& after,
                                       std::string_view target) {
    std::unordered_set<std::string_view> known;
    for (const auto endpoint : endpoints_named(before, target))
        known.insert(before.endpoint(endpoint).name);
    auto endpoints = endpoints_named(after, target);
    std::erase_if(endpoints, [&](auto i) { return known.contains(after.endpoint(i).name); });
    return endpoints;
}

}  // namespace

WallTime ServedTtls::expiry(const Catalog& catalog, std::string_view target, WallTime since) const {
    return expiry(catalog, endpoints_named(catalog.forest(), target), since);
}

WallTime ServedTtls::expiry(const Catalog& catalog, const std::vector<EndpointIndex>& endpoints,
                            WallTime since) const {
    WallTime latest = since;
    if (endpoints.empty()) return latest;
    const auto ttls = largest_ttls(catalog);
    for (const auto endpoint : endpoints) {
        latest = std::max(latest, since + seconds(ttls[endpoint]));
        const auto held = held_until_.find(catalog.forest().endpoint(endpoint).name);
        if (held != held_until_.end()) latest = std::max(latest, held->second);
    }
    return latest;
}

void ServedTtls::replace(const Catalog& before, const Catalog& after, OverrideList& set,
                         WallTime now) {
    remember(before, after, now);
    set.delay([&](const OverrideEntry& entry) {
        return expiry(after, newly_named(before.forest(), after.forest(), entry.target), now);
    });
}

/// Endpoints may share a name (an address in many places): then the largest of their TTLs counts.
void ServedTtls::remember(const Catalog& before, const Catalog& after, WallTime now) {
    std::erase_if(held_until_, [&](const auto& held) { return held.second <= now; });
    std::unordered_map<std::string_view, std::uint32_t> next;
    const auto next_ttls = largest_ttls(after);
    for (EndpointIndex i = 0; i < next_ttls.size(); ++i) {
        auto& ttl = next[after.forest().endpoint(i).name];
        ttl = std::max(ttl, next_ttls[i]);
    }
    const auto ttls = largest_ttls(before);
    for (EndpointIndex i = 0; i < ttls.size(); ++i) {
        const std::string& name = before.forest().endpoint(i).name;
        const auto found = next.find(name);
        if (ttls[i] <= (found == next.end() ? 0 : found->second)) continue;
        auto& until = held_until_[name];
        until = std::max(until, now + seconds(ttls[i]));
    }
}

}  // namespace fairlead::policy
