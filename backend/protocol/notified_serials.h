// SPDX-License-Identifier: Apache-2.0
#pragma once

// The serials that PowerDNS (primary=yes) has told the secondaries of. In memory only: after a
// restart they are told again, once. Thread rule: any thread.

#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/dns_name.h"

namespace fairlead::backend {

class NotifiedSerials {
  public:
    /// 0: of none yet.
    [[nodiscard]] std::uint32_t of(const DnsName& zone) const {
        const std::lock_guard lock(mutex_);
        const auto found = serials_.find(zone);
        return found == serials_.end() ? 0 : found->second;
    }
    void set(const DnsName& zone, std::uint32_t serial) {
        const std::lock_guard lock(mutex_);
        serials_[zone] = serial;
    }

  private:
    mutable std::mutex mutex_;
    std::unordered_map<DnsName, std::uint32_t> serials_;  // guarded by mutex_
};

}  // namespace fairlead::backend
