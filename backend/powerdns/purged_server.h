// SPDX-License-Identifier: Apache-2.0
#pragma once

// One PowerDNS whose caches are purged: whether it can be told, what it still has to be told, and a
// thread that tells it, so that one that hangs holds nobody else up.
//
//     reached      -> its settings are read, all that it has is forgotten, now and again
//     told         -> what is asked for, now and again (purge_plan.h)
//     not reached  -> nothing is kept for it: tried again at each look, and then as above
//     its settings have changed (it was restarted) -> as if it had just been reached
//
// Where a PowerDNS has other backends too, their zones may refer to ours (a CNAME to a steered
// name), which nobody here can see: such a one forgets everything on each change.
//
// Thread rule: construct, start() and destroy on one thread; the rest from any; what it does, on a
// thread of its own.

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
#include "backend/powerdns/channel.h"
#include "backend/powerdns/purge_plan.h"
#include "base/log.h"

namespace fairlead::backend {

class PurgedServer {
  public:
    enum class State : std::uint8_t { untried, reached, lost };
    struct Standing {
        State state = State::untried;
        std::string problem;  // when it is lost: why, and what to do
        friend bool operator==(const Standing&, const Standing&) = default;
    };

    /// `changed` is called on its thread whenever standing() is another one. `log` must outlive
    /// this object.
    PurgedServer(std::unique_ptr<const Channel> channel, std::function<void()> changed, Log& log);
    ~PurgedServer();
    PurgedServer(const PurgedServer&) = delete;
    PurgedServer& operator=(const PurgedServer&) = delete;

    /// Starts the thread; once.
    void start();
    /// It tells nobody any more, at the latest when what it is telling has been told.
    void stop();

    /// These have changed.
    void purge(const PurgeTargets& targets);
    /// At first, and when zones have come or gone, and anything may have changed: these are all
    /// there are. What the PowerDNS should have set differently for `needs` is logged whenever
    /// these are others, and each time it is reached anew.
    void follow_catalog(const Needs& needs, std::vector<std::string> zones);

    [[nodiscard]] Standing standing() const;
    [[nodiscard]] const std::string& address() const { return channel_->address(); }
    /// What it was told to forget, repetitions included; everything counts as one.
    [[nodiscard]] std::uint64_t purges() const { return purges_; }

  private:
    struct Work {
        PurgeTargets targets;
        std::optional<Needs> needs;
        std::optional<std::vector<std::string>> zones;  // to be looked for
    };

    void run();
    void step(Work work, TimePoint now);
    void reach(TimePoint now);
    void look(TimePoint now);
    void rediscover();
    [[nodiscard]] bool tell(const PurgeTargets& targets);
    void tell_and_plan(PurgeTargets targets, TimePoint now);
    void lost(const Error& error);
    void becomes(Standing standing);
    void log_advice();
    [[nodiscard]] bool is_reached() const { return standing().state == State::reached; }

    const std::unique_ptr<const Channel> channel_;
    const std::function<void()> changed_;
    Log& log_;
    std::atomic<std::uint64_t> purges_{0};

    // its own thread only
    Needs needs_;
    std::string version_;        // as it was when it was reached, and
    PowerDnsSettings settings_;  // so were these
    PurgePlan plan_;
    TimePoint look_at_{};                            // when it is asked next whether it is there
    std::optional<std::vector<std::string>> zones_;  // that it has not been told of

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Work work_;  // guarded by mutex_, as what follows
    Standing standing_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace fairlead::backend
