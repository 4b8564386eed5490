// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a scenario may expect of an answer, one key each (README.md).
// Thread rule: pure.

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/lookup.h"

namespace fairlead::scenarios {

/// What one question gave, one reply for each seed.
struct Outcome {
    std::string type;                    // that was asked for
    std::vector<policy::Reply> replies;  // never empty
    std::string explanation;             // of the first
};

/// Compares an outcome with the value of one key; calls `miss` with "expected ..., got ...".
/// Throws Malformed when the value itself is wrong.
using Miss = std::function<void(const std::string&)>;
using Expectation = void (*)(const YAML::Node& value, const Outcome& outcome, const Miss& miss);

struct NamedExpectation {
    std::string_view key;
    Expectation check;
};
[[nodiscard]] const std::vector<NamedExpectation>& expectations();

/// Exactly these addresses, in any order, in every reply.
void expect_answer(const YAML::Node& value, const Outcome& outcome, const Miss& miss);

}  // namespace fairlead::scenarios
