// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is set beside what is measured, for people: how long it stays, and whether clients may still
// hold an answer of before. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fairlead::backend {

/// "2 h"; `otherwise` where it stays until it is taken back.
[[nodiscard]] std::string time_left(const nlohmann::ordered_json& entry, const char* otherwise);

/// "safe in 21 s", "safe now"; empty for states that keep an endpoint in answers.
[[nodiscard]] std::string safety_of(const nlohmann::ordered_json& entry);

}  // namespace fairlead::backend
