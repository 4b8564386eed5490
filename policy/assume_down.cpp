// SPDX-License-Identifier: Apache-2.0
#include "policy/assume_down.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "policy/conditions.h"

namespace fairlead::policy {
namespace {

/// Marks what `text` names (an endpoint, or one address of one) as unhealthy. Returns how many
/// checked addresses that are; nothing when there is no such endpoint.
std::optional<std::size_t> mark_down(const Catalog& catalog, const std::string& text,
                                     checks::Snapshot& health) {
    const auto only = IpAddress::parse(text);
    const Conditions conditions(health);
    bool found = false;
    std::size_t marked = 0;
    for (EndpointIndex i = 0; i < catalog.forest().endpoint_count(); ++i) {
        const Endpoint& endpoint = catalog.forest().endpoint(i);
        if (!only && endpoint.name != text) continue;
        found |= endpoint.name == text;
        const auto mark = [&](checks::SubjectIndex subject) {
            if (subject == checks::kUnchecked) return;
            health.health[subject] = checks::Health::unhealthy;
            // What was measured says nothing of it.
            if (!health.evidence.empty()) health.evidence[subject] = {};
            if (!health.steady_s.empty()) health.steady_s[subject] = checks::kSteadyForever;
            ++marked;
        };
        if (endpoint.cname && !only) mark(endpoint.cname->subject);
        for (const auto family : kFamilies) {
            for (const auto& address : conditions.addresses(endpoint, family)) {
                if (only && address.address != *only) continue;
                found = true;
                mark(address.subject);
            }
        }
    }
    return found ? std::optional(marked) : std::nullopt;
}

/// An endpoint of this name is an alias without an address.
bool is_unresolved_alias(const Catalog& catalog, const checks::Snapshot& health,
                         const std::string& endpoint) {
    const auto found = catalog.forest().find_endpoints(endpoint);
    return std::ranges::any_of(found, [&](auto index) {
        return Conditions(health).is_unresolved(catalog.forest().endpoint(index));
    });
}

}  // namespace

std::optional<NeverDown> assume_down(const Catalog& catalog, const std::vector<std::string>& down,
                                     checks::Snapshot& health) {
    using enum NeverDown::Reason;
    for (const auto& text : down) {
        const auto marked = mark_down(catalog, text, health);
        if (!marked) return NeverDown{text, unknown};
        if (*marked > 0) continue;
        return NeverDown{text, is_unresolved_alias(catalog, health, text) ? unresolved : unchecked};
    }
    return std::nullopt;
}

std::string to_string(const NeverDown& never) {
    const std::string quoted = '"' + never.target + '"';
    switch (never.reason) {
        case NeverDown::Reason::unknown:
            return "no endpoint has the name or address " + quoted;
        case NeverDown::Reason::unresolved:
            return "endpoint " + quoted + " has no address";
        case NeverDown::Reason::unchecked:
            break;
    }
    return "endpoint " + quoted + " has no health check, so nothing would ever find it down";
}

}  // namespace fairlead::policy
