// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is wrong with a configuration, and where, in words an operator can act on.

#include <cstdint>
#include <string>
#include <vector>

namespace fairlead::config {

enum class Severity : std::uint8_t { error, warning };

/// One finding. Lines and columns (of characters) count from 1; 0 = the file as a whole.
struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    int line = 0;
    int column = 0;
    std::string rule;     // stable id: "unknown-key", "undefined-pool"; see docs/configuration.md
    std::string path;     // "zones.example.com.records.www.targets[1]"
    std::string message;  // what is wrong and the remedy, no final dot

    /// "FILE:LINE:COLUMN: error [rule] path: message".
    [[nodiscard]] std::string to_string() const;
};

using Diagnostics = std::vector<Diagnostic>;

[[nodiscard]] bool has_errors(const Diagnostics& diagnostics);

}  // namespace fairlead::config
