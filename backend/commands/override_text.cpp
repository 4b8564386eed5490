// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/override_text.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/duration.h"

namespace fairlead::backend {
namespace {

std::optional<std::chrono::seconds> seconds_at(const nlohmann::ordered_json& entry,
                                               const char* key) {
    const auto found = entry.find(key);
    if (found == entry.end() || !found->is_number()) return std::nullopt;
    return std::chrono::seconds(found->get<std::int64_t>());
}

}  // namespace

std::string time_left(const nlohmann::ordered_json& entry, const char* otherwise) {
    const auto left = seconds_at(entry, "ends_in_s");
    return left ? rough_duration(*left) : otherwise;
}

std::string safety_of(const nlohmann::ordered_json& entry) {
    const auto left = seconds_at(entry, "safe_in_s");
    if (!left) return "";
    return left->count() == 0 ? "safe now" : "safe in " + rough_duration(*left);
}

}  // namespace fairlead::backend
