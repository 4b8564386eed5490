// SPDX-License-Identifier: Apache-2.0
#include "backend/events/watch.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "admin/status.h"
#include "base/clock.h"

namespace fairlead::backend {
namespace {

constexpr Duration kCertificates = std::chrono::minutes(1);
constexpr Duration kSecond = std::chrono::seconds(1);
/// A look at many names takes at most this part of the thread's time.
constexpr int kNamesShare = 20;

Event checker_event(const std::string& subject, const std::optional<std::string>& problem) {
    Event event{.kind = EventKind::checker,
                .severity = problem ? LogLevel::error : LogLevel::info,
                .phase = problem ? Phase::begins : Phase::ends,
                .subject = subject,
                .from = problem ? "fresh" : "stale",
                .to = problem ? "stale" : "fresh",
                .reason = problem.value_or("results come again")};
    event.text = "health checks are " + event.to + ": " + event.reason +
                 (problem ? "; answers go on from the last known state" : "");
    return event;
}

}  // namespace

void Watch::tick(TimePoint now) {
    const auto state = state_.load();
    look_at_names(state, now);
    look_at_checker(*state, now);
    look_at_certificates(*state, now);
    look_at_queries(*state, now);
}

void Watch::look_at_names(const std::shared_ptr<const ServingState>& state, TimePoint now) {
    const bool is_new = looked_at_ == nullptr || state->catalog != looked_at_->catalog;
    if (now < names_due_ && !is_new) return;
    if (!is_new && answers_alike(*state, *looked_at_)) return;
    const TimePoint begun = SteadyClock().now();
    report(failovers_.update(*state));
    report(dark_.update(*state, now));
    names_due_ = now + kNamesShare * (SteadyClock().now() - begun);
    looked_at_ = state;
}

void Watch::look_at_checker(const ServingState& state, TimePoint now) {
    if (now < checker_due_) return;
    checker_due_ = now + kSecond;
    const auto problem = admin::why_stale(
        {.catalog = state.catalog, .health = state.health, .health_at = state.health_at}, now);
    if (problem.has_value() == stale_) return;
    Event event = checker_event("checker", problem);
    if (stale_) event.lasted = now - stale_since_;
    stale_ = problem.has_value();
    stale_since_ = now;
    log_.report(std::move(event));
}

void Watch::look_at_certificates(const ServingState& state, TimePoint now) {
    if (now < certificates_due_) return;
    certificates_due_ = now + kCertificates;
    report(certificates_.update(*state.catalog, *state.health, now));
}

void Watch::look_at_queries(const ServingState& state, TimePoint now) {
    if (now < queries_due_ || state.traffic == nullptr) return;
    queries_due_ = now + kSecond;
    if (state.traffic != traffic_) {
        traffic_ = state.traffic;
        std::vector<std::string> names;
        names.reserve(state.catalog->zones().size());
        for (const auto& zone : state.catalog->zones())
            names.push_back(zone.name.to_string());
        spikes_.rename(std::move(names));
    }
    report(spikes_.sample(traffic_->zones(), now));
}

void Watch::report(std::vector<Event> events) {
    for (Event& event : events)
        log_.report(std::move(event));
}

}  // namespace fairlead::backend
