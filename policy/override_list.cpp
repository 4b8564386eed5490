// SPDX-License-Identifier: Apache-2.0
#include "policy/override_list.h"

#include <algorithm>
#include <utility>

#include "policy/operator_names.h"

namespace fairlead::policy {

const OverrideEntry* OverrideList::find(std::string_view target) const {
    const auto found = std::ranges::find(entries_, target, &OverrideEntry::target);
    return found == entries_.end() ? nullptr : &*found;
}

Result<void> OverrideList::set(OverrideEntry entry) {
    const auto before = remove(entry.target);
    if (!before && entries_.size() >= kOverridesMax) {
        return Error{"there are " + std::to_string(kOverridesMax) +
                     " overrides already; take some back, or override a pool or a label"};
    }
    entries_.push_back(std::move(entry));
    return {};
}

std::optional<OverrideEntry> OverrideList::remove(std::string_view target) {
    const auto found = std::ranges::find(entries_, target, &OverrideEntry::target);
    if (found == entries_.end()) return std::nullopt;
    OverrideEntry entry = std::move(*found);
    entries_.erase(found);
    return entry;
}

std::vector<OverrideEntry> OverrideList::expire(WallTime now) {
    std::vector<OverrideEntry> expired;
    std::erase_if(entries_, [&](OverrideEntry& entry) {
        const bool over = entry.until && *entry.until <= now;
        if (over) expired.push_back(std::move(entry));
        return over;
    });
    return expired;
}

std::optional<WallTime> OverrideList::next_expiry() const {
    std::optional<WallTime> next;
    for (const auto& entry : entries_) {
        if (entry.until && (!next || *entry.until < *next)) next = entry.until;
    }
    return next;
}

/// Groups first: what comes later takes the place of what was there.
std::vector<const OverrideEntry*> OverrideList::governing(const Forest& forest) const {
    std::vector<const OverrideEntry*> by_endpoint(forest.endpoint_count(), nullptr);
    for (const bool groups : {true, false}) {
        for (const auto& entry : entries_) {
            if (names_group(entry.target) != groups) continue;
            for (const EndpointIndex endpoint : endpoints_named(forest, entry.target))
                by_endpoint[endpoint] = &entry;
        }
    }
    return by_endpoint;
}

Overrides OverrideList::resolve(const Forest& forest) const {
    Overrides overrides;
    const auto by_endpoint = governing(forest);
    for (EndpointIndex i = 0; i < by_endpoint.size(); ++i) {
        if (by_endpoint[i] != nullptr) overrides.set(i, by_endpoint[i]->state);
    }
    return overrides;
}

}  // namespace fairlead::policy
