// SPDX-License-Identifier: Apache-2.0
#pragma once

// The examples of the manuals in docs/, so that tests can run what users read: configurations
// (```yaml) and what is typed at a shell (```console). Files that a manual names, which no test
// machine has, become the test fixtures.
//
// REQUIRES: FAIRLEAD_SOURCE_DIR, and the definitions of fairlead_mmdb_fixtures.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/source_file.h"

namespace fairlead::test {

inline void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

/// Databases and tables as the manuals call them, replaced by the fixtures.
inline std::string with_fixtures(std::string yaml) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFixtures{{
        {"/usr/share/fairlead/country.mmdb", FAIRLEAD_CITY_MMDB},
        {"/usr/share/fairlead/city.mmdb", FAIRLEAD_CITY_MMDB},
        {"/usr/share/fairlead/asn.mmdb", FAIRLEAD_ASN_MMDB},
        {"/etc/fairlead/latency.csv", FAIRLEAD_LATENCY_CSV},
    }};
    for (const auto& [name, fixture] : kFixtures)
        replace_all(yaml, name, fixture);
    return yaml;
}

struct ManualBlock {
    std::string language;  // "yaml", "console"
    std::string text;      // ends in a line feed
};

/// All fenced blocks that say in what language they are, in their order.
inline std::vector<ManualBlock> blocks_of(const std::string& manual) {
    std::vector<ManualBlock> blocks;
    for (auto at = manual.find("\n```"); at != manual.npos; at = manual.find("\n```", at)) {
        const auto start = manual.find('\n', at + 1) + 1;
        const auto end = manual.find("\n```", start - 1) + 1;
        blocks.push_back(
            {manual.substr(at + 4, start - at - 5), manual.substr(start, end - start)});
        at = end + 3;
    }
    return blocks;
}

}  // namespace fairlead::test
