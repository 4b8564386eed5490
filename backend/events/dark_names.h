// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which names, pools and policies have no target left that is able to answer. Those that many names
// share are told once: a name whose only target is such a pool is not told beside it.
//
// Thread rule: one thread, none that answers queries: update() takes a moment with a hundred
// thousand names. Pure.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/serving_state.h"
#include "base/event.h"

namespace fairlead::backend {

class DarkNames {
  public:
    /// What has changed since the last call. What another catalog no longer has is not dark any
    /// more.
    [[nodiscard]] std::vector<Event> update(const ServingState& state, TimePoint now);

    [[nodiscard]] std::size_t count() const { return dark_.size(); }

  private:
    struct Watched {
        policy::NodeIndex node = 0;
        std::string subject;  // "www.example.com.", "pool eu"
        std::string zone;     // of names
    };
    struct Dark {
        std::string zone;
        std::uint64_t seen = 0;  // the last update that found it dark
        TimePoint since{};
    };

    void learn(const policy::Catalog& catalog);

    std::shared_ptr<const policy::Catalog> catalog_;
    std::vector<Watched> watched_;
    std::unordered_map<std::string, Dark> dark_;  // by "www.example.com. (A)"
    std::uint64_t updates_ = 0;
};

}  // namespace fairlead::backend
