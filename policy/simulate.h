// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the traffic of many clients goes: the decision, run for everybody at once, so that the
// whole world takes a second. Pure.

#include <map>
#include <string>
#include <vector>

#include "base/ip.h"
#include "geo/locator.h"
#include "policy/audience.h"

namespace fairlead::policy {

/// Weights, not shares: `answered` and `unanswered` add up to `weight`.
struct Traffic {
    double weight = 0;
    std::map<Content, double> answered;
    double unanswered = 0;
    bool exact = true;  // as in Shares

    void add(double more, const Shares& of_them);
};

struct Simulation {
    Traffic all;
    std::map<std::string, Traffic> continents;  // "EU"; "" = nobody knows where
    std::map<std::string, Traffic> countries;   // "EU-DE"
};

/// Every IPv4 client whose place is known, each address counting one.
[[nodiscard]] Simulation simulate_world(const SimulatedName& name, const geo::Locator& locator);

/// The given clients; a block that is treated in different ways counts by its addresses.
[[nodiscard]] Simulation simulate_clients(const SimulatedName& name, const geo::Locator& locator,
                                          const std::vector<ClientBlock>& clients);

}  // namespace fairlead::policy
