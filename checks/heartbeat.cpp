// SPDX-License-Identifier: Apache-2.0
#include "checks/heartbeat.h"

#include "base/duration.h"
#include "checks/failure.h"

namespace fairlead::checks {

Outcome outcome_of(const HeartbeatReport& report) {
    return {.layer = Layer::heartbeat,
            .failure = report.is_up ? Failure::none : Failure::status,
            .detail = printable(report.message)};
}

Outcome silence(std::chrono::milliseconds ttl) {
    return {.layer = Layer::heartbeat,
            .failure = Failure::timeout,
            .detail = "nothing for " + rough_duration(ttl)};
}

}  // namespace fairlead::checks
