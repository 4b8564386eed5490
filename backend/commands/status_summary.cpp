// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/status_summary.h"

#include <nlohmann/json.hpp>

#include "backend/commands/table.h"
#include "backend/counted.h"
#include "base/duration.h"

namespace fairlead::backend {

void print_status_summary(const nlohmann::ordered_json& status, bool colour, std::ostream& out) {
    const bool ready = status.value("ready", false);
    out << (ready ? tinted("ready", Tint::good, colour)
                  : tinted("not ready", Tint::bad, colour) + ": " + status.value("problem", ""))
        << ", fairlead " << status.value("version", "") << ", up "
        << rough_duration(std::chrono::seconds(status.value("uptime_s", std::int64_t{0}))) << ", "
        << counted(status.value("zones", std::uint64_t{0}), "zone") << ", "
        << counted(status.value("names", std::uint64_t{0}), "name") << ", "
        << counted(status.value("lookups", std::uint64_t{0}), "lookup") << '\n';
    for (const auto& node : status["failed_over"]) {
        out << tinted("failed over", Tint::warning, colour) << ": " << node.value("node", "")
            << " (" << node.value("type", "") << ") stays with " << node.value("stays_with", "")
            << " instead of " << node.value("first", "") << '\n';
    }
    const auto listed = status["failed_over"].size();
    const auto failed_over = status.value("failed_over_total", listed);
    if (failed_over > listed) {
        out << tinted("failed over", Tint::warning, colour) << ": " << failed_over - listed
            << " more\n";
    }
    for (const auto& name : status["resolved_names"]["names"]) {
        if (!name["problem"].is_string()) break;  // those that fail come first
        out << tinted("not resolved", Tint::warning, colour) << ": " << name.value("name", "")
            << ": " << name.value("problem", "") << "; ";
        if (name["age_s"].is_number()) {
            out << (name["addresses"].size() == 1 ? "its address is " : "its addresses are ")
                << rough_duration(std::chrono::seconds(name["age_s"].get<std::int64_t>()))
                << " old\n";
        } else {
            out << "it has never been\n";
        }
    }
    const auto& last = status["reloads"]["last"];
    if (last.is_string()) out << "last reload: " << last.get<std::string>() << '\n';
}

}  // namespace fairlead::backend
