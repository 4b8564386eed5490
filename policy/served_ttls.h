// SPDX-License-Identifier: Apache-2.0
#pragma once

// For how long resolvers may still hold an answer with an endpoint: the TTL that was served, which
// a later configuration may have lowered.
//
//   12:00  www has ttl 1h              an answer given now is held until 13:00
//   12:05  a reload lowers it to 60 s  and those of before still are
//   12:10  fra1 is drained             the last answer with fra1 has expired at 13:05, not 12:11
//
// Thread rule: one thread. The time is passed in.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/catalog.h"
#include "policy/override_list.h"

namespace fairlead::policy {

class ServedTtls {
  public:
    /// When the last answer with what `target` means in `catalog` has expired, if `since` is when
    /// it was taken out.
    [[nodiscard]] WallTime expiry(const Catalog& catalog, std::string_view target,
                                  WallTime since) const;

    /// At `now`, `after` takes the place of `before`: remembers what it lowers, and delays the
    /// entries of `set` that mean endpoints in it which were in answers until now.
    void replace(const Catalog& before, const Catalog& after, OverrideList& set, WallTime now);

  private:
    [[nodiscard]] WallTime expiry(const Catalog& catalog,
                                  const std::vector<EndpointIndex>& endpoints,
                                  WallTime since) const;
    void remember(const Catalog& before, const Catalog& after, WallTime now);

    std::map<std::string, WallTime, std::less<>> held_until_;  // by endpoint, of lowered TTLs
};

}  // namespace fairlead::policy
