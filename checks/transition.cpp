// SPDX-License-Identifier: Apache-2.0
#include "checks/transition.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "checks/outcome.h"

namespace fairlead::checks {

std::string subject_name(const HealthCheck& check, const IpAddress& address) {
    const std::string text = address.to_string();
    if (check.port == 0) return check.name + ' ' + text;
    return check.name + ' ' + (address.is_v4() ? text : '[' + text + ']') + ':' +
           std::to_string(check.port);
}

std::string transition_reason(const HealthCheck& check, const Evidence& evidence,
                              bool first_result) {
    const std::string outcome = describe(evidence.last);
    if (std::holds_alternative<Calculation>(check.probe)) return outcome;
    if (lacks_data(evidence.state, check)) return outcome + " (insufficient data)";
    if (first_result) return outcome + " (first result)";
    const auto& thresholds = check.thresholds;
    const auto needed = std::to_string(evidence.state.health == Health::healthy ? thresholds.rise
                                                                                : thresholds.fall);
    return outcome + " (" + needed + " of " + needed + ')';
}

std::string transition_line(const HealthCheck& check, const IpAddress& address,
                            const Evidence& evidence, bool first_result) {
    const bool calculated = std::holds_alternative<Calculation>(check.probe);
    const bool serves = (calculated ? effective(evidence.state.health, check)
                                    : effective(evidence.state, check)) == Health::healthy;
    return subject_name(check, address) + (serves ? " is healthy" : " is unhealthy") +
           (check.invert ? " (inverted)" : "") + ": " +
           transition_reason(check, evidence, first_result);
}

const char* to_string(Health health) {
    switch (health) {
        case Health::unknown:
            return "unknown";
        case Health::healthy:
            return "healthy";
        case Health::unhealthy:
            return "unhealthy";
    }
    return "";
}

Transitions::Transitions(const std::vector<HealthCheck>& checks,
                         const std::vector<Subject>& subjects, const HealthTable& table)
    : checks_(checks), subjects_(subjects), table_(table), by_address_(subjects.size()) {
    told_.reserve(subjects.size());
    for (SubjectIndex i = 0; i < subjects.size(); ++i)
        told_.push_back({table.effective_health(i), table.evidence(i).since});
    std::iota(by_address_.begin(), by_address_.end(), SubjectIndex{0});
    std::ranges::sort(by_address_, {}, [&](SubjectIndex i) { return subjects_[i].address; });
}

Event Transitions::event(SubjectIndex subject, bool first_result, TimePoint now) {
    const HealthCheck& check = checks_[subjects_[subject].check];
    const IpAddress& address = subjects_[subject].address;
    const Evidence& evidence = table_.evidence(subject);
    const Health health = table_.effective_health(subject);
    const bool healthy = health == Health::healthy;
    const Told before = std::exchange(told_[subject], {health, now});
    Event event{.kind = EventKind::health,
                .severity = healthy ? LogLevel::info : LogLevel::warning,
                .phase = healthy ? Phase::ends : Phase::begins,
                .subject = subject_name(check, address),
                .from = to_string(before.health),
                .to = to_string(health),
                .outcome = describe(evidence.last),
                .reason = transition_reason(check, evidence, first_result),
                .text = transition_line(check, address, evidence, first_result)};
    if (before.since != TimePoint{}) event.lasted = now - before.since;
    event.checks = agreement(subject);
    return event;
}

/// Of all checks of the subject's address.
std::optional<Agreement> Transitions::agreement(SubjectIndex subject) const {
    const auto same =
        std::ranges::equal_range(by_address_, subjects_[subject].address, {},
                                 [&](SubjectIndex i) { return subjects_[i].address; });
    if (same.size() < 2) return std::nullopt;
    const Health health = table_.effective_health(subject);
    const auto agreeing = std::ranges::count(
        same, health, [&](SubjectIndex i) { return table_.effective_health(i); });
    return Agreement{static_cast<std::size_t>(agreeing), same.size()};
}

}  // namespace fairlead::checks
