// SPDX-License-Identifier: Apache-2.0
#include "checks/named_subjects.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace fairlead::checks {

NamedSubjects::NamedSubjects(const std::vector<Subject>& subjects,
                             const std::vector<Alias>& aliases) {
    std::unordered_map<std::string_view, std::size_t> index;
    const auto name = [&](const std::string& host) {
        const auto [found, is_new] = index.try_emplace(host, states_.size());
        if (is_new) {
            states_.emplace_back().host = host;
            about_.emplace_back();
        }
        return found->second;
    };
    for (SubjectIndex i = 0; i < subjects.size(); ++i) {
        if (!subjects[i].is_name()) continue;
        const auto found = name(subjects[i].host);
        about_[found].subjects.push_back(i);
        name_of_.emplace(i, found);
    }
    for (const auto& alias : aliases)
        static_cast<void>(name(alias.host));
}

bool NamedSubjects::asked() const {
    return std::ranges::all_of(states_, &NameState::asked);
}

void NamedSubjects::inherit(const std::vector<NameState>& known) {
    std::unordered_map<std::string_view, const NameState*> by_host;
    for (const auto& state : known)
        by_host.emplace(state.host, &state);
    for (auto& state : states_) {
        const auto found = by_host.find(state.host);
        if (found != by_host.end()) state = *found->second;
    }
}

const NameState* NamedSubjects::find(SubjectIndex subject) const {
    const auto found = name_of_.find(subject);
    return found == name_of_.end() ? nullptr : &states_[found->second];
}

std::vector<SubjectIndex> NamedSubjects::take_answered(std::size_t name) {
    if (!states_[name].asked() || std::exchange(about_[name].taken, true)) return {};
    return about_[name].subjects;
}

std::optional<NamedSubjects::News> NamedSubjects::take_news(std::size_t name) {
    const NameState& state = states_[name];
    const bool failing = !state.problem.empty();
    if (std::exchange(about_[name].failing, failing) == failing) return std::nullopt;
    if (!failing) return News{.is_failure = false, .text = state.host + " is resolved again"};
    return News{.is_failure = true,
                .text = "cannot resolve " + state.host + ": " + state.problem +
                        (state.address ? "; the last good answer counts" : "")};
}

}  // namespace fairlead::checks
