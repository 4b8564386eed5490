// SPDX-License-Identifier: Apache-2.0
#pragma once

// The health of every subject at one moment, published by the checker and read by queries.
// Thread rule: deeply const once published.
// A snapshot belongs to the catalog whose subjects it counts: slots mean nothing in another one.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "checks/alias.h"
#include "checks/health_check.h"
#include "checks/health_state.h"
#include "checks/name_state.h"
#include "checks/outcome.h"

namespace fairlead::checks {

/// What explains a verdict; the decision itself never reads it.
struct Evidence {
    HealthState state;  // measured, before `enabled` and `invert`
    Outcome last;       // the newest result
    TimePoint since{};  // when `state.health` last changed
};

/// Of what no check has a say in, in seconds.
inline constexpr std::uint32_t kSteadyForever = 0xffffffff;

/// Of an alias of which nothing is known.
inline const AliasAddresses kUnresolved;

struct Snapshot {
    std::uint64_t generation = 0;
    std::vector<Health> health;           // one per subject: effective, what decisions use
    std::vector<Evidence> evidence;       // one per subject, or empty (offline)
    std::vector<std::uint32_t> steady_s;  // one per subject: see steady_s_of(), or empty (offline)
    TimePoint round_complete{};  // when every probed subject had been probed once more; {} = never
    /// What the aliases have; another object when it is something else. Null: nothing is resolved.
    std::shared_ptr<const AliasTable> aliases{};
    /// What is known of each name, for people. Null: nothing.
    std::shared_ptr<const std::vector<NameState>> names{};

    /// Everything unknown, which counts as healthy until the first result.
    [[nodiscard]] static Snapshot all_unknown(std::size_t subjects) {
        return {.generation = 0,
                .health = std::vector<Health>(subjects, Health::unknown),
                .evidence = std::vector<Evidence>(subjects),
                .steady_s = std::vector<std::uint32_t>(subjects, kSteadyForever)};
    }

    /// What an alias is answered with. The reference lives as long as the snapshot.
    [[nodiscard]] const AliasAddresses& alias(std::size_t index) const {
        return aliases == nullptr ? kUnresolved : aliases->aliases[index];
    }
    /// Nothing is unresolved only because it has not been asked for yet.
    [[nodiscard]] bool has_asked() const { return aliases == nullptr || aliases->asked; }

    /// `subject`, the one of this index in the catalog, is a place where nobody lives.
    [[nodiscard]] bool is_empty(const Subject& subject, SubjectIndex index) const {
        return subject.place != 0 && (aliases == nullptr || !aliases->occupants.contains(index));
    }

    /// `subject`, the one of this index in the catalog, with the address it has at this moment;
    /// nothing for an empty place of an alias.
    [[nodiscard]] std::optional<Subject> at_present(Subject subject, SubjectIndex index) const {
        if (is_empty(subject, index)) return std::nullopt;
        if (subject.place != 0) subject.address = aliases->occupants.at(index);
        return subject;
    }

    [[nodiscard]] bool serves(SubjectIndex subject) const {
        return subject == kUnchecked || health[subject] != Health::unhealthy;
    }

    /// How long its verdict will stand, in seconds (steady_s() of health_state.h).
    [[nodiscard]] std::uint32_t steady_s_of(SubjectIndex subject) const {
        return subject == kUnchecked || steady_s.empty() ? kSteadyForever : steady_s[subject];
    }
};

}  // namespace fairlead::checks
