// SPDX-License-Identifier: Apache-2.0
#pragma once

// States that operators have set while the process runs: beside what checks measure and what the
// configuration says, never in place of it, so that taking one back needs no new probe.
//
// Thread rule: a value; deeply const once published. Belongs to the forest whose endpoints it
// names.

#include <cstddef>
#include <optional>
#include <vector>

#include "policy/tree.h"

namespace fairlead::policy {

class Overrides {
  public:
    void set(EndpointIndex endpoint, State state) {
        if (states_.size() <= endpoint) states_.resize(std::size_t{endpoint} + 1);
        states_[endpoint] = state;
    }
    void clear(EndpointIndex endpoint) {
        if (endpoint < states_.size()) states_[endpoint].reset();
    }

    /// Nothing: the endpoint is as its configuration says.
    [[nodiscard]] std::optional<State> of(EndpointIndex endpoint) const {
        return endpoint < states_.size() ? states_[endpoint] : std::nullopt;
    }

  private:
    std::vector<std::optional<State>> states_;  // by endpoint, as far as one is set
};

}  // namespace fairlead::policy
