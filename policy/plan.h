// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a new configuration would do to the traffic of each name, before it is taken up. Every
// endpoint counts as healthy in both, so that what is compared is what was written. What aliases
// resolve to is not written: at the traffic of changed names with one nobody looks. Pure.

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "geo/locator.h"
#include "policy/catalog.h"
#include "policy/changes.h"
#include "policy/shift.h"

namespace fairlead::policy {

/// Of one steered name that is in both.
struct NameShift {
    const RecordSet* name = nullptr;  // of the catalog after
    Family family = Family::v4;
    Shift shift;
};

struct Plan {
    std::vector<ChangedName> names;  // all that come, go or change
    std::vector<NameShift> shifts;   // where something moves, the most first
    std::size_t unseen = 0;          // steered names beyond the scope, or with an alias

    /// Of some name more than this share of the clients moves.
    [[nodiscard]] bool exceeds(double max_share) const {
        return !shifts.empty() && shifts.front().shift.exceeds(max_share);
    }
};

struct PlanScope {
    const std::vector<ClientBlock>* clients = nullptr;  // nullptr: the world
    bool places_changed = false;   // databases too: names that are written as before may move
    std::size_t names_max = 1000;  // a tenth of a second each, for the world
    std::stop_token stop{};        // once it is asked to end, what is left is unseen
};

/// `locator` says where clients are. Without any place in it the world is all of IPv4. The catalogs
/// must outlive the result.
[[nodiscard]] Plan plan(const Catalog& before, const Catalog& after, const geo::Locator& locator,
                        const PlanScope& scope);

/// "34.1 %".
[[nodiscard]] std::string percent_text(double share);

}  // namespace fairlead::policy
