// SPDX-License-Identifier: Apache-2.0
#pragma once

// The checker's private table: what is known of every subject, and the snapshots taken of it.
// Thread rule: owned by the checker thread; the snapshots it hands out are immutable.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "checks/calculation.h"
#include "checks/health_check.h"
#include "checks/health_state.h"
#include "checks/outcome.h"
#include "checks/snapshot.h"

namespace fairlead::checks {

class HealthTable {
  public:
    /// Every subject starts unknown, those of disabled checks decided. Both lists must outlive the
    /// table.
    HealthTable(const std::vector<HealthCheck>& checks, const std::vector<Subject>& subjects);

    /// Before the first result: lets `subject` begin with `evidence`. `attempted`: under this
    /// definition, so that the first round need not wait for it.
    void inherit(SubjectIndex subject, const Evidence& evidence, bool attempted);
    /// The next snapshot is the one after `generation`.
    void count_on_from(std::uint64_t generation) { current_.generation = generation; }

    /// A place of an alias has a new address, of which nothing is known: it joins the round that is
    /// under way. REQUIRES: the place is empty, as all are at the start.
    void occupy(SubjectIndex place, TimePoint now);
    /// The address has left: nobody waits for it any more. REQUIRES: the place is not empty.
    void vacate(SubjectIndex place, TimePoint now);
    /// From here on a part of each snapshot. `aliases` as long as it is the same for decisions.
    void show(std::shared_ptr<const AliasTable> aliases) { current_.aliases = std::move(aliases); }
    void show(std::shared_ptr<const std::vector<NameState>> names) {
        current_.names = std::move(names);
    }

    struct Recorded {
        bool first = false;    // the subject's first attempt
        bool turned = false;   // measured or effective health is another one than before
        bool decided = false;  // ... and it was unknown before
    };

    /// Counts one result. One that says nothing of the target (Outcome::is_evidence()) is kept as
    /// the last result but is no evidence: the measured health stays as it is. What is calculated
    /// of the subject follows at once.
    Recorded record(SubjectIndex subject, Outcome outcome, TimePoint now);

    struct Calculated {
        SubjectIndex subject = 0;
        bool decided = false;  // it was unknown before
        friend bool operator==(const Calculated&, const Calculated&) = default;
    };
    /// The calculated subjects that turned since the last call, children before their parents.
    [[nodiscard]] std::vector<Calculated> take_calculated() {
        return std::exchange(calculated_, {});
    }

    /// True when every probed subject of an enabled check was attempted once. A subject that could
    /// only fail for want of resources counts as attempted though it is still unknown (and so
    /// served): one full file table must not keep the whole service from starting.
    [[nodiscard]] bool first_round_complete() const { return awaited_ == 0; }

    [[nodiscard]] bool attempted(SubjectIndex subject) const { return attempted_[subject]; }
    [[nodiscard]] const Snapshot& current() const { return current_; }
    [[nodiscard]] const Evidence& evidence(SubjectIndex subject) const {
        return current_.evidence[subject];
    }
    [[nodiscard]] Health effective_health(SubjectIndex subject) const {
        return current_.health[subject];
    }
    [[nodiscard]] std::size_t count(Health health) const;

    /// A copy of the table as it is now, one generation further. O(subjects).
    [[nodiscard]] std::shared_ptr<const Snapshot> next_snapshot();

  private:
    [[nodiscard]] const HealthCheck& check_of(SubjectIndex subject) const {
        return checks_[subjects_[subject].check];
    }
    bool note_attempt(SubjectIndex subject);
    void count_round(SubjectIndex subject, TimePoint now);
    void count_one_less(TimePoint now);
    void begin_unknown(SubjectIndex place, TimePoint now);
    void show(SubjectIndex subject, TimePoint now);
    bool set_shown(SubjectIndex subject, Health health, std::uint32_t steady);
    void recalculate(SubjectIndex subject, TimePoint now);
    [[nodiscard]] std::string count_of_children(SubjectIndex subject, std::size_t at_least) const;

    const std::vector<HealthCheck>& checks_;
    const std::vector<Subject>& subjects_;
    Snapshot current_;
    Calculations calculations_;
    std::vector<Calculated> calculated_;  // that turned and were not taken yet
    std::vector<bool> empty_;             // places of aliases where nobody lives
    std::vector<bool> attempted_;
    std::size_t awaited_ = 0;     // probed subjects that were never attempted
    std::vector<bool> in_round_;  // attempted in the round under way
    std::size_t probed_ = 0;      // subjects that a round consists of
    std::size_t round_awaits_ = 0;
};

}  // namespace fairlead::checks
