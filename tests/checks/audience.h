// SPDX-License-Identifier: Apache-2.0
#pragma once

// What tests of a whole checker share: checks that are quick, and someone who takes what is
// published and waits for what a test hopes for. Thread rule: an Audience is safe from any thread.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "checks/checker.h"
#include "tests/support/catch.h"

namespace fairlead::test {

using namespace std::chrono_literals;
using checks::Checker;
using checks::CheckerLimits;
using checks::Health;
using checks::HealthCheck;
using checks::Snapshot;
using checks::Subject;
using checks::SubjectIndex;

/// Takes what the checker publishes and waits for what a test hopes for.
class Audience {
  public:
    Checker::Publish publish() {
        return [this](std::shared_ptr<const Snapshot> snapshot) {
            change([&] {
                published_at_.push_back(std::chrono::steady_clock::now());
                snapshots_.push_back(std::move(snapshot));
            });
        };
    }
    std::function<void()> first_round() {
        return [this] {
            change([this] {
                ++first_rounds_;
                snapshots_at_first_round_ = snapshots_.size();
            });
        };
    }

    /// False when `condition` does not hold of any new snapshot within half a minute.
    template <typename Condition>
    bool wait_for(Condition condition) {
        return wait([&] { return !snapshots_.empty() && condition(*snapshots_.back()); });
    }
    bool wait_for_health(SubjectIndex subject, Health health) {
        return wait_for([=](const Snapshot& s) { return s.health[subject] == health; });
    }
    bool wait_for_first_round() {
        return wait([this] { return first_rounds_ > 0; });
    }

    std::vector<std::shared_ptr<const Snapshot>> snapshots() const {
        const std::lock_guard lock(mutex_);
        return snapshots_;
    }
    std::vector<TimePoint> published_at() const {
        const std::lock_guard lock(mutex_);
        return published_at_;
    }
    int first_rounds() const {
        const std::lock_guard lock(mutex_);
        return first_rounds_;
    }
    /// What had been published when the first round was complete.
    std::shared_ptr<const Snapshot> at_first_round() const {
        const std::lock_guard lock(mutex_);
        return snapshots_at_first_round_ == 0 ? nullptr : snapshots_[snapshots_at_first_round_ - 1];
    }

  private:
    template <typename Change>
    void change(Change change) {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }
    template <typename Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 30s, condition);
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::shared_ptr<const Snapshot>> snapshots_;
    std::vector<TimePoint> published_at_;
    int first_rounds_ = 0;
    std::size_t snapshots_at_first_round_ = 0;
};

inline HealthCheck quick_check(std::uint16_t port) {
    HealthCheck check;
    check.name = "web";
    check.port = port;
    check.interval = 50ms;
    check.fast_interval = 10ms;
    check.timeout = 5s;
    return check;
}

inline Subject subject(const std::string& address = "127.0.0.1", std::uint32_t check = 0) {
    return {.check = check, .address = *IpAddress::parse(address)};
}

inline std::unique_ptr<Checker> checker_of(Checker::Plan plan, Audience& audience, Log& log,
                                           CheckerLimits limits = {}) {
    auto checker = Checker::create(std::move(plan), audience.publish(), log, limits);
    REQUIRE(checker);
    return std::move(*checker);
}

}  // namespace fairlead::test
