// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known of a host name: its addresses, how old that is, and when it is asked for again.
//
// Each family is a question of its own, asked again when its answer's TTL is over (5 s at least,
// one hour at most). What fails is tried again after 5 s, then twice as late each time, up to a
// minute; meanwhile the last good answer stands, however old. That a name does not exist is such a
// failure too, and so is one without an address of either family: names vanish by mistake more
// often than on purpose. Thread rule: pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"

namespace fairlead::checks {

/// What the DNS said of one family.
struct Resolved {
    std::vector<IpAddress> addresses;  // empty: the name has none of this family
    std::chrono::seconds ttl{0};
};

/// The answer for one family.
struct FamilyAnswer {
    std::vector<IpAddress> addresses;  // of the last good answer, in order
    TimePoint answered{};              // when that came
    TimePoint due{};                   // of the next question
    std::uint32_t failures = 0;        // questions in a row that failed
    bool asked = false;                // the first question is over, well or not
};

struct NameState {
    static constexpr std::size_t kAddressesMax = 16;  // of one family; further ones are left out

    std::string host;
    FamilyAnswer v4;
    FamilyAnswer v6;
    std::string problem;               // why the last failed question failed; empty = none did
    std::optional<IpAddress> address;  // the one that is probed

    /// The first questions of both families are over.
    [[nodiscard]] bool asked() const { return v4.asked && v6.asked; }
    [[nodiscard]] FamilyAnswer& of(Family family) { return family == Family::v4 ? v4 : v6; }

    /// Takes the result of a question. `address` stays the same while it is among the answers; else
    /// it is the first IPv4 one, or the first IPv6 one.
    void note(Family family, const Result<Resolved>& result, TimePoint now);
    /// Sets `address` from the answers, by the same rule.
    void choose_address();
};

}  // namespace fairlead::checks
