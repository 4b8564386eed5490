// SPDX-License-Identifier: Apache-2.0
#pragma once

// Makes PowerDNS's caches an ally: what is the same for everybody may be cached there, because each
// PowerDNS is told at once when it changes.
//
//     every PowerDNS is reached, and has forgotten all -> answers become cacheable
//     the state changes -> the names whose answers did, and all that lead to them, are purged from
//                          each that is reached (purge_targets.h, purged_server.h); everything, if
//                          it has changed more than once since this thread looked
//     one of them is lost -> answers are not cacheable any more, at once; the others are still
//     told,
//                            because of what they have
//
// With several PowerDNS every one must be reached: any of them could be keeping an old answer.
// A PowerDNS that cannot be told and is alive keeps what it has for cache-ttl + query-cache-ttl.
//
// Thread rule: construct, start() and destroy on one thread; wake(), purges() and works() from any;
// the rest is its own thread, which waits for no PowerDNS.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "backend/powerdns/channel.h"
#include "backend/powerdns/purged_server.h"
#include "backend/serving_state.h"
#include "base/log.h"
#include "policy/cached_answers.h"
#include "policy/referrers.h"

namespace fairlead::backend {

class Purger {
  public:
    /// Publishes whether answers may be cached (ServingState::purges).
    using SetPurges = std::function<void(bool)>;

    /// `state` and `log` must outlive this object.
    Purger(std::vector<std::unique_ptr<const Channel>> channels, const PublishedState& state,
           SetPurges set_purges, Log& log);
    ~Purger();
    Purger(const Purger&) = delete;
    Purger& operator=(const Purger&) = delete;

    /// Starts the threads, which take the state up; once.
    void start();

    /// The state has changed.
    void wake();

    /// What each PowerDNS was told to forget, added up, repetitions included.
    [[nodiscard]] std::uint64_t purges() const;
    /// Every PowerDNS can be told.
    [[nodiscard]] bool works() const { return works_; }

  private:
    void run();
    void follow_state();
    [[nodiscard]] PurgeTargets targets_since(std::uint64_t before);
    void take_up(std::shared_ptr<const ServingState> state);
    void follow_servers();
    void report_works();
    void report_lost(const std::string& problem);

    const PublishedState& state_;
    const SetPurges set_purges_;
    Log& log_;
    std::vector<std::unique_ptr<PurgedServer>> servers_;
    std::atomic<bool> works_{false};

    // its own thread only
    std::uint64_t seen_ = 0;                        // generation of the state
    std::shared_ptr<const ServingState> noted_;     // that `answers_` are of; null: at the start
    std::optional<policy::CachedAnswers> answers_;  // as PowerDNS may have them
    std::optional<policy::Referrers> referrers_;
    std::vector<PurgedServer::Standing> known_;  // of `servers_`, as far as it has been told
    bool told_ = false;                          // that nothing is cached

    std::mutex mutex_;
    std::condition_variable changed_;
    bool awake_ = false;     // guarded by mutex_
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace fairlead::backend
