// SPDX-License-Identifier: Apache-2.0

// Any bytes as the file of a zone: it is loaded, or every reason why not has a place and a rule;
// what is loaded can be listed.

#include <cstddef>
#include <cstdint>
#include <string>

#include "config/load.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairlead;
    static const MemoryFile file("zone");
    static const std::string yaml = "zones: {example.com: {file: " + file.path() + "}}";
    file.hold(data, size);
    const auto result = config::load_text(yaml);
    require(result.loaded.has_value() != config::has_errors(result.diagnostics));
    for (const auto& finding : result.diagnostics)
        require(!finding.to_string().empty() && !finding.rule.empty());
    if (!result.loaded) return 0;
    const auto& catalog = *result.loaded->catalog;
    for (const auto& zone : catalog.zones()) {
        for (const auto index : zone.contents)
            require(catalog.record_set(index).name.is_at_or_below(zone.name));
    }
    return 0;
}
