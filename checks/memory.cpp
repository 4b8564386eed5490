// SPDX-License-Identifier: Apache-2.0
#include "checks/memory.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "checks/definition.h"

namespace fairlead::checks {
namespace {

struct NamedCheck {
    std::uint32_t index = 0;
    std::uint64_t definition = 0;
    std::uint64_t question = 0;
};

/// The enabled checks by their names.
std::unordered_map<std::string_view, NamedCheck> by_name(const std::vector<HealthCheck>& checks) {
    std::unordered_map<std::string_view, NamedCheck> named;
    for (std::uint32_t i = 0; i < checks.size(); ++i) {
        if (!checks[i].enabled) continue;
        named.emplace(checks[i].name,
                      NamedCheck{i, definition_of(checks[i]), question_of(checks[i])});
    }
    return named;
}

Beginning beginning(const Remembered& known, const NamedCheck& now_named,
                    const HealthCheck& check) {
    Beginning begin{
        .evidence = known.evidence, .place = known.place, .was_asked = known.place.has_value()};
    if (known.definition == now_named.definition) return begin;
    begin.evidence.state = {.health = known.evidence.state.health};
    if (!is_probed(check)) begin.place.reset();
    begin.was_asked = begin.place && known.question == now_named.question;
    return begin;
}

/// Those that are asked something else, and those whose place a shorter interval has overtaken.
void bring_forward(std::vector<Beginning>& beginnings, const std::vector<HealthCheck>& checks,
                   const std::vector<Subject>& subjects, TimePoint now) {
    std::vector<std::pair<Place, SubjectIndex>> soon;
    for (SubjectIndex i = 0; i < beginnings.size(); ++i) {
        const auto& [evidence, place, was_asked] = beginnings[i];
        if (!place) continue;
        const HealthCheck& check = checks[subjects[i].check];
        const bool overtaken = is_probed(check) && *place > now + 2 * check.interval;
        if (!was_asked || overtaken) soon.emplace_back(place, i);
    }
    std::ranges::sort(soon);
    TimePoint next = now;
    for (const auto& [place, subject] : soon) {
        beginnings[subject].place = std::min(*place, next);
        next += kSoon;
    }
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
                           beginning(subject, check->second, checks[check->second.index]));
    }
    std::ranges::sort(known, {}, &Known::value_type::first);
    return known;
}

}  // namespace

Memory remember(const std::vector<HealthCheck>& checks, const std::vector<Subject>& subjects,
                const Snapshot& snapshot, const std::vector<Place>& places) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> digests;
    digests.reserve(checks.size());
    for (const auto& check : checks)
        digests.emplace_back(definition_of(check), question_of(check));

    Memory memory{.generation = snapshot.generation, .subjects = {}, .names = {}};
    if (snapshot.names != nullptr) memory.names = *snapshot.names;
    for (SubjectIndex i = 0; i < snapshot.evidence.size(); ++i) {
        const auto subject = snapshot.at_present(subjects[i], i);
        if (!subject || !checks[subject->check].enabled) continue;
        memory.subjects.push_back({.check = checks[subject->check].name,
                                   .definition = digests[subject->check].first,
                                   .question = digests[subject->check].second,
                                   .address = subject->address,
                                   .host = subject->host,
                                   .evidence = snapshot.evidence[i],
                                   .place = places.empty() ? Place{} : places[i]});
    }
    return memory;
}

Memory joined(Memory own, const Memory& theirs) {
    const auto subject_of = [](const Remembered& known) {
        return std::tie(known.check, known.definition, known.address, known.host);
    };
    std::vector<const Remembered*> known;
    known.reserve(theirs.subjects.size());
    for (const auto& subject : theirs.subjects)
        known.push_back(&subject);
    const auto pointed = [&](const Remembered* of) { return subject_of(*of); };
    std::ranges::sort(known, {}, pointed);
    for (auto& subject : own.subjects) {
        const auto found = std::ranges::lower_bound(known, subject_of(subject), {}, pointed);
        if (found == known.end() || subject_of(**found) != subject_of(subject)) continue;
        if ((*found)->evidence.state.health == Health::unknown) continue;
        subject.evidence = (*found)->evidence;
    }
    return own;
}

std::vector<Beginning> inherit(const Memory& memory, const std::vector<HealthCheck>& checks,
                               const std::vector<Subject>& subjects, TimePoint now) {
    const Known known = translated(memory, checks);
    std::vector<Beginning> beginnings(subjects.size());
    for (SubjectIndex i = 0; i < subjects.size(); ++i) {
        Subject subject = subjects[i];
        subject.place = 0;  // an address may live at another one now
        const auto found = std::ranges::lower_bound(known, subject, {}, &Known::value_type::first);
        if (found != known.end() && found->first == subject) beginnings[i] = found->second;
    }
    bring_forward(beginnings, checks, subjects, now);
    return beginnings;
}

}  // namespace fairlead::checks
