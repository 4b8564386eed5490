// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/assumed_health.h"

#include <optional>

namespace fairlead::backend {
namespace {

/// Marks what `text` names (an endpoint, or one address of one) as unhealthy. Returns how many
/// checked addresses that are; nothing when there is no such endpoint.
std::optional<std::size_t> mark_down(const policy::Catalog& catalog, const std::string& text,
                                     checks::Snapshot& health) {
    const auto endpoints = catalog.forest().find_endpoints(text);
    if (endpoints.empty()) return std::nullopt;
    const auto only = IpAddress::parse(text);
    std::size_t marked = 0;
    for (const auto index : endpoints) {
        const policy::Endpoint& endpoint = catalog.forest().endpoint(index);
        for (const auto family : {Family::v4, Family::v6}) {
            for (const auto& address : endpoint.addresses(family)) {
                if (address.subject == checks::kUnchecked) continue;
                if (only && address.address != *only) continue;
                health.health[address.subject] = checks::Health::unhealthy;
                ++marked;
            }
        }
    }
    return marked;
}

}  // namespace

Result<checks::Snapshot> assumed_health(const policy::Catalog& catalog,
                                        const std::vector<std::string>& down) {
    auto health = checks::Snapshot::all_unknown(catalog.subjects().size());
    for (const auto& text : down) {
        const auto marked = mark_down(catalog, text, health);
        if (!marked) {
            return Error{"--down: no endpoint has the name or address \"" + text + "\""};
        }
        if (*marked == 0) {
            return Error{"--down: endpoint \"" + text +
                         "\" has no health check, so nothing would ever find it down"};
        }
    }
    return health;
}

}  // namespace fairlead::backend
