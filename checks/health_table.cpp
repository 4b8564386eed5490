// SPDX-License-Identifier: Apache-2.0
#include "checks/health_table.h"

#include <algorithm>
#include <utility>

namespace fairlead::checks {

HealthTable::HealthTable(const std::vector<HealthCheck>& checks,
                         const std::vector<Subject>& subjects)
    : checks_(checks),
      subjects_(subjects),
      current_(Snapshot::all_unknown(subjects.size())),
      calculations_(checks, subjects),
      empty_(subjects.size(), false),
      attempted_(subjects.size(), false),
      in_round_(subjects.size(), false) {
    for (SubjectIndex i = 0; i < subjects_.size(); ++i) {
        const HealthCheck& check = checks_[subjects_[i].check];
        current_.health[i] = effective(Health::unknown, check);
        empty_[i] = subjects_[i].place != 0;
        if (!is_measured(check)) continue;
        if (is_probed(check) && !empty_[i]) ++probed_;
        current_.steady_s[i] = steady_s(check, {});
    }
    awaited_ = round_awaits_ = probed_;
    // What waits for no probe: at_least 0, children of disabled checks. Children may stand behind
    // their parents, whom they turn then.
    for (SubjectIndex i = 0; i < subjects_.size(); ++i)
        recalculate(i, {});
    calculated_.clear();
}

void HealthTable::inherit(SubjectIndex subject, const Evidence& evidence, bool attempted) {
    if (!is_measured(check_of(subject))) return;
    current_.evidence[subject] = evidence;
    show(subject, evidence.since);
    calculated_.clear();  // it has been so before
    if (attempted) note_attempt(subject);
}

void HealthTable::occupy(SubjectIndex place, TimePoint now) {
    empty_[place] = false;
    attempted_[place] = in_round_[place] = false;
    if (is_probed(check_of(place))) {
        ++probed_;
        ++awaited_;
        ++round_awaits_;
    }
    begin_unknown(place, now);
}

void HealthTable::vacate(SubjectIndex place, TimePoint now) {
    empty_[place] = true;
    if (is_probed(check_of(place))) {
        --probed_;
        if (!attempted_[place]) --awaited_;
        if (!in_round_[place]) count_one_less(now);
    }
    begin_unknown(place, now);
}

/// As at the start, and so all that is calculated of it.
void HealthTable::begin_unknown(SubjectIndex place, TimePoint now) {
    if (!check_of(place).enabled) return;
    current_.evidence[place] = {};
    if (is_measured(check_of(place))) return show(place, now);
    recalculate(place, now);
    current_.evidence[place].since = {};
}

/// True when it is the subject's first.
bool HealthTable::note_attempt(SubjectIndex subject) {
    if (attempted_[subject]) return false;
    attempted_[subject] = true;
    if (is_probed(check_of(subject))) --awaited_;
    return true;
}

HealthTable::Recorded HealthTable::record(SubjectIndex subject, Outcome outcome, TimePoint now) {
    Evidence& evidence = current_.evidence[subject];
    const Health before = evidence.state.health;
    const Health shown_before = current_.health[subject];
    Recorded recorded;
    recorded.first = note_attempt(subject);
    evidence.state = outcome.is_evidence()
                         ? advance(evidence.state, outcome.success(), check_of(subject).thresholds)
                         : without_data(evidence.state);
    if (evidence.state.health != before) evidence.since = now;
    evidence.last = std::move(outcome);
    count_round(subject, now);
    show(subject, now);
    recorded.turned = evidence.state.health != before || current_.health[subject] != shown_before;
    recorded.decided = evidence.state.health != before && before == Health::unknown;
    return recorded;
}

/// Whatever the result was, the checker has come round to it.
void HealthTable::count_round(SubjectIndex subject, TimePoint now) {
    if (in_round_[subject] || !is_probed(check_of(subject))) return;
    in_round_[subject] = true;
    count_one_less(now);
}

/// The round under way waits for one subject less.
void HealthTable::count_one_less(TimePoint now) {
    if (--round_awaits_ > 0) return;
    if (probed_ > 0) current_.round_complete = now;
    in_round_.assign(in_round_.size(), false);
    round_awaits_ = probed_;
}

/// Brings what decisions see of a probed subject, and what is calculated of it, up to date.
void HealthTable::show(SubjectIndex subject, TimePoint now) {
    const HealthCheck& check = check_of(subject);
    const HealthState& state = current_.evidence[subject].state;
    if (!set_shown(subject, effective(state, check), steady_s(check, state))) return;
    for (const auto parent : calculations_.parents(subject))
        recalculate(parent, now);
}

/// Does nothing for a subject that is not calculated. Recursion is as deep as checks are nested,
/// which the configuration bounds.
void HealthTable::recalculate(SubjectIndex subject, TimePoint now) {
    const HealthCheck& check = check_of(subject);
    const auto* calculation = std::get_if<Calculation>(&check.probe);
    if (calculation == nullptr || !check.enabled) return;
    std::vector<Health> children;
    std::uint32_t steady = kSteadyForever;
    for (const auto child : calculations_.children(subject)) {
        children.push_back(current_.health[child]);
        steady = std::min(steady, current_.steady_s[child]);
    }
    const Health health = calculate(children, calculation->at_least);

    Evidence& evidence = current_.evidence[subject];
    if (std::exchange(evidence.state.health, health) != health) evidence.since = now;
    evidence.last = {
        .failure = health == Health::unhealthy ? Failure::children : Failure::none,
        .detail = count_of_children(subject, calculation->at_least),
    };
    const Health shown_before = current_.health[subject];
    if (!set_shown(subject, effective(health, check), steady)) return;
    if (current_.health[subject] != shown_before) {
        calculated_.push_back({.subject = subject, .decided = shown_before == Health::unknown});
    }
    for (const auto parent : calculations_.parents(subject))
        recalculate(parent, now);
}

/// True when something of it is new.
bool HealthTable::set_shown(SubjectIndex subject, Health health, std::uint32_t steady) {
    const bool turned = std::exchange(current_.health[subject], health) != health;
    return std::exchange(current_.steady_s[subject], steady) != steady || turned;
}

/// "1 of 3 healthy, 2 needed; down: web, db".
std::string HealthTable::count_of_children(SubjectIndex subject, std::size_t at_least) const {
    static constexpr std::size_t kNamesMax = 5;
    const auto children = calculations_.children(subject);
    std::size_t healthy = 0;
    std::size_t down = 0;
    std::string names;
    for (const auto child : children) {
        if (current_.health[child] == Health::healthy) ++healthy;
        if (current_.health[child] != Health::unhealthy || ++down > kNamesMax) continue;
        names += (names.empty() ? "; down: " : ", ") + check_of(child).name;
    }
    if (down > kNamesMax) names += " and " + std::to_string(down - kNamesMax) + " more";
    return std::to_string(healthy) + " of " + std::to_string(children.size()) + " healthy, " +
           std::to_string(at_least) + " needed" + names;
}

std::size_t HealthTable::count(Health health) const {
    std::size_t counted = 0;
    for (SubjectIndex i = 0; i < subjects_.size(); ++i)
        if (!empty_[i] && current_.health[i] == health) ++counted;
    return counted;
}

std::shared_ptr<const Snapshot> HealthTable::next_snapshot() {
    ++current_.generation;
    return std::make_shared<const Snapshot>(current_);
}

}  // namespace fairlead::checks
