// SPDX-License-Identifier: Apache-2.0

// Any text either loads or is explained; nothing else happens.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/load.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT
    const auto result = fairlead::config::load_text(text);
    require(result.loaded.has_value() != fairlead::config::has_errors(result.diagnostics));
    for (const auto& finding : result.diagnostics)
        require(!finding.to_string().empty() && !finding.rule.empty());
    return 0;
}
