// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which steered names have another answer than a moment ago, of those that PowerDNS may cache as
// long as it is told (Conditions::purges): what is the same for everybody. What depends on the
// client or a draw is never cached.
//
// Thread rule: a value of one thread.

#include <cstdint>
#include <vector>

#include "policy/catalog.h"
#include "policy/conditions.h"
#include "policy/together.h"

namespace fairlead::policy {

class CachedAnswers {
  public:
    /// Keeps the answers of this moment. `catalog` must outlive this object.
    CachedAnswers(const Catalog& catalog, const Conditions& conditions);

    /// The names whose answer is another one than at the last call; later calls compare with this
    /// one. O(steered names); some 100 ns each.
    [[nodiscard]] std::vector<RecordSetIndex> changed(const Conditions& conditions);

  private:
    struct Cached {
        RecordSetIndex name = 0;
        std::uint64_t answers = 0;  // a digest of both families
    };
    [[nodiscard]] std::uint64_t answers_to(RecordSetIndex name, const Conditions& conditions);

    const Catalog& catalog_;
    Answers answers_;  // reused
    std::vector<Cached> cached_;
};

}  // namespace fairlead::policy
