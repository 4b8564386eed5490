// SPDX-License-Identifier: Apache-2.0
#pragma once

// Why a name is answered as it is, at one moment of the running process. Thread rule: pure.

#include <string>

#include "admin/process.h"
#include "policy/lookup.h"

namespace fairlead::admin {

class Explanation {
  public:
    /// Looks the name up, or the wildcard that PowerDNS answers it from. The text that
    /// `query.type` views must outlive this object.
    Explanation(View view, policy::Query query);

    /// For people: several lines, each ended.
    [[nodiscard]] std::string text(TimePoint now) const;
    /// For programs: as explain_json() has it.
    [[nodiscard]] std::string json() const;

  private:
    [[nodiscard]] std::string overrides() const;

    const View view_;
    policy::Query query_;
    std::string wildcard_;  // what is said of it; empty: the name exists, or nothing does
    policy::Reply reply_;
    policy::Traces traces_;
};

}  // namespace fairlead::admin
