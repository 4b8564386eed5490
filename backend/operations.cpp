// SPDX-License-Identifier: Apache-2.0
#include "backend/operations.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "config/load.h"

namespace fairlead::backend {
namespace {

admin::Moment moment() {
    return {.steady = SteadyClock().now(), .wall = wall_time()};
}

std::vector<admin::Activity::AlertReceiver> receivers(const Alerts& alerts) {
    std::vector<admin::Activity::AlertReceiver> list;
    for (const auto& [name, totals] : alerts.totals()) {
        list.push_back({.name = name,
                        .delivered = totals.delivered,
                        .failed = totals.failed,
                        .dropped = totals.dropped,
                        .waiting = totals.waiting});
    }
    return list;
}

std::optional<admin::Activity::Caches> caches(const Purger* purger) {
    if (purger == nullptr) return std::nullopt;
    return admin::Activity::Caches{.purged = purger->works(), .purges = purger->purges()};
}

std::vector<std::pair<std::string_view, std::uint64_t>> requests(const Server& server) {
    const auto counts = server.methods();
    std::vector<std::pair<std::string_view, std::uint64_t>> named;
    named.reserve(counts.size());
    for (std::size_t method = 0; method < counts.size(); ++method)
        named.emplace_back(method_names()[method], counts[method]);
    return named;
}

std::vector<admin::Finding> findings_of(const config::Diagnostics& diagnostics) {
    std::vector<admin::Finding> findings;
    findings.reserve(diagnostics.size());
    for (const auto& finding : diagnostics) {
        findings.push_back({.is_error = finding.severity == config::Severity::error,
                            .rule = std::string(finding.rule),
                            .text = finding.to_string()});
    }
    return findings;
}

/// The path of `file` if it is a configuration in the directory of `served`, whatever way leads
/// there; else nothing.
std::optional<std::filesystem::path> beside(const std::filesystem::path& served,
                                            const std::filesystem::path& file) {
    const auto name = file.filename();
    const auto folder = std::filesystem::absolute(served).parent_path();
    std::error_code error;
    if (name.empty() || name == "." || name == "..") return std::nullopt;
    if (!std::filesystem::equivalent(folder, file.parent_path(), error)) return std::nullopt;
    const bool is_configuration = name.extension() == ".yaml" || name.extension() == ".yml" ||
                                  std::filesystem::is_directory(folder / name, error);
    return is_configuration ? std::optional(folder / name) : std::nullopt;
}

admin::Activity::Latency latency(const Server& server) {
    const auto values = server.lookup_latency();
    admin::Activity::Latency told{.buckets = {}, .sum = values.sum};
    for (std::size_t i = 0; i < values.buckets.size(); ++i) {
        const bool bounded = i < LatencyHistogram::kBounds.size();
        told.buckets.emplace_back(
            bounded ? LatencyHistogram::kBounds.at(i) : std::chrono::nanoseconds::max(),
            values.buckets.at(i));
    }
    return told;
}

}  // namespace

Operations::Operations(Parts parts)
    : parts_(parts), started_(moment()), calculations_(parts.control, parts.log) {}

admin::Moment Operations::now() const {
    return moment();
}

admin::View Operations::view() const {
    const auto state = parts_.serving.state().load();
    return {.catalog = state->catalog,
            .locator = parts_.reloader.current().locator,
            .health = state->health,
            .set = state->set,
            .overrides = state->overrides,
            .positions = state->positions,
            .places = parts_.watch.failovers().places(*state->catalog),
            .health_at = state->health_at};
}

admin::Activity Operations::activity() const {
    const auto total = [this](Count which) { return parts_.server.total(which); };
    return {.started = started_.wall,
            .started_steady = started_.steady,
            .first_round_complete = parts_.first_round_complete,
            .reloads = parts_.reloader.applied(),
            .reloads_failed = parts_.reloader.failed(),
            .last_reload = parts_.reloader.last(),
            .last_reload_applied = parts_.reloader.last_applied(),
            .failovers = parts_.serving.failovers() + parts_.watch.failovers().failovers(),
            .failbacks = parts_.serving.failbacks() + parts_.watch.failovers().failbacks(),
            .connections_open = parts_.server.open_connections(),
            .connections = total(Count::connection),
            .connections_refused = total(Count::connection_refused),
            .accepts_failed = total(Count::accept_failed),
            .connections_stalled = total(Count::stalled),
            .lookups = total(Count::lookup),
            .requests = requests(parts_.server),
            .unsupported = total(Count::unsupported),
            .lookup_latency = latency(parts_.server),
            .refused = {{"not_json", total(Count::not_json)},
                        {"no_method", total(Count::no_method)},
                        {"bad_parameters", total(Count::bad_parameters)},
                        {"too_long", total(Count::too_long)}},
            .events = parts_.events.totals(),
            .events_lost = parts_.writer == nullptr ? 0 : parts_.writer->lost(),
            .all_unhealthy = parts_.watch.dark_count(),
            .query_spikes = parts_.watch.spike_count(),
            .state_saved = parts_.keeper == nullptr ? std::optional<bool>()
                                                    : std::optional(parts_.keeper->works()),
            .checker = parts_.serving.checker_load(),
            .alert_receivers = receivers(parts_.alerts),
            .caches = caches(parts_.purger)};
}

admin::Lookups Operations::lookups() const {
    const auto traffic = parts_.serving.state().load()->traffic;
    if (traffic == nullptr) return {};
    admin::Lookups told{
        .by_zone = traffic->zones(), .outcomes = {}, .answers = traffic->endpoints()};
    for (const auto& [policy, outcome, count] : traffic->outcomes())
        told.outcomes.push_back({policy, to_string(outcome), count});
    return told;
}

admin::EventPage Operations::events(std::optional<std::uint64_t> since, std::size_t limit) const {
    auto [events, missed] =
        since ? parts_.events.after(*since, limit) : parts_.events.newest(limit);
    return {.events = std::move(events), .missed = missed};
}

std::uint64_t Operations::newest_event() const {
    return parts_.events.newest_id();
}

Result<std::chrono::milliseconds> Operations::heartbeat(std::string_view check,
                                                        std::string_view endpoint,
                                                        checks::HeartbeatReport report) {
    return parts_.serving.heartbeat(check, endpoint, std::move(report));
}

Result<void> Operations::set_override(policy::OverrideEntry entry) {
    return parts_.overrides.set(std::move(entry));
}

bool Operations::remove_override(std::string_view target, std::string_view by) {
    return parts_.overrides.remove(target, by);
}

std::vector<policy::Move> Operations::fail_back(const std::vector<policy::NodeIndex>& nodes,
                                                std::string_view by) {
    parts_.log.info("failback asked for by " + std::string(by));
    return parts_.serving.fail_back(nodes, by);
}

/// Said at a level that is written before and after.
void Operations::set_log_level(LogLevel lowest, std::string_view by) {
    LogSettings settings = parts_.lines.settings();
    parts_.log.write(std::max(lowest, settings.lowest),
                     "log level: " + std::string(to_string(lowest)) + ", asked for by " +
                         std::string(by) + "; it was " + to_string(settings.lowest));
    settings.lowest = lowest;
    parts_.lines.configure(settings);
}

void Operations::reload(std::string_view by, std::optional<double> max_shift,
                        std::function<void(admin::ReloadOutcome)> done) {
    parts_.reloader.request(by, max_shift,
                            [done = std::move(done)](const Reloader::Outcome& outcome) {
                                done({.applied = outcome.applied,
                                      .summary = outcome.summary,
                                      .findings = findings_of(outcome.findings)});
                            });
}

bool Operations::calculate(std::function<void(const std::stop_token&)> work,
                           std::function<void()> done) {
    return calculations_.begin(std::move(work), std::move(done));
}

Result<std::function<admin::Candidate()>> Operations::candidate(const std::string& file) const {
    const auto path = beside(parts_.reloader.path(), file);
    if (!path) {
        return Error{
            "the running process reads configurations (.yaml, .yml, or a directory) beside "
            "its own " +
            parts_.reloader.path().string() +
            " only; put the file there, or compare two files: fairlead plan NEW -c OLD"};
    }
    return std::function<admin::Candidate()>([path = *path, served = parts_.reloader.current()] {
        const auto [next, diagnostics] = config::load(path, &served);
        admin::Candidate found{.findings = findings_of(diagnostics), .before = served.catalog};
        if (!next) return found;
        found.after = next->catalog;
        found.locator = next->locator;
        found.places_changed = config::may_place_otherwise(served, *next);
        return found;
    });
}

}  // namespace fairlead::backend
