// SPDX-License-Identifier: Apache-2.0
#include "checks/transition.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

#include "checks/outcome.h"

namespace fairlead::checks {
namespace {

/// Of the address, the name, or the place of one, that its checks are made at.
struct TargetOf {
    const std::vector<Subject>& subjects;
    [[nodiscard]] std::tuple<IpAddress, std::string_view, std::uint8_t> operator()(
        SubjectIndex i) const {
        const auto& [check, address, host, place] = subjects[i];
        return {place == 0 ? address : IpAddress(), host, place};  // who lives there may change
    }
};

}  // namespace

std::string subject_name(const HealthCheck& check, const Subject& subject) {
    const std::string text = subject.target();
    const bool in_brackets = !subject.is_name() && !subject.address.is_v4();
    const std::string of = subject.place == 0 ? "" : " of " + subject.host;
    if (check.port == 0) return check.name + ' ' + text + of;
    return check.name + ' ' + (in_brackets ? '[' + text + ']' : text) + ':' +
           std::to_string(check.port) + of;
}

std::string transition_reason(const HealthCheck& check, const Evidence& evidence,
                              bool first_result) {
    std::string outcome = describe(evidence.last);
    if (std::holds_alternative<Calculation>(check.probe)) return outcome;
    if (lacks_data(evidence.state, check)) return outcome + " (insufficient data)";
    if (first_result) return outcome + " (first result)";
    const auto& thresholds = check.thresholds;
    const auto needed = std::to_string(evidence.state.health == Health::healthy ? thresholds.rise
                                                                                : thresholds.fall);
    return outcome + " (" + needed + " of " + needed + ')';
}

std::string transition_line(const HealthCheck& check, const Subject& subject,
                            const Evidence& evidence, bool first_result) {
    const bool calculated = std::holds_alternative<Calculation>(check.probe);
    const bool serves = (calculated ? effective(evidence.state.health, check)
                                    : effective(evidence.state, check)) == Health::healthy;
    return subject_name(check, subject) + (serves ? " is healthy" : " is unhealthy") +
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
    : checks_(checks), subjects_(subjects), table_(table), by_target_(subjects.size()) {
    told_.reserve(subjects.size());
    for (SubjectIndex i = 0; i < subjects.size(); ++i)
        told_.push_back({table.effective_health(i), table.evidence(i).since});
    std::iota(by_target_.begin(), by_target_.end(), SubjectIndex{0});
    std::ranges::sort(by_target_, {}, TargetOf{subjects_});
}

Event Transitions::event(SubjectIndex subject, bool first_result, TimePoint now) {
    const HealthCheck& check = checks_[subjects_[subject].check];
    const Subject& target = subjects_[subject];
    const Evidence& evidence = table_.evidence(subject);
    const Health health = table_.effective_health(subject);
    const bool healthy = health == Health::healthy;
    const Told before = std::exchange(told_[subject], {health, now});
    Event event{.kind = EventKind::health,
                .severity = healthy ? LogLevel::info : LogLevel::warning,
                .phase = healthy ? Phase::ends : Phase::begins,
                .subject = subject_name(check, target),
                .from = to_string(before.health),
                .to = to_string(health),
                .outcome = describe(evidence.last),
                .reason = transition_reason(check, evidence, first_result),
                .text = transition_line(check, target, evidence, first_result)};
    if (before.since != TimePoint{}) event.lasted = now - before.since;
    event.checks = agreement(subject);
    return event;
}

std::optional<Event> Transitions::leave(SubjectIndex subject, const Subject& left, TimePoint now) {
    const Told told = std::exchange(told_[subject], Told{});
    if (told.health != Health::unhealthy) return std::nullopt;
    Event event{.kind = EventKind::health,
                .phase = Phase::ends,
                .subject = subject_name(checks_[left.check], left),
                .from = to_string(told.health),
                .to = "removed",
                .reason = left.host + " does not have this address any more"};
    event.text = event.subject + " is no longer checked: " + event.reason;
    if (told.since != TimePoint{}) event.lasted = now - told.since;
    return event;
}

/// Of all checks of the subject's target.
std::optional<Agreement> Transitions::agreement(SubjectIndex subject) const {
    // Not as one range: clang 14 takes no algorithm on libstdc++'s subrange.
    const TargetOf target_of{subjects_};
    const auto mine = target_of(subject);
    const auto first = std::ranges::lower_bound(by_target_, mine, {}, target_of);
    const auto last = std::ranges::upper_bound(by_target_, mine, {}, target_of);
    if (last - first < 2) return std::nullopt;
    const Health health = table_.effective_health(subject);
    const auto agreeing = std::count_if(
        first, last, [&](SubjectIndex i) { return table_.effective_health(i) == health; });
    return Agreement{static_cast<std::size_t>(agreeing), static_cast<std::size_t>(last - first)};
}

}  // namespace fairlead::checks
