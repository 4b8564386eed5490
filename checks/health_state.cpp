// SPDX-License-Identifier: Apache-2.0
#include "checks/health_state.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace fairlead::checks {
namespace {

std::uint16_t one_more(std::uint16_t count) {
    return count == std::numeric_limits<std::uint16_t>::max()
               ? count
               : static_cast<std::uint16_t>(count + 1);
}

HealthState decided(Health health) {
    return {.health = health};
}

HealthState after_success_while_healthy(HealthState state, const Thresholds& thresholds) {
    if (thresholds.counting == Counting::consecutive || !in_doubt(state)) {
        return decided(Health::healthy);
    }
    state.agreeing = one_more(state.agreeing);
    return state.agreeing >= thresholds.rise ? decided(Health::healthy) : state;
}

/// One more result against the state; `needed` of them turn it into `other`.
HealthState after_contradiction(HealthState state, std::uint16_t needed, Health other) {
    state.against = one_more(state.against);
    state.agreeing = 0;
    return state.against >= needed ? decided(other) : state;
}

Health opposite(Health health) {
    switch (health) {
        case Health::unknown:
            return Health::unknown;
        case Health::healthy:
            return Health::unhealthy;
        case Health::unhealthy:
            return Health::healthy;
    }
    return health;
}

}  // namespace

HealthState advance(HealthState state, bool success, const Thresholds& thresholds) {
    state.without_data = 0;
    switch (state.health) {
        case Health::unknown:
            return decided(success ? Health::healthy : Health::unhealthy);
        case Health::healthy:
            return success ? after_success_while_healthy(state, thresholds)
                           : after_contradiction(state, thresholds.fall, Health::unhealthy);
        case Health::unhealthy:
            return success ? after_contradiction(state, thresholds.rise, Health::healthy)
                           : decided(Health::unhealthy);
    }
    return state;
}

std::uint32_t steady_s(const HealthCheck& check, const HealthState& state) {
    const auto& thresholds = check.thresholds;
    const int needed = state.health == Health::unknown   ? 1
                       : state.health == Health::healthy ? thresholds.fall - state.against
                                                         : thresholds.rise - state.against;
    const auto steady = check.interval * std::max(needed, 1);
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(steady).count());
}

HealthState without_data(HealthState state) {
    state.without_data = one_more(state.without_data);
    return state;
}

bool lacks_data(const HealthState& state, const HealthCheck& check) {
    if (check.insufficient_data == InsufficientData::last_known) return false;
    const int bearable = state.health == Health::unknown ? 1 : check.thresholds.fall;
    return state.without_data >= bearable;
}

Health effective(const HealthState& state, const HealthCheck& check) {
    if (!lacks_data(state, check)) return effective(state.health, check);
    const bool healthy = check.insufficient_data == InsufficientData::healthy;
    return effective(healthy ? Health::healthy : Health::unhealthy, check);
}

Health effective(Health measured, const HealthCheck& check) {
    const Health health = check.enabled ? measured : Health::healthy;
    return check.invert ? opposite(health) : health;
}

}  // namespace fairlead::checks
