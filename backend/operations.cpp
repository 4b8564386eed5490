// SPDX-License-Identifier: Apache-2.0
#include "backend/operations.h"

#include <string>
#include <utility>

#include "base/clock.h"

namespace fairlead::backend {
namespace {

admin::Moment moment() {
    return {.steady = SteadyClock().now(), .wall = wall_time()};
}

}  // namespace

Operations::Operations(Parts parts) : parts_(parts), started_(moment()) {}

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
            .health_at = state->health_at};
}

admin::Activity Operations::activity() const {
    const auto total = [this](Event event) { return parts_.server.total(event); };
    const std::uint64_t known =
        total(Event::lookup) + total(Event::unsupported) + parts_.server.total_refused();
    const std::uint64_t requests = total(Event::request);  // read last: never less than `known`
    return {.started = started_.wall,
            .started_steady = started_.steady,
            .first_round_complete = parts_.first_round_complete,
            .reloads = parts_.reloader.applied(),
            .reloads_failed = parts_.reloader.failed(),
            .last_reload = parts_.reloader.last(),
            .failovers = parts_.serving.failovers(),
            .failbacks = parts_.serving.failbacks(),
            .connections_open = parts_.server.open_connections(),
            .connections = total(Event::connection),
            .connections_refused = total(Event::connection_refused),
            .connections_stalled = total(Event::stalled),
            .lookups = total(Event::lookup),
            .other_requests = requests > known ? requests - known : 0,
            .unsupported = total(Event::unsupported),
            .refused = {{"not_json", total(Event::not_json)},
                        {"no_method", total(Event::no_method)},
                        {"bad_parameters", total(Event::bad_parameters)},
                        {"too_long", total(Event::too_long)}}};
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
    return parts_.serving.fail_back(nodes);
}

void Operations::reload(std::string_view by, std::function<void(admin::ReloadOutcome)> done) {
    parts_.reloader.request(
        "asked for by " + std::string(by),
        [done = std::move(done)](const Reloader::Outcome& outcome) {
            admin::ReloadOutcome told{.applied = outcome.applied, .summary = outcome.summary};
            for (const auto& finding : outcome.findings) {
                told.findings.push_back({.is_error = finding.severity == config::Severity::error,
                                         .rule = std::string(finding.rule),
                                         .text = finding.to_string()});
            }
            done(std::move(told));
        });
}

}  // namespace fairlead::backend
