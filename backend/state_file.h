// SPDX-License-Identifier: Apache-2.0
#pragma once

// What survives a restart, as one file: the verdicts of the health checks, what names resolve to,
// where failover nodes stand that do not fail back by themselves, and what operators have set.
// JSON, versioned.
//
//     {"format": "fairlead state", "version": 2, "saved": 1763640000000, "checks": [
//       {"name": "web", "definition": 1234, "subjects": [
//         {"address": "203.0.113.10", "health": "unhealthy", "since": 1763639000000,
//          "against": 1, "agreeing": 0, "reason": "connect refused"}]}],
//      "names": [{"host": "lb.example.net", "ipv6": {"addresses": [], "answered": 1763639000000},
//          "ipv4": {"addresses": ["203.0.113.20"], "answered": 1763639000000}}],
//      "positions": [{"node": "policies.eu", "family": "ipv4", "target": "ash1",
//          "since": 1763639000000}],
//      "overrides": [{"target": "fra1", "state": "drain", "reason": "new disks", "by": "anna",
//          "since": 1763639000000, "until": 1763646200000}]}
//
// A subject has an address, or is a name and has a "host"; with both it is what an alias had.
// Times are Unix milliseconds. A newer version of the program may write another `version`; an older
// one then starts without. Version 1, which had no names, is still read. A file is replaced by a
// rename after fsync(2), so a reader, and a machine that loses power, finds the old one or the new
// one whole.
//
// Thread rule: functions of their arguments; those that touch files must not be called by a query,
// checker or control thread while it serves.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "backend/failover_moves.h"
#include "base/clock.h"
#include "base/result.h"
#include "checks/memory.h"
#include "policy/override_list.h"

namespace fairlead::backend {

/// Beyond any real configuration: a hundred thousand checked addresses take some 15 MB.
inline constexpr std::size_t kStateBytesMax = std::size_t{256} << 20U;
/// What was known longer ago says little.
inline constexpr std::chrono::hours kStateAgeMax{1};

/// One moment on both clocks: a file knows the wall's only, evidence the monotonic one's.
struct Moment {
    TimePoint steady;
    std::chrono::system_clock::time_point wall;

    [[nodiscard]] static Moment now() {
        return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    }
};

struct LastKnown {
    checks::Memory health;
    std::vector<NamedPosition> positions;
    policy::OverrideList overrides;  // those whose time is over, too
};

/// Subjects that are still unknown, and places in a timetable, are left out.
[[nodiscard]] std::string encode_state(const LastKnown& known, const Moment& now);

struct SavedState {
    LastKnown known;
    std::chrono::milliseconds age;  // since it was saved; negative when clocks were set back
};

/// The error says what is wrong with the text.
[[nodiscard]] Result<SavedState> decode_state(std::string_view text, const Moment& now);

}  // namespace fairlead::backend
