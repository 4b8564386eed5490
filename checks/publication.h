// SPDX-License-Identifier: Apache-2.0
#pragma once

// When the next snapshot is due. A snapshot copies the whole table, so bursts share one:
//
// - a verdict is published at once, or 5 ms after the snapshot before it (10 ms are promised;
//   the rest is for a busy machine);
// - results that turned nothing (counts, durations, texts: what `explain` shows) go with the next
//   snapshot, and cause one of their own at most once a second.
//
// Thread rule: owned by the checker thread. Pure: the time is passed in.

#include <algorithm>

#include "base/clock.h"

namespace fairlead::checks {

class Publication {
  public:
    static constexpr Duration kBurst = std::chrono::milliseconds(5);
    static constexpr Duration kRefresh = std::chrono::seconds(1);

    void note_verdict(TimePoint now) { bring_forward(std::max(now, last_ + kBurst)); }
    void note_evidence(TimePoint now) { bring_forward(std::max(now, last_ + kRefresh)); }

    /// TimePoint::max() when there is nothing new.
    [[nodiscard]] TimePoint due() const { return due_; }

    void note_published(TimePoint now) {
        last_ = now;
        due_ = TimePoint::max();
    }

  private:
    void bring_forward(TimePoint due) { due_ = std::min(due_, due); }

    TimePoint last_{};
    TimePoint due_ = TimePoint::max();
};

}  // namespace fairlead::checks
