// SPDX-License-Identifier: Apache-2.0
#pragma once

// Calculated health checks: healthy while enough of their children are. (Route 53's calculated
// health checks, with children of one address.)
//
//     healthy children + unknown ones:   >= at_least   may yet be healthy, so unknown ...
//     healthy children alone:            >= at_least   ... and this is healthy
//     healthy + unknown:                 <  at_least   unhealthy, whatever the unknown turn out
//
// at_least 0 is always healthy; more than there are children is always unhealthy.
// Thread rule: pure; Calculations is constant after construction.

#include <span>
#include <vector>

#include "checks/health_check.h"
#include "checks/health_state.h"

namespace fairlead::checks {

/// What the children's effective health makes of their parent, before `enabled` and `invert`.
[[nodiscard]] Health calculate(std::span<const Health> children, std::size_t at_least);

/// Which subjects are calculated of which, as indexes into a list of subjects.
class Calculations {
  public:
    /// REQUIRES: every child of a calculated subject's check is a subject with the parent's
    /// address, or its check's own; no check is its own descendant.
    Calculations(const std::vector<HealthCheck>& checks, const std::vector<Subject>& subjects);

    /// Empty for a subject that is probed. In the order of the check's list.
    [[nodiscard]] std::span<const SubjectIndex> children(SubjectIndex subject) const;
    /// Those whose health depends on this one's.
    [[nodiscard]] std::span<const SubjectIndex> parents(SubjectIndex subject) const;

  private:
    // Both are empty when nothing is calculated.
    std::vector<std::vector<SubjectIndex>> children_;
    std::vector<std::vector<SubjectIndex>> parents_;
};

}  // namespace fairlead::checks
