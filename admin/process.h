// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the HTTP interface sees of the running process, and what it can have done. The process
// implements it; nothing in this folder knows sockets towards PowerDNS, checkers or files.
//
// Thread rule: control thread. A View is one moment, deeply const.

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/result.h"
#include "checks/checker_load.h"
#include "checks/heartbeat.h"
#include "checks/snapshot.h"
#include "geo/locator.h"
#include "policy/catalog.h"
#include "policy/conditions.h"
#include "policy/override_list.h"

namespace fairlead::admin {

/// What PowerDNS has asked for since the catalog was loaded, and what it got.
struct Lookups {
    struct Outcome {
        const char* policy;
        const char* outcome;
        std::uint64_t count;
    };
    std::vector<std::uint64_t> by_zone;  // of the catalog; empty: not counted
    std::vector<Outcome> outcomes;
    std::vector<std::uint64_t> answers;  // by endpoint of the forest; empty: not counted
};

/// What is served at one moment. All parts belong together.
struct View {
    std::shared_ptr<const policy::Catalog> catalog;
    std::shared_ptr<const geo::Locator> locator;
    std::shared_ptr<const checks::Snapshot> health;
    std::shared_ptr<const policy::OverrideList> set;             // null: nobody has set anything
    std::shared_ptr<const policy::Overrides> overrides;          // what `set` means; may be null
    std::shared_ptr<const policy::FailoverPositions> positions;  // null: all at their first
    std::shared_ptr<const std::vector<policy::Place>> places;    // of the others; null: not known
    TimePoint health_at{};                                       // when it was published

    [[nodiscard]] policy::Conditions conditions() const {
        return {*health, overrides.get(), positions.get()};
    }
    [[nodiscard]] const policy::Forest& forest() const { return catalog->forest(); }
};

/// Both clocks at one moment.
struct Moment {
    TimePoint steady;
    policy::WallTime wall;
};

/// What has happened since the start.
struct Activity {
    policy::WallTime started{};
    TimePoint started_steady{};
    bool first_round_complete = false;
    std::uint64_t reloads = 0;         // that were applied
    std::uint64_t reloads_failed = 0;  // and those that changed nothing
    std::string last_reload;           // its outcome in a few words; empty: there was none
    bool last_reload_applied = true;   // what serves is what the last load read
    std::uint64_t failovers = 0;       // of failover nodes, to a worse target
    std::uint64_t failbacks = 0;
    std::size_t connections_open = 0;
    std::uint64_t connections = 0;
    std::uint64_t connections_refused = 0;
    std::uint64_t accepts_failed = 0;
    std::uint64_t connections_stalled = 0;
    std::uint64_t lookups = 0;
    std::vector<std::pair<std::string_view, std::uint64_t>> requests;  // by method, lookups too
    std::uint64_t unsupported = 0;                                     // for methods there are not
    /// How long lookups took: how many at most so long (the last bucket has no bound), and all
    /// together.
    struct Latency {
        std::vector<std::pair<std::chrono::nanoseconds, std::uint64_t>> buckets;
        std::chrono::nanoseconds sum{0};
    };
    Latency lookup_latency;
    std::vector<std::pair<const char*, std::uint64_t>> refused;  // by reason
    std::array<std::uint64_t, kEventKinds> events{};             // by kind
    std::uint64_t events_lost = 0;                               // that events.jsonl does not have
    std::size_t all_unhealthy = 0;    // names, pools and policies with nothing healthy left
    std::size_t query_spikes = 0;     // zones that are asked unusually often
    std::optional<bool> state_saved;  // the last attempt to; nothing: no state is kept
    checks::CheckerLoad checker;
    /// One that alerts are sent to; its name is unique and holds no secret.
    struct AlertReceiver {
        std::string name;
        std::uint64_t delivered = 0;
        std::uint64_t failed = 0;
        std::uint64_t dropped = 0;
        std::uint64_t waiting = 0;
    };
    std::vector<AlertReceiver> alert_receivers;
    /// PowerDNS's, where its control socket is configured.
    struct Caches {
        bool purged = false;       // every PowerDNS can be told what has changed
        std::uint64_t purges = 0;  // names and zones that were purged, repetitions included
    };
    std::optional<Caches> caches;
};

/// One thing that a reload found in the configuration.
struct Finding {
    bool is_error = false;
    std::string rule;
    std::string text;  // with file, line and column
};

struct ReloadOutcome {
    bool applied = false;
    std::string summary;
    std::vector<Finding> findings;
};

/// What another configuration would be in place of the one that serves.
struct Candidate {
    std::vector<Finding> findings;
    std::shared_ptr<const policy::Catalog> before{};
    std::shared_ptr<const policy::Catalog> after{};  // null: `findings` has an error
    std::shared_ptr<const geo::Locator> locator{};   // as it would be; null likewise
    bool places_changed = false;                     // clients may be somewhere else
};

/// Events in order, the oldest first.
struct EventPage {
    std::vector<std::shared_ptr<const Event>> events;
    std::uint64_t missed = 0;  // that came before them and are no longer kept
};

class Process {
  public:
    virtual ~Process() = default;

    [[nodiscard]] virtual Moment now() const = 0;
    [[nodiscard]] virtual View view() const = 0;
    [[nodiscard]] virtual Activity activity() const = 0;
    /// Of the catalog of view(). Adds up the counts of every endpoint.
    [[nodiscard]] virtual Lookups lookups() const = 0;

    /// Those after the event `since`; without it the newest. At most `limit`.
    [[nodiscard]] virtual EventPage events(std::optional<std::uint64_t> since,
                                           std::size_t limit) const = 0;
    /// The id of the newest.
    [[nodiscard]] virtual std::uint64_t newest_event() const = 0;

    /// `endpoint`, a name or an address, reports in for its heartbeat check `check`: how soon it
    /// has to again. The error says that there is no such pair.
    [[nodiscard]] virtual Result<std::chrono::milliseconds> heartbeat(
        std::string_view check, std::string_view endpoint, checks::HeartbeatReport report) = 0;
    /// The error says that there are too many.
    [[nodiscard]] virtual Result<void> set_override(policy::OverrideEntry entry) = 0;
    /// False when nothing was set for the target.
    virtual bool remove_override(std::string_view target, std::string_view by) = 0;
    /// Sends the nodes to their best target that is able to answer.
    virtual std::vector<policy::Move> fail_back(const std::vector<policy::NodeIndex>& nodes,
                                                std::string_view by) = 0;
    [[nodiscard]] virtual LogSettings log_settings() const = 0;
    /// Until the next reload, which sets what the configuration says.
    virtual void set_log_level(LogLevel lowest, std::string_view by) = 0;
    /// `max_shift`, 0 to 1: refused when a larger share of any name's clients would be answered
    /// otherwise. `done` is called once, later, on this thread.
    virtual void reload(std::string_view by, std::optional<double> max_shift,
                        std::function<void(ReloadOutcome)> done) = 0;

    /// Does `work` on a thread for what takes seconds, one after the other, and then calls `done`
    /// on this one; work ends early when its token says so, and then nothing is called. False, and
    /// nothing happens: too much waits already.
    [[nodiscard]] virtual bool calculate(std::function<void(const std::stop_token&)> work,
                                         std::function<void()> done) = 0;
    /// Reads another configuration as a reload would, when it is called, on any thread; it changes
    /// nothing. `file` must lie beside the configuration that serves, so that nobody has other
    /// files read through this interface; the error says so.
    [[nodiscard]] virtual Result<std::function<Candidate()>> candidate(
        const std::string& file) const = 0;
};

}  // namespace fairlead::admin
