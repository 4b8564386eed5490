// SPDX-License-Identifier: Apache-2.0
#pragma once

// The heartbeat check: not probed, the target reports in. What a report, and the lack of one,
// means. Thread rule: pure.

#include <chrono>
#include <string>

#include "checks/outcome.h"

namespace fairlead::checks {

/// What a target says of itself.
struct HeartbeatReport {
    bool is_up = true;
    std::string message;  // for people; may be empty
};

/// The result of a report. What it says is cut and made printable, like anything from a peer.
[[nodiscard]] Outcome outcome_of(const HeartbeatReport& report);

/// The result of hearing nothing for `ttl`.
[[nodiscard]] Outcome silence(std::chrono::milliseconds ttl);

}  // namespace fairlead::checks
