// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is served and what keeps it true: the published state, the checker that measures its
// endpoints, the places of failover nodes that follow from that, and the catalogs that were
// replaced but that a worker may still be reading.
//
// A replacement is one publication: catalog and health change together, the health is what the old
// checker knew of the subjects that both have, and no query sees anything in between. The old
// catalog is destroyed by the control thread, once no worker looks at it any more: a hundred
// thousand names are not to be freed between two queries.
//
// Thread rule: control thread, except for what state() refers to.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/serving_state.h"
#include "backend/state_file.h"
#include "base/log.h"
#include "base/result.h"
#include "checks/checker.h"
#include "policy/catalog.h"
#include "policy/heartbeat_targets.h"
#include "policy/served_ttls.h"

namespace fairlead::backend {

/// "1 zone, 2 names, 3 checked addresses".
[[nodiscard]] std::string size_of(const policy::Catalog& catalog);

struct ServingLimits {
    unsigned workers = 1;    // that will answer queries
    std::size_t probes = 0;  // in flight at once; 0: as many as descriptors allow for
};

class Serving {
  public:
    using Catalog = std::shared_ptr<const policy::Catalog>;
    /// Called on the checker thread, once for each start() and replace().
    using RoundComplete = std::function<void()>;

    /// Serves `catalog` with what is known of it from before a restart. The error names the check
    /// and the file that it cannot use. `control` and `log` must outlive this object.
    [[nodiscard]] static Result<std::unique_ptr<Serving>> create(boost::asio::io_context& control,
                                                                 Catalog catalog,
                                                                 const LastKnown& known, Log& log,
                                                                 ServingLimits limits = {});

    /// Calls stop().
    ~Serving();
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    [[nodiscard]] const PublishedState& state() const { return state_; }

    /// Before start(): `changed` is called after each publication, on the thread that made it.
    void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

    /// Whether PowerDNS may cache what it can be told to forget. Any thread.
    void set_purges(bool purges);

    /// Starts the checker; `complete` as Checker::start() has it.
    void start(RoundComplete complete);

    /// After start(): goes over to `catalog`. On an error nothing has changed.
    [[nodiscard]] Result<void> replace(Catalog catalog, RoundComplete complete);

    /// After start(): goes on with what the process knows whose place this one takes: its verdicts
    /// (checks::joined()), the places of its failover nodes, what is set there. On an error nothing
    /// has changed.
    [[nodiscard]] Result<void> take_up(const LastKnown& known, RoundComplete complete);

    /// When the checker's thread last gave a sign of life, which is asked for with each call.
    [[nodiscard]] TimePoint checker_sign_of_life() { return checker_->sign_of_life(); }

    /// After start(): an endpoint has reported in for one of its heartbeat checks. How soon it has
    /// to again; the error says that there is no such pair.
    [[nodiscard]] Result<std::chrono::milliseconds> heartbeat(std::string_view check,
                                                              std::string_view endpoint,
                                                              checks::HeartbeatReport report);

    /// From here on this is what operators have set; a later catalog resolves it anew.
    void set_overrides(policy::OverrideList list);

    /// When the last answer with what `target` means has expired in resolvers' caches, if `since`
    /// is when it was taken out.
    [[nodiscard]] policy::WallTime expiry(std::string_view target, policy::WallTime since) const {
        return ttls_.expiry(*state_.load()->catalog, target, since);
    }

    /// Sends failover nodes back to their first target that is able to answer. `by`: who wants it.
    std::vector<policy::Move> fail_back(const std::vector<policy::NodeIndex>& nodes,
                                        std::string_view by);

    /// Of all checkers since the start.
    [[nodiscard]] checks::CheckerLoad checker_load() const;

    /// How often nodes with a failback have left a target for a worse one, and returned to a better
    /// one. Any thread.
    [[nodiscard]] std::uint64_t failovers() const { return failovers_.load(); }
    [[nodiscard]] std::uint64_t failbacks() const { return failbacks_.load(); }

    /// Ends the checker; the state stays as it is.
    void stop();

  private:
    Serving(boost::asio::io_context& control, const Catalog& catalog, Log& log,
            ServingLimits limits);
    [[nodiscard]] Result<std::unique_ptr<checks::Checker>> make_checker(
        const policy::Catalog& catalog);
    void publish(Catalog catalog, policy::OverrideList set, checks::Checker& checker);
    void publish_known(const LastKnown& known, checks::Checker& checker);
    void publish(std::shared_ptr<const checks::Snapshot> snapshot);
    template <typename Change>
    void update(Change&& change);
    void note(const policy::Catalog& catalog, const std::vector<policy::Move>& moves,
              std::string_view by = {});
    void wait_for_failback();
    void let_go();

    boost::asio::io_context& control_;
    Log& log_;
    const unsigned workers_;
    const checks::CheckerLimits checker_limits_;
    PublishedState state_;
    std::function<void()> changed_ = [] {};
    std::atomic<std::uint64_t> failovers_{0};
    std::atomic<std::uint64_t> failbacks_{0};
    std::unique_ptr<checks::Checker> checker_;
    checks::CheckerLoad before_;           // what the checkers before it had done
    policy::HeartbeatTargets heartbeats_;  // of the catalog that checker_ is for
    policy::ServedTtls ttls_;
    std::vector<Catalog> replaced_;  // that others than this may still hold
    boost::asio::steady_timer letting_go_;
    boost::asio::steady_timer failback_;
};

}  // namespace fairlead::backend
