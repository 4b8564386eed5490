// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which share of many clients' answers each endpoint gets: the question as it is asked in words,
// and the document that answers it, of the running process and of a configuration alike. Pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "geo/locator.h"
#include "policy/catalog.h"
#include "policy/conditions.h"
#include "policy/simulate.h"

namespace fairlead::admin {

struct SimulationQuestion {
    std::string name;                                         // with or without the final dot
    std::string type = "A";                                   // or AAAA
    std::optional<std::vector<policy::ClientBlock>> clients;  // nothing: the world
};

/// The tree of a steered name; the error says what stands there instead.
[[nodiscard]] Result<policy::Steering> steering_of(const policy::Catalog& catalog,
                                                   const std::string& name);

/// `conditions` and `locator` belong to `catalog`. A second of one core for the world. The error
/// says which part of the question has no answer.
[[nodiscard]] Result<policy::Simulation> simulate(const policy::Catalog& catalog,
                                                  const geo::Locator& locator,
                                                  const policy::Conditions& conditions,
                                                  const SimulationQuestion& question);

/// Shares of clients, from 0 to 1. An area without a name is nobody's known place: "unknown".
[[nodiscard]] nlohmann::ordered_json simulation_json(const SimulationQuestion& question,
                                                     const policy::Simulation& result);

}  // namespace fairlead::admin
