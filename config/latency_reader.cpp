// SPDX-License-Identifier: Apache-2.0
#include "config/latency_reader.h"

#include "geo/latency_csv.h"

namespace fairlead::config {
namespace {

void report(const geo::LatencyMistake& mistake, const std::string& file, const Cursor& at,
            Findings& findings) {
    const auto& [line, message] = mistake;
    if (line == 0) return findings.add(Rule::latency_table, at, file + " " + message);
    findings.add(Rule::latency_table, {.file = file, .line = static_cast<int>(line)}, at.path(),
                 message);
}

}  // namespace

Latencies read_latency(const Fields& latency, const std::filesystem::path& directory,
                       const geo::LatencyTable* previous, Findings& findings) {
    const auto margin = static_cast<unsigned>(latency.percent("hysteresis"));
    if (!latency.has_required()) return {};
    const Cursor& at = *latency.find("table");
    const auto name = read_text(at, findings);
    if (!name) return {};
    Latencies read{.table = nullptr, .file = version_of((directory / *name).lexically_normal())};
    auto reading = geo::read_latency_csv(read.file.path);
    for (const auto& mistake : reading.mistakes)
        report(mistake, read.file.path.string(), at, findings);
    if (!reading.table) return read;
    auto table = *std::move(reading.table);
    if (previous != nullptr) table = std::move(table).steadied(*previous, margin);
    read.table = std::make_shared<const geo::LatencyTable>(std::move(table));
    return read;
}

}  // namespace fairlead::config
