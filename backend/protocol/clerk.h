// SPDX-License-Identifier: Apache-2.0
#pragma once

// A thread for requests that would keep a worker from its queries: what waits for the disk, and
// what looks at a whole zone. One after the other, in the order they came.
//
// Thread rule: hand_over() from any thread; be_idle() and stop() from the one that made it.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log.h"

namespace fairlead::backend {

class Clerk {
  public:
    using Task = std::function<std::string()>;            // makes the reply
    using Done = std::function<void(std::string reply)>;  // called on the clerk's thread, once

    /// Tasks that wait; PowerDNS has at most a few dozen connections with one request each.
    static constexpr std::size_t kWaitingMax = 1024;

    /// Starts the thread. `log` must outlive the clerk.
    explicit Clerk(Log& log);

    /// Calls stop().
    ~Clerk();
    Clerk(const Clerk&) = delete;
    Clerk& operator=(const Clerk&) = delete;

    /// False, and nothing happens: too many wait already.
    [[nodiscard]] bool hand_over(Task task, Done done);

    /// Forgets what waits, and waits for the end of what is being done. False: it has not ended by
    /// then. For when nobody waits for the replies any more.
    [[nodiscard]] bool be_idle(TimePoint deadline);

    /// Does what waits, and ends the thread. May be called again.
    void stop();

  private:
    struct Job {
        Task task;
        Done done;
    };
    void run();

    Log& log_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    std::deque<Job> waiting_;  // guarded by mutex_
    bool busy_ = false;        // guarded by mutex_
    bool stopping_ = false;    // guarded by mutex_
    std::thread thread_;
};

}  // namespace fairlead::backend
