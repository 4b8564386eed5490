// SPDX-License-Identifier: Apache-2.0
#pragma once

// A query worker: one thread, one event loop, the connections that were given to it.
// Thread rule: start(), release(), stop() and join() from any one thread at a time; adopt(),
// counters(), open_connections() and last_tick() from any; the rest runs on the worker's own
// thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "backend/protocol/clerk.h"
#include "backend/protocol/counters.h"
#include "backend/protocol/event_loop.h"
#include "backend/protocol/notified_serials.h"
#include "backend/protocol/refused_edits.h"
#include "backend/protocol/repeated_warning.h"
#include "backend/protocol/responder.h"
#include "backend/protocol/server.h"
#include "backend/protocol/session.h"
#include "base/clock.h"
#include "base/descriptor.h"

namespace fairlead::backend {

class Worker final : public Session::Host {
  public:
    /// What all workers of a server share.
    struct Shared {
        const ServerParts& parts;
        Log& log;
        Clerk clerk{log};
        NotifiedSerials notified;
        RefusedEdits refused_edits;
        RepeatedWarning refused_requests{log, "refused a request"};
        RepeatedWarning stalled_peers{log, "closed a connection"};
    };

    /// `number`: which of the server's workers it is, from 0 on.
    Worker(unsigned number, std::uint64_t seed, const ServerLimits& limits, Shared& shared);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start();

    /// Serves this connection.
    void adopt(Descriptor socket);

    /// Gives all connections back, each between two requests; what is not so far within
    /// `limits.release` is closed. `released` is called once, on the worker's thread. What is
    /// adopted meanwhile is given back with the others.
    using Released = std::function<void(std::vector<Descriptor>)>;
    void release(Released released);

    /// Asks the thread to end its sessions and itself; join() waits for it.
    void stop();
    void join();

    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] Counters& counters() { return counters_; }
    [[nodiscard]] std::size_t open_connections() const { return open_.load(); }
    /// When its thread last looked after idle things, which it does at each of `limits.tick`.
    [[nodiscard]] TimePoint last_tick() const { return last_tick_.load(); }

  private:
    [[nodiscard]] bool answer(Session& session, std::string_view line, std::string& reply) override;
    [[nodiscard]] bool answer_now(Session& session, std::string_view line, std::string& reply);
    [[nodiscard]] bool administer(Session& session, std::string_view line, std::string& reply);
    [[nodiscard]] bool hand_over(Session& session, Clerk::Task task, std::string& reply);
    [[nodiscard]] Clerk::Done reply_to(const Session& session);
    void refuse_long_line(std::string_view start, std::string& reply) override;
    void ended(Session& session) override;
    void released(Session& session, Descriptor socket) override;
    void remove(Session& session);
    void end_release_if_done();
    void end_what_is_not_released();
    void end_stalled(Session& session);
    void count(const Request& request, std::string_view line);
    void refused(Refused::Reason reason, std::string_view line);
    void on_tick();
    [[nodiscard]] std::vector<Session*> all_sessions() const;

    // constant after construction
    const ServerLimits limits_;
    Shared& shared_;

    EventLoop loop_;
    std::thread thread_;
    std::atomic<std::size_t> open_{0};  // adopted and not yet ended or released
    std::atomic<TimePoint> last_tick_{SteadyClock().now()};

    // worker thread only
    PublishedState::Reader state_;
    Published<KeystoreKeeper::State>::Reader kept_;
    Request request_;  // keeps its capacity
    Responder responder_;
    Counters counters_;
    Timer tick_{loop_, [this] { on_tick(); }};
    std::unordered_map<std::uint64_t, std::unique_ptr<Session>> sessions_;  // by their numbers
    std::uint64_t adopted_ = 0;
    bool stopping_ = false;
    Released released_;                     // empty: nobody waits for connections
    std::vector<Descriptor> given_back_{};  // for released_
    Timer release_limit_{loop_, [this] { end_what_is_not_released(); }};
};

}  // namespace fairlead::backend
