// SPDX-License-Identifier: Apache-2.0
#pragma once

// One thread's event loop, as small as the query path needs it: descriptors that have become ready
// (epoll(7), level-triggered), timers, and tasks from other threads.
//
// The rest of the process uses Asio. Not here: Asio tries to read again after each reply, in vain,
// and keeps a queue, a timer and a shared pointer for each wait. A request is one read and one
// write; docs/decisions/0006-an-event-loop-of-our-own.md has the figures.
//
// Thread rule: post() from any thread; the rest on the thread of run(), or before it has begun.

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "base/descriptor.h"

namespace fairlead::backend {

class EventLoop {
  public:
    /// Whom a descriptor belongs to.
    class Watcher {
      public:
        /// `events` as epoll reports them: EPOLLIN, EPOLLOUT, EPOLLHUP and so on. May forget any
        /// watcher of the loop, and destroy it, itself included.
        virtual void ready(std::uint32_t events) = 0;

      protected:
        ~Watcher() = default;
    };
    using Task = std::function<void()>;

    /// Throws std::system_error when there are no more descriptors.
    EventLoop();
    ~EventLoop() = default;
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls ready() as long as one of `events` holds. False, and nothing happens: the system has
    /// no room for one more.
    [[nodiscard]] bool watch(int descriptor, std::uint32_t events, Watcher& watcher);

    /// Other events from now on; with 0 the end of the connection alone is reported. For
    /// descriptors that are watched.
    void change(int descriptor, std::uint32_t events, Watcher& watcher);

    /// No more ready(), not even for what has been reported already. To be called before the
    /// descriptor is closed.
    void forget(int descriptor, Watcher& watcher);

    /// Has `task` run on the loop's thread, in the order of the calls. Any thread. What is posted
    /// after the end of run() is destroyed by drop_tasks(), or with the loop.
    void post(Task task);
    void drop_tasks();

    /// Until stop(). Throws std::system_error when the system fails.
    void run();
    void stop() { stopping_ = true; }

  private:
    /// The descriptor that ends a wait because there are tasks.
    class Wakeup final : public Watcher {
      public:
        explicit Wakeup(EventLoop& loop);
        void ready(std::uint32_t events) override;
        void wake() const;

      private:
        EventLoop& loop_;
        Descriptor descriptor_;
    };
    void run_tasks();
    [[nodiscard]] std::vector<Task> take_tasks();

    Descriptor epoll_;
    Wakeup wakeup_;
    std::array<epoll_event, 64> events_{};
    std::span<epoll_event> reported_;  // by the last wait
    bool stopping_ = false;

    std::mutex mutex_;
    std::vector<Task> tasks_;  // guarded by mutex_
};

/// Calls a function on the loop's thread when its time has come. Thread rule: as the loop's.
class Timer final : private EventLoop::Watcher {
  public:
    /// Both must outlive the timer. Throws std::system_error when there are no more descriptors.
    Timer(EventLoop& loop, std::function<void()> expired);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Each replaces what was set before.
    void every(std::chrono::milliseconds period) { set(period, period); }
    void once_after(std::chrono::milliseconds wait) { set(wait, std::chrono::milliseconds(0)); }
    /// Not called any more, except when its time came before this in the same round of the loop.
    void cancel() { once_after(std::chrono::milliseconds(0)); }

  private:
    void set(std::chrono::milliseconds first, std::chrono::milliseconds period);
    void ready(std::uint32_t events) override;

    EventLoop& loop_;
    const std::function<void()> expired_;
    Descriptor descriptor_;
};

}  // namespace fairlead::backend
