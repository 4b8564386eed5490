// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a new configuration changes, counted: what an operator wants to read after a reload.
//
// A name has changed when what stands at it has: records, TTL, or anything in the tree below it, be
// it in a pool that many names share. The serial of an SOA record does not count, because every new
// configuration has another one; nor does the health of endpoints. Pure.

#include <cstddef>
#include <string>
#include <vector>

#include "policy/catalog.h"

namespace fairlead::policy {

struct Changes {
    struct Count {
        std::size_t added = 0;
        std::size_t removed = 0;
        std::size_t changed = 0;
        friend bool operator==(const Count&, const Count&) = default;
    };
    Count zones;  // a zone itself never changes: its names do
    Count names;  // of zones that came or went, too
    Count checks;

    friend bool operator==(const Changes&, const Changes&) = default;
};

/// A name that is not what it was; nullptr where it is not.
struct ChangedName {
    const RecordSet* before = nullptr;
    const RecordSet* after = nullptr;
};

/// Every name that came, went or changed, in canonical order within each zone. The catalogs must
/// outlive the result. O(n log n) in the size of the larger one.
[[nodiscard]] std::vector<ChangedName> changed_names(const Catalog& before, const Catalog& after);

/// The same, counted.
[[nodiscard]] Changes changes(const Catalog& before, const Catalog& after);

/// "names: 2 added, 1 changed; health checks: 1 removed"; "nothing changed".
[[nodiscard]] std::string to_string(const Changes& changes);

}  // namespace fairlead::policy
