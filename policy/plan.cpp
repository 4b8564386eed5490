// SPDX-License-Identifier: Apache-2.0
#include "policy/plan.h"

#include <algorithm>
#include <cmath>

#include "checks/snapshot.h"

namespace fairlead::policy {
namespace {

/// A catalog of which nobody knows anything: all are healthy.
struct Assumed {
    explicit Assumed(const Catalog& of)
        : catalog(of), health(checks::Snapshot::all_unknown(of.subjects().size())) {}

    [[nodiscard]] SimulatedName name(const RecordSet& set, Family family) const {
        return {.forest = catalog.forest(),
                .conditions = Conditions(health),
                .root = set.steering->root,
                .family = family};
    }
    [[nodiscard]] bool has(const RecordSet& set, Family family) const {
        return catalog.forest().facts(set.steering->root).tells(family);
    }

    const Catalog& catalog;
    checks::Snapshot health;
};

bool is_steered(const ChangedName& name) {
    return name.before != nullptr && name.after != nullptr && name.before->steering &&
           name.after->steering;
}

/// What is below it has to be resolved first.
bool has_alias(const Catalog& before, const Catalog& after, const ChangedName& name) {
    return before.forest().facts(name.before->steering->root).depends.names ||
           after.forest().facts(name.after->steering->root).depends.names;
}

/// Names that are steered before and after, without an alias.
std::vector<ChangedName> steered_names(const Catalog& before, const Catalog& after,
                                       const std::vector<ChangedName>& changed,
                                       bool places_changed) {
    std::vector<ChangedName> all;
    if (!places_changed) {
        all = changed;
    } else {
        for (const auto& zone : after.zones()) {
            const auto* old = before.find_zone(zone.name);
            if (old == nullptr) continue;
            for (const auto index : zone.contents) {
                const RecordSet& now = after.record_set(index);
                all.push_back({before.find(now.name, old->id), &now});
            }
        }
    }
    std::erase_if(all, [&](const ChangedName& name) {
        return !is_steered(name) || has_alias(before, after, name);
    });
    return all;
}

Shift shift_of(const SimulatedName& before, const SimulatedName& after, const geo::Locator& locator,
               const std::vector<ClientBlock>* clients) {
    static const std::vector<ClientBlock> kEverybody{{*Prefix::parse("0.0.0.0/0"), 1}};
    if (clients == nullptr && locator.partition().is_empty()) clients = &kEverybody;
    return clients == nullptr ? shift_of_world(before, after, locator)
                              : shift_of_clients(before, after, locator, *clients);
}

}  // namespace

Plan plan(const Catalog& before, const Catalog& after, const geo::Locator& locator,
          const PlanScope& scope) {
    Plan found{.names = changed_names(before, after), .shifts = {}};
    found.unseen =
        static_cast<std::size_t>(std::ranges::count_if(found.names, [&](const ChangedName& name) {
            return is_steered(name) && has_alias(before, after, name);
        }));
    auto names = steered_names(before, after, found.names, scope.places_changed);
    if (names.size() > scope.names_max) {
        found.unseen += names.size() - scope.names_max;
        names.resize(scope.names_max);
    }
    const Assumed old(before);
    const Assumed now(after);
    for (const auto& [was, is] : names) {
        if (scope.stop.stop_requested()) {
            ++found.unseen;
            continue;
        }
        for (const auto family : kFamilies) {
            if (!old.has(*was, family) && !now.has(*is, family)) continue;
            auto shift =
                shift_of(old.name(*was, family), now.name(*is, family), locator, scope.clients);
            if (shift.moved > 0) found.shifts.push_back({is, family, std::move(shift)});
        }
    }
    std::ranges::stable_sort(found.shifts, std::ranges::greater{},
                             [](const NameShift& shift) { return shift.shift.share(); });
    return found;
}

std::string percent_text(double share) {
    const auto tenths = std::lround(1000 * share);
    if (tenths == 0 && share > 0) return "less than 0.1 %";
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

}  // namespace fairlead::policy
