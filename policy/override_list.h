// SPDX-License-Identifier: Apache-2.0
#pragma once

// What operators have set while the process runs, as they said it: by name, with a reason, and
// often for a time only. Overrides (overrides.h) are what this list means for one forest; the list
// outlives the forest: a reload resolves it anew, and a state file can hold it.
//
// An endpoint's own entry goes before that of a pool it is in or a label it has; of two of these,
// the one set last.
//
// Thread rule: a value; deeply const once published. Pure: the time is passed in.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "policy/overrides.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// An entry ends when its operator said, whatever restarts meanwhile.
using fairlead::WallTime;

/// One state that somebody has set.
struct OverrideEntry {
    std::string target;  // "fra1", "203.0.113.10", "pool eu", "site=fra"
    State state = State::drain;
    std::string reason;
    std::string by;  // who: the name of a token, a user of this machine, or "local"
    WallTime since{};
    std::optional<WallTime> until;  // nothing: until it is taken back
    /// Of a state that takes endpoints out: when the last answer with one of them has expired in
    /// resolvers' caches (ServedTtls).
    std::optional<WallTime> safe_at{};

    friend bool operator==(const OverrideEntry&, const OverrideEntry&) = default;
};

/// Far more than anybody oversees, few enough to resolve against a large configuration.
inline constexpr std::size_t kOverridesMax = 256;
inline constexpr std::size_t kReasonMax = 200;  // bytes

class OverrideList {
  public:
    [[nodiscard]] const std::vector<OverrideEntry>& all() const { return entries_; }
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    /// nullptr when nothing is set for this target.
    [[nodiscard]] const OverrideEntry* find(std::string_view target) const;

    /// In place of the target's entry, if it has one. The error says that there are too many.
    [[nodiscard]] Result<void> set(OverrideEntry entry);
    /// The entry that is no longer there; nothing when there was none.
    std::optional<OverrideEntry> remove(std::string_view target);
    /// Takes out those whose time is over.
    std::vector<OverrideEntry> expire(WallTime now);
    /// When the next one ends; nothing when none does.
    [[nodiscard]] std::optional<WallTime> next_expiry() const;

    /// Says of each that there is no answer of before in caches from `safe_at(entry)` on, where
    /// that is later than what it says now.
    template <typename SafeAt>
    void delay(SafeAt&& safe_at) {
        for (auto& entry : entries_) {
            if (!takes_out(entry.state)) continue;
            entry.safe_at = std::max<std::optional<WallTime>>(entry.safe_at, safe_at(entry));
        }
    }

    /// By endpoint: the entry that it gets its state from; nullptr where none does. Names that are
    /// in the forest no more mean nothing.
    [[nodiscard]] std::vector<const OverrideEntry*> governing(const Forest& forest) const;

    /// What the list means for this forest.
    [[nodiscard]] Overrides resolve(const Forest& forest) const;

    friend bool operator==(const OverrideList&, const OverrideList&) = default;

  private:
    std::vector<OverrideEntry> entries_;  // in the order in which they were set
};

}  // namespace fairlead::policy
