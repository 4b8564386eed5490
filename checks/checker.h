// SPDX-License-Identifier: Apache-2.0
#pragma once

// The checker: one thread that probes every subject, keeps the health table and publishes it.
//
// Way of a result: due probe -> outcome -> advance() -> table -> coalesced snapshot, at most 10 ms
// after the verdict. Probes are spread over the interval with jitter; the first round goes out
// without waiting. Subjects of disabled checks are never probed and are decided from the start.
//
// Thread rule: construct, start() and stop() on one thread; the callbacks run on the checker
// thread.

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "checks/alias.h"
#include "checks/checker_load.h"
#include "checks/health_check.h"
#include "checks/heartbeat.h"
#include "checks/memory.h"
#include "checks/snapshot.h"

namespace fairlead::checks {

struct CheckerLimits {
    std::size_t probes_in_flight = 1024;  // at least one; further probes wait their turn
};

class Checker {
  public:
    /// Called with each new snapshot: one at the start, one within 10 ms of each verdict, and at
    /// most one a second for new evidence alone. Must be quick and must not throw.
    using Publish = std::function<void(std::shared_ptr<const Snapshot>)>;

    struct Plan {
        std::vector<HealthCheck> checks;
        std::vector<Subject> subjects;  // slot i of every snapshot is subjects[i]
        std::vector<Alias> aliases;     // whose order is that of every snapshot's table
        std::string name_servers;       // whom to ask about names, as NameLookup has it
    };

    /// Loads the CA files and prepares every probe. The error names the check and the file.
    [[nodiscard]] static Result<std::unique_ptr<Checker>> create(Plan plan, Publish publish,
                                                                 Log& log,
                                                                 CheckerLimits limits = {});

    /// Calls stop().
    ~Checker();
    Checker(const Checker&) = delete;
    Checker& operator=(const Checker&) = delete;

    /// Before start(): lets the subjects begin with what an earlier checker knew of them; see
    /// memory.h. Those that have a place in the timetable are not probed before it comes.
    void inherit(const Memory& memory);

    /// What is known now, as the next generation. Before start() or after stop().
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot();

    /// Starts the thread; once. `first_round_complete` is called once, after the snapshot in which
    /// every subject has been probed, here or by the checker it was inherited from, has been
    /// published; and every name was asked for; at once when there is nothing to check. Subjects
    /// which this machine could not probe for want of resources do not hold it back: they stay
    /// unknown, which counts as healthy.
    void start(std::function<void()> first_round_complete);

    /// After start(), on the thread that calls stop(): `subjects` have reported in. They have to be
    /// of heartbeat checks. Returns at once; the result counts as soon as the checker's thread sees
    /// it.
    void report(std::vector<SubjectIndex> subjects, HeartbeatReport report);

    /// At this moment. Any thread.
    [[nodiscard]] CheckerLoad load() const;

    /// When the thread last answered this question, which each call asks anew: a thread that hangs
    /// stays at the time of the last one before that. At first the time of construction. On the
    /// thread that calls stop().
    [[nodiscard]] TimePoint sign_of_life();

    /// Ends all probes and the thread; no callback runs after it has returned. May be called again,
    /// and without start(); not from a callback.
    void stop();

    /// Everything that is known, for the next checker. Before start() or after stop(). A probe that
    /// stop() cut short is due at once.
    [[nodiscard]] Memory memory() const;

  private:
    class Impl;
    explicit Checker(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairlead::checks
