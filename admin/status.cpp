// SPDX-License-Identifier: Apache-2.0
#include "admin/status.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "admin/endpoints.h"
#include "admin/failovers.h"
#include "admin/resolved_names.h"
#include "base/duration.h"
#include "base/iso_time.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Results alone are published once a second; the rest is for a busy machine.
constexpr milliseconds kGrace{5000};

/// The longest from one result to the next, of the most frequent check and of the rarest. A command
/// may wait as long for its turn as it may run.
struct Pace {
    milliseconds shortest = milliseconds::max();
    milliseconds longest{0};
};

/// Nothing when no check is probed.
std::optional<Pace> pace_of(const View& view) {
    Pace pace;
    const auto& subjects = view.catalog->subjects();
    for (checks::SubjectIndex i = 0; i < subjects.size(); ++i) {
        const auto& check = view.catalog->checks()[subjects[i].check];
        if (!checks::is_probed(check) || view.health->is_empty(subjects[i], i)) continue;
        const auto time =
            duration_cast<milliseconds>(check.interval * (1 + check.jitter)) + 2 * check.timeout;
        pace.shortest = std::min(pace.shortest, time);
        pace.longest = std::max(pace.longest, time);
    }
    if (pace.longest == milliseconds(0)) return std::nullopt;
    return pace;
}

Json reloads_json(const Activity& activity) {
    return {{"applied", activity.reloads},
            {"failed", activity.reloads_failed},
            {"last", activity.last_reload.empty() ? Json() : Json(activity.last_reload)}};
}

Json round_age(const View& view, TimePoint now) {
    const auto round = view.health->round_complete;
    if (round == TimePoint{}) return nullptr;
    return duration_cast<milliseconds>(now - round).count();
}

}  // namespace

std::optional<std::string> why_not_ready(const View& view, const Activity& activity,
                                         TimePoint now) {
    if (!activity.first_round_complete) {
        return "the first round of health checks is not complete";
    }
    return why_stale(view, now);
}

std::optional<std::string> why_stale(const View& view, TimePoint now) {
    const auto pace = pace_of(view);
    if (!pace) return std::nullopt;
    const auto age = now - view.health_at;
    if (age > pace->shortest + kGrace) {
        return "the checker is silent: no result for " + rough_duration(age);
    }
    const auto round = view.health->round_complete;
    if (round != TimePoint{} && now - round > 2 * pace->longest + kGrace) {
        return "the checker does not keep up: no complete round of all checks for " +
               rough_duration(now - round);
    }
    return std::nullopt;
}

std::size_t checked_addresses(const View& view) {
    const auto& subjects = view.catalog->subjects();
    const auto addresses = std::ranges::count(subjects, 0, &checks::Subject::place);
    const auto& aliases = view.health->aliases;
    return static_cast<std::size_t>(addresses) +
           (aliases == nullptr ? 0 : aliases->occupants.size());
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
            {"round_age_ms", round_age(view, now.steady)},
            {"zones", view.catalog->zones().size()},
            {"names", view.catalog->record_set_count()},
            {"checked_addresses", checked_addresses(view)},
            {"endpoints", std::move(endpoints)},
            {"resolved_names", resolved_names_json(view, now.steady)},
            {"overrides", view.set == nullptr ? 0 : view.set->all().size()},
            {"failed_over", failed_over_json(view)},
            {"failed_over_total", count_failed_over(view)},
            {"failovers", activity.failovers},
            {"failbacks", activity.failbacks},
            {"reloads", reloads_json(activity)},
            {"lookups", activity.lookups}};
}

}  // namespace fairlead::admin
