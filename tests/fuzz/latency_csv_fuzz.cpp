// SPDX-License-Identifier: Apache-2.0

// Any text is either a table that finds its own networks, or has mistakes at its lines.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "geo/latency_csv.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairlead::geo;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto reading = parse_latency_csv(text);
    require(reading.table.has_value() == reading.mistakes.empty());
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    for (const auto& mistake : reading.mistakes)
        require(!mistake.message.empty() && mistake.line <= lines);
    if (!reading.table) return 0;
    const auto& table = *reading.table;
    for (Networks::Index network = 0; network < table.networks().size(); ++network) {
        bool measured = false;
        for (RegionIndex region = 0; region < table.regions().size(); ++region) {
            const auto latency = table.find(network, region);
            measured |= latency.has_value();
            const auto smallest = table.networks().find(table.networks().prefix(network));
            require(smallest == network);
            require(!latency || (latency->count() > 0 && *latency <= kLatencyMax));
        }
        require(measured);
    }
    auto again = *parse_latency_csv(text).table;
    require(std::move(again).steadied(table, 0).row_count() == table.row_count());
    return 0;
}
