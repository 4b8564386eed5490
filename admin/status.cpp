// SPDX-License-Identifier: Apache-2.0
#include "admin/status.h"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <nlohmann/json.hpp>

#include "admin/endpoints.h"
#include "base/duration.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Results alone are published once a second; the rest is for a busy machine.
constexpr milliseconds kGrace{5000};

/// The longest that a running checker can be silent; nothing when it has nothing to do.
std::optional<milliseconds> longest_silence(const policy::Catalog& catalog) {
    std::optional<milliseconds> longest;
    for (const auto& subject : catalog.subjects()) {
        const auto& check = catalog.checks()[subject.check];
        if (!check.enabled) continue;
        const auto interval = duration_cast<milliseconds>(check.interval * (1 + check.jitter));
        longest = std::max(longest.value_or(milliseconds(0)), interval + check.timeout);
    }
    return longest;
}

Json moved_nodes(const View& view) {
    Json list = Json::array();
    if (view.positions == nullptr) return list;
    for (const auto& position : view.positions->all()) {
        const policy::Node& node = view.forest().node(position.node);
        if (position.place == 0) continue;
        list.push_back({{"node", node.path},
                        {"type", position.family == Family::v4 ? "A" : "AAAA"},
                        {"stays_with", node.targets[position.place].label},
                        {"first", node.targets.front().label}});
    }
    return list;
}

Json reloads_json(const Activity& activity) {
    return {{"applied", activity.reloads},
            {"failed", activity.reloads_failed},
            {"last", activity.last_reload.empty() ? Json() : Json(activity.last_reload)}};
}

}  // namespace

std::string iso_text_ms(WallTime time) {
    const auto fraction = time - std::chrono::floor<seconds>(time);
    std::string text = iso_text(std::chrono::floor<seconds>(time));
    text.insert(text.size() - 1, "." + std::to_string(1000 + fraction.count()).substr(1));
    return text;
}

std::string iso_text(WallTime time) {
    const std::time_t whole = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    std::tm parts{};
    char text[32];
    if (::gmtime_r(&whole, &parts) == nullptr) return "";
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::optional<std::string> why_not_ready(const View& view, const Activity& activity,
                                         TimePoint now) {
    if (!activity.first_round_complete) {
        return "the first round of health checks is not complete";
    }
    const auto silence = longest_silence(*view.catalog);
    const auto age = now - view.health_at;
    if (!silence || age <= *silence + kGrace) return std::nullopt;
    return "the checker is silent: no result for " + rough_duration(age);
}

Json status_json(const View& view, const Activity& activity, const Moment& now) {
    const auto problem = why_not_ready(view, activity, now.steady);
    Json endpoints = Json::object();
    const auto counts = count_fortunes(view);
    for (std::size_t i = 0; i < counts.size(); ++i)
        endpoints[word(static_cast<Fortune>(i))] = counts[i];
    return {{"version", FAIRLEAD_VERSION},
            {"ready", !problem},
            {"problem", problem ? Json(*problem) : Json()},
            {"started", iso_text(activity.started)},
            {"uptime_s", duration_cast<seconds>(now.steady - activity.started_steady).count()},
            {"generation", view.health->generation},
            {"health_age_ms", duration_cast<milliseconds>(now.steady - view.health_at).count()},
            {"zones", view.catalog->zones().size()},
            {"names", view.catalog->record_set_count()},
            {"checked_addresses", view.catalog->subjects().size()},
            {"endpoints", std::move(endpoints)},
            {"overrides", view.set == nullptr ? 0 : view.set->all().size()},
            {"failed_over", moved_nodes(view)},
            {"failovers", activity.failovers},
            {"failbacks", activity.failbacks},
            {"reloads", reloads_json(activity)},
            {"lookups", activity.lookups}};
}

}  // namespace fairlead::admin
