// SPDX-License-Identifier: Apache-2.0
#pragma once

// Endpoints, pools and overrides as documents: what is measured, what is set, and what of both
// holds. Thread rule: pure.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "admin/process.h"
#include "policy/label_selector.h"

namespace fairlead::admin {

/// A part of a long list.
struct Page {
    std::size_t offset = 0;
    std::size_t limit = 1000;
};

/// "obey", "up", "down", "drain".
[[nodiscard]] const char* word(policy::State state);
/// "unknown", "healthy", "unhealthy".
[[nodiscard]] const char* word(checks::Health health);

/// How an endpoint fares, the worst first.
enum class Fortune : std::uint8_t { unhealthy, forced_down, drained, unknown, healthy, unchecked };
[[nodiscard]] const char* word(Fortune fortune);
[[nodiscard]] Fortune fortune_of(const View& view, policy::EndpointIndex endpoint);

/// How many endpoints fare how, by Fortune.
[[nodiscard]] std::vector<std::size_t> count_fortunes(const View& view);

/// {"total": ..., "endpoints": [...]}, the worst first. Given a selector: of those that it selects.
[[nodiscard]] nlohmann::ordered_json endpoints_json(
    const View& view, const Page& page, const Moment& now,
    const std::optional<policy::LabelSelector>& selector = std::nullopt);

/// {"total": ..., "pools": [...]}, in the order of the configuration.
[[nodiscard]] nlohmann::ordered_json pools_json(const View& view, const Page& page,
                                                const Moment& now);

/// What is set for one endpoint: who, why, until when, and when the last answer with it has expired
/// in resolvers' caches. null: nothing is.
[[nodiscard]] nlohmann::ordered_json set_json(const policy::OverrideEntry* entry,
                                              const Moment& now);

/// By endpoint: what is set for it, or nullptr. Valid as long as the view.
[[nodiscard]] std::vector<const policy::OverrideEntry*> governing(const View& view);

/// One entry, with what it means: its endpoints too.
[[nodiscard]] nlohmann::ordered_json override_json(const View& view,
                                                   const policy::OverrideEntry& entry,
                                                   const Moment& now);

[[nodiscard]] nlohmann::ordered_json overrides_json(const View& view, const Moment& now);

}  // namespace fairlead::admin
