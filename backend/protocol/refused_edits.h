// SPDX-License-Identifier: Apache-2.0
#pragma once

// Transactions in which a change of records was refused. `pdnsutil delete-rrset` looks at neither
// this nor any other reply and says nothing, as if it were done; only an error stops it. PowerDNS's
// interface for operators does look, and aborts.
//
// PowerDNS numbers transactions by the second (remotebackend.cc): two that begin in one second
// share their number, and then either may get the error. Thread rule: any thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace fairlead::backend {

class RefusedEdits {
  public:
    /// More are forgotten, the oldest first.
    static constexpr std::size_t kMax = 64;

    void add(std::uint32_t transaction) {
        const std::lock_guard lock(mutex_);
        transactions_.push_back(transaction);
        if (transactions_.size() > kMax) transactions_.pop_front();
    }
    /// Whether it was added since it was last taken.
    [[nodiscard]] bool take(std::uint32_t transaction) {
        const std::lock_guard lock(mutex_);
        return std::erase(transactions_, transaction) > 0;
    }

  private:
    std::mutex mutex_;
    std::deque<std::uint32_t> transactions_;  // guarded by mutex_
};

}  // namespace fairlead::backend
