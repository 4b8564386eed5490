// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the log says when a subject turns. A site that goes dark turns thousands within a second:
// the first lines are written, the rest are counted in one.
// Thread rule: owned by the checker thread.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ip.h"
#include "base/log.h"
#include "checks/health_check.h"
#include "checks/health_table.h"

namespace fairlead::checks {

/// "web 203.0.113.10:443", "web [2001:db8::10]:443", without a port "ping 203.0.113.10".
[[nodiscard]] std::string subject_name(const HealthCheck& check, const IpAddress& address);

/// "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)". The state is the effective one.
/// `first_result`: the state was unknown before.
[[nodiscard]] std::string transition_line(const HealthCheck& check, const IpAddress& address,
                                          const Evidence& evidence, bool first_result);

class TransitionLog {
  public:
    static constexpr std::size_t kLinesInBurst = 20;
    static constexpr Duration kBurst = std::chrono::seconds(1);

    explicit TransitionLog(Log& log) : log_(log) {}

    void write(LogLevel level, std::string_view line, TimePoint now);

    /// When summarize() has something to write; TimePoint::max() when it has not.
    [[nodiscard]] TimePoint due() const;

    /// "and N more ..." for the lines that were left out, once the burst is over.
    void summarize(TimePoint now);

  private:
    Log& log_;
    TimePoint burst_ends_{};
    std::size_t written_ = 0;   // in this burst
    std::size_t left_out_ = 0;  // in this burst
};

}  // namespace fairlead::checks
