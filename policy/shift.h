// SPDX-License-Identifier: Apache-2.0
#pragma once

// What clients notice of a change: how much of a name's traffic goes elsewhere, and from where to
// where. Pure.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "geo/locator.h"
#include "policy/audience.h"

namespace fairlead::policy {

/// A share of clients is more than another, by more than sums of fractions are off.
[[nodiscard]] constexpr bool exceeds(double share, double max_share) {
    return share > max_share + 1e-6;
}

/// Nothing: no answer.
using Answered = std::optional<Content>;

struct Shift {
    double clients = 0;  // weight of all
    double moved = 0;    // of it, how much is answered with something else than before
    /// From where to where; adds up to `moved`. What several lose and several win goes
    /// from each to each in proportion.
    std::map<std::pair<Answered, Answered>, double> flows;
    bool exact = true;  // as in Shares

    /// Of all clients, 0 to 1.
    [[nodiscard]] double share() const { return clients > 0 ? moved / clients : 0; }
    [[nodiscard]] bool exceeds(double max_share) const {
        return policy::exceeds(share(), max_share);
    }

    void add(double weight, const Shares& before, const Shares& after);
};

/// Every IPv4 client whose place is known, each address counting one. `locator` says where clients
/// are; the two names may have been compiled against others.
[[nodiscard]] Shift shift_of_world(const SimulatedName& before, const SimulatedName& after,
                                   const geo::Locator& locator);

[[nodiscard]] Shift shift_of_clients(const SimulatedName& before, const SimulatedName& after,
                                     const geo::Locator& locator,
                                     const std::vector<ClientBlock>& clients);

}  // namespace fairlead::policy
