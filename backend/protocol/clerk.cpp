// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/clerk.h"

#include <utility>

#include "base/thread.h"

namespace fairlead::backend {

Clerk::Clerk(Log& log) : log_(log) {
    thread_ = start_thread("clerk", "the clerk failed", log_, [this] { run(); });
}

Clerk::~Clerk() {
    stop();
}

bool Clerk::hand_over(Task task, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || waiting_.size() >= kWaitingMax) return false;
        waiting_.push_back({.task = std::move(task), .done = std::move(done)});
    }
    wake_.notify_one();
    return true;
}

bool Clerk::be_idle(TimePoint deadline) {
    std::deque<Job> forgotten;  // before the lock: goes after it
    std::unique_lock lock(mutex_);
    forgotten.swap(waiting_);
    return idle_.wait_until(lock, deadline, [this] { return !busy_; });
}

void Clerk::stop() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Clerk::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        lock.unlock();
        job.done(job.task());
        job = {};  // what it holds goes before the lock is taken
        lock.lock();
        busy_ = false;
        idle_.notify_one();
    }
}

}  // namespace fairlead::backend
