// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a target is able to answer, and what is known of that already.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ip.h"

namespace fairlead::policy {

/// Whether a target is able to answer.
enum class Standing : std::uint8_t {
    usable,
    unhealthy,
    forced_down,
    drained,
    no_family,
    unresolved,  // an alias that has never been resolved, or a node of such: counts as unhealthy,
                 // and has nothing to answer even when all count as healthy
};

/// The standings of a forest's nodes under one set of conditions, as far as somebody has asked: the
/// same for every client, so one decision finds out what the next one needs.
///
/// A copy knows nothing, because whoever copies conditions is about to change them.
/// Thread rule: any; two threads that learn the same find the same.
class KnownStandings {
  public:
    /// Of no node, ever.
    KnownStandings() = default;
    /// Of so many nodes, nothing yet.
    explicit KnownStandings(std::size_t nodes) : cells_(nodes * kFamilies.size()) {}
    ~KnownStandings() = default;
    KnownStandings(const KnownStandings& /*other*/) noexcept : KnownStandings() {}
    KnownStandings& operator=(const KnownStandings& other) noexcept {
        return *this = KnownStandings(other);
    }
    KnownStandings(KnownStandings&&) = default;
    KnownStandings& operator=(KnownStandings&&) = default;

    [[nodiscard]] std::optional<Standing> of(std::uint32_t node, Family family) const {
        const std::size_t place = place_of(node, family);
        const int cell = place < cells_.size() ? cells_[place].load(std::memory_order_relaxed) : 0;
        if (cell == 0) return std::nullopt;
        return static_cast<Standing>(cell - 1);
    }

    void learn(std::uint32_t node, Family family, Standing standing) {
        const std::size_t place = place_of(node, family);
        const auto cell = static_cast<std::uint8_t>(static_cast<int>(standing) + 1);
        if (place < cells_.size()) cells_[place].store(cell, std::memory_order_relaxed);
    }

  private:
    static std::size_t place_of(std::uint32_t node, Family family) {
        return node * kFamilies.size() + static_cast<std::size_t>(family);
    }

    std::vector<std::atomic<std::uint8_t>> cells_;  // 0 = unknown, else one more than the standing
};

}  // namespace fairlead::policy
