// SPDX-License-Identifier: Apache-2.0
#include "checks/calculation.h"

#include <algorithm>
#include <map>

namespace fairlead::checks {

Health calculate(std::span<const Health> children, std::size_t at_least) {
    const auto healthy = static_cast<std::size_t>(std::ranges::count(children, Health::healthy));
    const auto unknown = static_cast<std::size_t>(std::ranges::count(children, Health::unknown));
    if (healthy >= at_least) return Health::healthy;
    return healthy + unknown >= at_least ? Health::unknown : Health::unhealthy;
}

Calculations::Calculations(const std::vector<HealthCheck>& checks,
                           const std::vector<Subject>& subjects) {
    const auto calculation = [&](const Subject& subject) {
        return std::get_if<Calculation>(&checks[subject.check].probe);
    };
    if (std::ranges::none_of(subjects, calculation)) return;
    children_.resize(subjects.size());
    parents_.resize(subjects.size());
    std::map<Subject, SubjectIndex> index;
    for (SubjectIndex i = 0; i < subjects.size(); ++i)
        index.emplace(subjects[i], i);
    for (SubjectIndex i = 0; i < subjects.size(); ++i) {
        const Calculation* calculated = calculation(subjects[i]);
        if (calculated == nullptr) continue;
        for (const auto child : calculated->children) {
            const auto found = index.at(subject_of(checks, child, subjects[i]));
            children_[i].push_back(found);
            parents_[found].push_back(i);
        }
    }
}

std::span<const SubjectIndex> Calculations::children(SubjectIndex subject) const {
    if (children_.empty()) return {};
    return children_[subject];
}

std::span<const SubjectIndex> Calculations::parents(SubjectIndex subject) const {
    if (parents_.empty()) return {};
    return parents_[subject];
}

}  // namespace fairlead::checks
