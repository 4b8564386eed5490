// SPDX-License-Identifier: Apache-2.0
#pragma once

// The configuration language for other programs and for people, made from the table of
// config/language.h: a JSON Schema for editors and generators, and the generated parts of
// docs/configuration.md. Thread rule: pure functions.

#include <string>

namespace fairlead::config {

/// JSON Schema, draft 2020-12, of everything that this version executes. Ends in a line break.
[[nodiscard]] std::string json_schema();

/// Markdown: a table of keys for every level, then the keys that are not supported yet.
[[nodiscard]] std::string reference_markdown();

/// Markdown: the table of rules.
[[nodiscard]] std::string rules_markdown();

}  // namespace fairlead::config
