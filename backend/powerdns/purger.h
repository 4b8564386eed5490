// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes PowerDNS's caches an ally: what is the same for everybody may be cached there, because each
// PowerDNS is told at once when it changes.
//
//     channels answer -> all caches emptied -> answers become cacheable
//     the state changes -> the names whose answers did are purged, now and again (purge_plan.h)
//     a channel fails -> answers are not cacheable any more, at once; tried again each second
//
// With several PowerDNS every one must be reachable: any of them could be keeping an old answer.
// A PowerDNS that cannot be told and is alive keeps what it has for cache-ttl + query-cache-ttl.
//
// Thread rule: construct, start() and destroy on one thread; wake(), purges() and works() from any;
// the rest is its own thread, which may block on the channels.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/powerdns/advice.h"
#include "backend/powerdns/control_channel.h"
#include "backend/powerdns/purge_plan.h"
#include "backend/serving_state.h"
#include "base/log.h"
#include "policy/cached_answers.h"

namespace fairlead::backend {

class Purger {
  public:
    /// Publishes whether answers may be cached (ServingState::purges).
    using SetPurges = std::function<void(bool)>;

    /// What a PowerDNS should have set differently for `needs` is logged each time it is reached
    /// anew. `state` and `log` must outlive this object.
    Purger(std::vector<ControlChannel> channels, const Needs& needs, const PublishedState& state,
           SetPurges set_purges, Log& log);
    ~Purger();
    Purger(const Purger&) = delete;
    Purger& operator=(const Purger&) = delete;

    /// Starts the thread; once.
    void start();

    /// The state has changed.
    void wake();

    /// Names and zones that PowerDNS was told to forget, repetitions included.
    [[nodiscard]] std::uint64_t purges() const { return purges_; }
    /// Every PowerDNS can be told.
    [[nodiscard]] bool works() const { return works_; }

  private:
    void run();
    void step(TimePoint now);
    void connect(TimePoint now);
    void purge_changes(TimePoint now);
    void take_up(std::shared_ptr<const ServingState> state);
    void purge_and_plan(const PurgeTargets& targets, TimePoint now);
    void purge(const PurgeTargets& targets);
    [[nodiscard]] bool tell_all(const std::string& command);
    void lost(const Error& error);
    void log_advice();
    [[nodiscard]] TimePoint next_due() const;

    const std::vector<ControlChannel> channels_;
    const Needs needs_;
    const PublishedState& state_;
    const SetPurges set_purges_;
    Log& log_;
    std::atomic<std::uint64_t> purges_{0};
    std::atomic<bool> works_{false};

    // its own thread only
    std::uint64_t seen_ = 0;                        // generation of the state
    std::shared_ptr<const ServingState> noted_;     // that `answers_` are of
    std::optional<policy::CachedAnswers> answers_;  // as PowerDNS may have them
    PurgePlan plan_;
    TimePoint look_at_{};  // when the channels are tried next, working or not
    bool told_ = false;    // that they do not work

    std::mutex mutex_;
    std::condition_variable changed_;
    bool awake_ = false;     // guarded by mutex_
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace fairlead::backend
