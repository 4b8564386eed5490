// SPDX-License-Identifier: Apache-2.0
#include "config/diagnostics.h"

#include <algorithm>

namespace fairlead::config {

std::string Diagnostic::to_string() const {
    std::string text = file;
    if (line > 0) text += ":" + std::to_string(line) + ":" + std::to_string(column);
    text += severity == Severity::error ? ": error [" : ": warning [";
    text += rule + "] ";
    if (!path.empty()) text += path + ": ";
    return text + message;
}

bool has_errors(const Diagnostics& diagnostics) {
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const auto& d) { return d.severity == Severity::error; });
}

}  // namespace fairlead::config
