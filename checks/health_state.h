// SPDX-License-Identifier: Apache-2.0
#pragma once

// How results become a verdict: a pure state machine, one per subject.
//
// The first result ever decides at once; after that `fall` failures make a healthy subject
// unhealthy and `rise` successes an unhealthy one healthy. While the evidence disagrees with the
// state the subject is in doubt and is probed again after `fast_interval` (Envoy's edge interval).
//
//     fall 3, rise 3, consecutive    results  . x x . x x x . . .
//                                    state    + + + + + + - - - +        in doubt at:  x x, x x, .
//                                    .

#include <cstdint>

#include "checks/health_check.h"

namespace fairlead::checks {

enum class Health : std::uint8_t { unknown, healthy, unhealthy };

struct HealthState {
    Health health = Health::unknown;
    std::uint16_t against = 0;   // results counted against the state, towards fall or rise
    std::uint16_t agreeing = 0;  // cumulative counting: successes in a row since the last failure
    std::uint16_t without_data = 0;  // attempts in a row that this machine could not make
    friend bool operator==(const HealthState&, const HealthState&) = default;
};

/// The state after one more result. Never fails; counters saturate.
[[nodiscard]] HealthState advance(HealthState state, bool success, const Thresholds& thresholds);

/// The state after one more attempt that this machine could not make: no evidence either way.
[[nodiscard]] HealthState without_data(HealthState state);

/// True while `insufficient_data` stands in for the state: `fall` attempts in a row could not be
/// made, or the first one when there never was a result. The next result ends it.
[[nodiscard]] bool lacks_data(const HealthState& state, const HealthCheck& check);

/// True while results disagree with the state without having turned it.
[[nodiscard]] inline bool in_doubt(const HealthState& state) {
    return state.against != 0;
}

/// How long the state stands, in seconds, if every result from now on speaks against it and comes
/// at the check's interval. gdnsd gives a monitored state this TTL (docs, gdnsd.config: up_thresh).
[[nodiscard]] std::uint32_t steady_s(const HealthCheck& check, const HealthState& state);

/// What the decision sees: `measured` after the check's `enabled` and `invert`.
/// Unknown stays unknown, inverted or not: no result says nothing either way. (Route 53 starts an
/// inverted check as unhealthy; here one that was never probed must not take a target out.)
[[nodiscard]] Health effective(Health measured, const HealthCheck& check);

/// The same for a probed subject, with `insufficient_data` in place of the measured health where
/// data is lacking.
[[nodiscard]] Health effective(const HealthState& state, const HealthCheck& check);

}  // namespace fairlead::checks
