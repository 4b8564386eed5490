// SPDX-License-Identifier: Apache-2.0
#pragma once

// The decision: which addresses does this name have for this client at this moment?
//
// A pure function of compiled trees, the conditions, the client and a seed. It opens nothing,
// waits for nothing, allocates nothing once `Answer` has its capacity, and cannot fail. Serving,
// explaining and simulating are this same call; the trace is filled on the way when one is given.
//
// The order is Route 53's: select, drop the unhealthy, select again among the rest.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ip.h"
#include "policy/catalog.h"
#include "policy/conditions.h"
#include "policy/selection.h"
#include "policy/trace.h"
#include "policy/tree.h"

namespace fairlead::policy {

struct Answer : Chosen {
    std::uint32_t ttl = 0;  // seconds
    std::uint8_t scope =
        0;  // PowerDNS's scopeMask: 0 = may be cached for everybody, else 1..32/1..128
    bool degraded = false;  // some node on the way had not enough healthy targets (see Manner)

    void clear() {
        addresses.clear();
        cname = nullptr;
        endpoints.clear();
        degraded = false;
        ttl = 0;
        scope = 0;
    }
};

/// Fills `answer` with the addresses of `family` that `steering` gives this client. The same inputs
/// give the same answer; A and AAAA decided with one seed choose the same site where both exist.
/// Of a name that may be a CNAME this is half of the answer: see together.h.
void decide(const Forest& forest, const Conditions& conditions, const Steering& steering,
            Family family, const Client& client, std::uint64_t seed, Answer& answer,
            Trace* trace = nullptr, Cnames cnames = Cnames::allowed);

/// True when the same is answered to everybody until a state changes that can be seen from outside:
/// a verdict, another address of an alias, an override, a failover position. A TTL that follows the
/// evidence changes without one.
[[nodiscard]] bool is_same_for_everybody(const Forest& forest, const Steering& steering);

/// The scopeMask of every answer of this tree to this client: none when the outcome depends on
/// nothing, or on health and aliases alone while PowerDNS's caches are purged; 1 when it depends on
/// these or a draw alone, else the shortest prefix around the client in which every node of the
/// tree has the same targets for everybody, whatever was picked; clamped to 1..32 or 1..128,
/// because 0 would mean cacheable. The selection's family makes no difference.
[[nodiscard]] std::uint8_t scope_of(const Selection& selection, const Steering& steering);

}  // namespace fairlead::policy
