// SPDX-License-Identifier: Apache-2.0
#pragma once

// Files of the source tree, for tests that hold a manual against the program.
//
// REQUIRES: FAIRLEAD_SOURCE_DIR.

#include <fstream>
#include <sstream>
#include <string>

namespace fairlead::test {

/// The text of a file of the source tree; empty when there is none.
inline std::string source_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(FAIRLEAD_SOURCE_DIR "/" + path).rdbuf();
    return text.str();
}

}  // namespace fairlead::test
