// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is told when a subject turns.
// Thread rule: Transitions is owned by the checker thread.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/ip.h"
#include "checks/health_check.h"
#include "checks/health_table.h"

namespace fairlead::checks {

/// "web 203.0.113.10:443", "web [2001:db8::10]:443", "db db.example.net:5432", without a port
/// "ping 203.0.113.10"; "web 203.0.113.10:443 of lb.example.net" for what an alias has.
[[nodiscard]] std::string subject_name(const HealthCheck& check, const Subject& subject);

/// "connect refused (3 of 3)".
[[nodiscard]] std::string transition_reason(const HealthCheck& check, const Evidence& evidence,
                                            bool first_result);

/// "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)". The state is the effective one.
/// `first_result`: the state was unknown before.
[[nodiscard]] std::string transition_line(const HealthCheck& check, const Subject& subject,
                                          const Evidence& evidence, bool first_result);

/// "unknown", "healthy", "unhealthy": part of the interface.
[[nodiscard]] const char* to_string(Health health);

/// Remembers what was told of each subject last, so that an event can say from what, and since
/// when.
class Transitions {
  public:
    /// Both lists, and the table, which has what is known so far, must outlive this object.
    Transitions(const std::vector<HealthCheck>& checks, const std::vector<Subject>& subjects,
                const HealthTable& table);

    /// What the table now says of `subject`, as an event.
    [[nodiscard]] Event event(SubjectIndex subject, bool first_result, TimePoint now);

    /// Forgets a subject whose address, `left`, the name does not have any more. The end of what
    /// was told of it, if that was bad.
    [[nodiscard]] std::optional<Event> leave(SubjectIndex subject, const Subject& left,
                                             TimePoint now);

  private:
    struct Told {
        Health health = Health::unknown;
        TimePoint since{};
    };

    [[nodiscard]] std::optional<Agreement> agreement(SubjectIndex subject) const;

    const std::vector<HealthCheck>& checks_;
    const std::vector<Subject>& subjects_;
    const HealthTable& table_;
    std::vector<Told> told_;               // by subject
    std::vector<SubjectIndex> by_target_;  // sorted
};

}  // namespace fairlead::checks
