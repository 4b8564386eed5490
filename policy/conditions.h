// SPDX-License-Identifier: Apache-2.0
#pragma once

// All that changes under a configuration while it serves, as one moment's view: what the checks
// measure, what names resolve to, what operators have set, and where failover nodes stand that do
// not fail back by themselves.
//
// Thread rule: a view; what it refers to must outlive it and belong to one catalog.

#include <vector>

#include "checks/snapshot.h"
#include "policy/failback.h"
#include "policy/overrides.h"
#include "policy/standings.h"
#include "policy/tree.h"

namespace fairlead::policy {

struct Conditions {
    const checks::Snapshot& health;
    const Overrides* overrides = nullptr;          // nobody has set anything
    const FailoverPositions* positions = nullptr;  // every failover node stands at its first target
    /// PowerDNS is told what has changed, so that it may cache what depends on health alone.
    bool purges = false;
    /// Of these conditions; null: each decision finds out everything.
    KnownStandings* known = nullptr;

    /// Health alone, as tests and offline commands have it.
    Conditions(const checks::Snapshot& measured) : health(measured) {}  // NOLINT: see above
    Conditions(const checks::Snapshot& measured, const Overrides* set,
               const FailoverPositions* standing, bool purging = false)
        : health(measured), overrides(set), positions(standing), purges(purging) {}

    /// What the endpoint has at this moment. Valid as long as the forest and the snapshot.
    [[nodiscard]] const std::vector<EndpointAddress>& addresses(const Endpoint& endpoint,
                                                                Family family) const {
        return endpoint.alias ? health.alias(endpoint.alias->index).of(family)
                              : endpoint.addresses(family);
    }
    /// An alias without an address of either family: it could not be resolved yet.
    [[nodiscard]] bool is_unresolved(const Endpoint& endpoint) const {
        return endpoint.alias && health.alias(endpoint.alias->index).empty();
    }

    /// What an operator wants of the endpoint: an override, else the configuration.
    [[nodiscard]] State state(const Forest& forest, EndpointIndex endpoint) const {
        const auto set = overrides == nullptr ? std::nullopt : overrides->of(endpoint);
        return set.value_or(forest.endpoint(endpoint).state);
    }
};

}  // namespace fairlead::policy
