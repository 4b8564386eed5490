// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/clerk.h"

#include <cstdlib>
#include <exception>
#include <utility>

#include "base/thread_name.h"

namespace fairlead::backend {

Clerk::Clerk(Log& log) : log_(log) {
    thread_ = std::thread([this] {
        name_this_thread("clerk");
        try {
            run();
        } catch (const std::exception& bug) {
            log_.error(std::string("the clerk failed: ") + bug.what());
            std::abort();
        }
    });
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
        lock.unlock();
        job.done(job.task());
        job = {};  // what it holds goes before the lock is taken
        lock.lock();
    }
}

}  // namespace fairlead::backend
