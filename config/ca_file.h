// SPDX-License-Identifier: Apache-2.0
#pragma once

// `ca_file`: whose certificates are trusted, wherever a section has that key.
// Thread rule: any one thread; looks at the file.

#include <filesystem>
#include <string>

#include "config/fields.h"
#include "config/findings.h"

namespace fairlead::config {

/// Its path, from `directory` on; empty without the key: the system's certificates. A file that
/// cannot be read is a finding.
[[nodiscard]] std::string read_ca_file(const Fields& fields, const std::filesystem::path& directory,
                                       Findings& findings);

}  // namespace fairlead::config
