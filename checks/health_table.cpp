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
      attempted_(subjects.size(), false) {
    for (SubjectIndex i = 0; i < subjects_.size(); ++i) {
        const HealthCheck& check = checks_[subjects_[i].check];
        current_.health[i] = effective(Health::unknown, check);
        if (check.enabled) {
            ++awaited_;
            current_.steady_s[i] = steady_s(check, {});
        }
    }
}

void HealthTable::inherit(SubjectIndex subject, const Evidence& evidence, bool attempted) {
    const HealthCheck& check = checks_[subjects_[subject].check];
    if (!check.enabled) return;
    current_.evidence[subject] = evidence;
    current_.health[subject] = effective(evidence.state.health, check);
    current_.steady_s[subject] = steady_s(check, evidence.state);
    if (attempted && !attempted_[subject]) --awaited_;
    attempted_[subject] = attempted_[subject] || attempted;
}

HealthTable::Recorded HealthTable::record(SubjectIndex subject, Outcome outcome, TimePoint now) {
    const HealthCheck& check = checks_[subjects_[subject].check];
    Evidence& evidence = current_.evidence[subject];
    Recorded recorded;
    if (!attempted_[subject]) {
        attempted_[subject] = true;
        --awaited_;
        recorded.first = true;
    }
    if (outcome.failure != Failure::resource) {
        const Health before = evidence.state.health;
        evidence.state = advance(evidence.state, outcome.success(), check.thresholds);
        recorded.turned = evidence.state.health != before;
        recorded.decided = recorded.turned && before == Health::unknown;
        current_.steady_s[subject] = steady_s(check, evidence.state);
    }
    if (recorded.turned) {
        evidence.since = now;
        current_.health[subject] = effective(evidence.state.health, check);
    }
    evidence.last = std::move(outcome);
    return recorded;
}

std::size_t HealthTable::count(Health health) const {
    return static_cast<std::size_t>(std::ranges::count(current_.health, health));
}

std::shared_ptr<const Snapshot> HealthTable::next_snapshot() {
    ++current_.generation;
    return std::make_shared<const Snapshot>(current_);
}

}  // namespace fairlead::checks
