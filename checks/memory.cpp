// SPDX-License-Identifier: Apache-2.0
#include "checks/memory.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "checks/definition.h"

namespace fairlead::checks {
namespace {

struct NamedCheck {
    std::uint32_t index = 0;
    std::uint64_t definition = 0;
};

/// The enabled checks by their names.
std::unordered_map<std::string_view, NamedCheck> by_name(const std::vector<HealthCheck>& checks) {
    std::unordered_map<std::string_view, NamedCheck> named;
    for (std::uint32_t i = 0; i < checks.size(); ++i) {
        if (checks[i].enabled)
            named.emplace(checks[i].name, NamedCheck{i, definition_of(checks[i])});
    }
    return named;
}

Beginning beginning(const Remembered& known, std::uint64_t definition) {
    Beginning begin{.evidence = known.evidence, .place = known.place};
    if (known.definition != definition) {
        begin.evidence.state = {.health = known.evidence.state.health};
        begin.place.reset();
    }
    return begin;
}

/// What is remembered, as the subjects of another list of checks.
using Known = std::vector<std::pair<Subject, Beginning>>;

Known translated(const Memory& memory, const std::vector<HealthCheck>& checks) {
    const auto named = by_name(checks);
    Known known;
    known.reserve(memory.subjects.size());
    for (const auto& subject : memory.subjects) {
        const auto check = named.find(subject.check);
        if (check == named.end()) continue;
        known.emplace_back(Subject{check->second.index, subject.address, subject.host, 0},
                           beginning(subject, check->second.definition));
    }
    std::ranges::sort(known, {}, &Known::value_type::first);
    return known;
}

}  // namespace

Memory remember(const std::vector<HealthCheck>& checks, const std::vector<Subject>& subjects,
                const Snapshot& snapshot, const std::vector<Place>& places) {
    std::vector<std::uint64_t> definitions;
    definitions.reserve(checks.size());
    for (const auto& check : checks)
        definitions.push_back(definition_of(check));

    Memory memory{.generation = snapshot.generation, .subjects = {}, .names = {}};
    if (snapshot.names != nullptr) memory.names = *snapshot.names;
    for (SubjectIndex i = 0; i < snapshot.evidence.size(); ++i) {
        const auto subject = snapshot.at_present(subjects[i], i);
        if (!subject || !checks[subject->check].enabled) continue;
        memory.subjects.push_back({.check = checks[subject->check].name,
                                   .definition = definitions[subject->check],
                                   .address = subject->address,
                                   .host = subject->host,
                                   .evidence = snapshot.evidence[i],
                                   .place = places.empty() ? Place{} : places[i]});
    }
    return memory;
}

std::vector<Beginning> inherit(const Memory& memory, const std::vector<HealthCheck>& checks,
                               const std::vector<Subject>& subjects) {
    const Known known = translated(memory, checks);
    std::vector<Beginning> beginnings(subjects.size());
    for (SubjectIndex i = 0; i < subjects.size(); ++i) {
        Subject subject = subjects[i];
        subject.place = 0;  // an address may live at another one now
        const auto found = std::ranges::lower_bound(known, subject, {}, &Known::value_type::first);
        if (found != known.end() && found->first == subject) beginnings[i] = found->second;
    }
    return beginnings;
}

}  // namespace fairlead::checks
