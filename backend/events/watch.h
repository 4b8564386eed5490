// SPDX-License-Identifier: Apache-2.0
#pragma once

// What can only be seen by looking: failovers, names with nothing healthy left, a silent checker,
// certificates about to expire, zones that are asked far more than usual. A few looks a second, on
// the control thread; no query and no probe waits for it.
//
// Thread rule: control thread. The time is passed in.

#include <cstdint>
#include <vector>

#include "backend/events/certificates.h"
#include "backend/events/dark_names.h"
#include "backend/events/failovers.h"
#include "backend/events/query_spikes.h"
#include "backend/serving_state.h"
#include "base/log.h"

namespace fairlead::backend {

class Watch {
  public:
    /// Both must outlive this object. What has happened before is not told.
    Watch(const PublishedState& state, Log& log) : state_(state), log_(log) {
        (void)failovers_.update(*state.load());
    }

    void configure(SpikeLimits limits) { spikes_.configure(limits); }

    /// A few times a second.
    void tick(TimePoint now);

    /// Names, pools and policies with nothing healthy left.
    [[nodiscard]] std::size_t dark_count() const { return dark_.count(); }

    /// Where failover nodes stand that return by themselves, and how often they have moved.
    [[nodiscard]] const Failovers& failovers() const { return failovers_; }

    /// Zones that are asked unusually often.
    [[nodiscard]] std::size_t spike_count() const { return spikes_.count(); }

  private:
    void look_at_names(const std::shared_ptr<const ServingState>& state, TimePoint now);
    void look_at_checker(const ServingState& state, TimePoint now);
    void look_at_certificates(const ServingState& state, TimePoint now);
    void look_at_queries(const ServingState& state, TimePoint now);
    void report(std::vector<Event> events);

    const PublishedState& state_;
    Log& log_;

    Failovers failovers_;
    DarkNames dark_;
    std::shared_ptr<const ServingState> looked_at_;  // by look_at_names(); null at first
    TimePoint names_due_{};

    TimePoint checker_due_{};
    bool stale_ = false;
    TimePoint stale_since_{};

    Certificates certificates_;
    TimePoint certificates_due_{};

    QuerySpikes spikes_;
    std::shared_ptr<const Traffic> traffic_;
    TimePoint queries_due_{};
};

}  // namespace fairlead::backend
