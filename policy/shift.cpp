// SPDX-License-Identifier: Apache-2.0
#include "policy/shift.h"

#include <functional>

namespace fairlead::policy {
namespace {

/// Below this a difference is rounding.
constexpr double kNothing = 1e-9;

using Parts = std::map<Answered, double>;

/// What each address, and no answer, has in `one` and not in `other`.
Parts excess(const Shares& one, const Shares& other) {
    Parts more;
    for (const auto& [address, part] : one.parts) {
        const auto there = other.parts.find(address);
        const double difference = part - (there == other.parts.end() ? 0 : there->second);
        if (difference > kNothing) more[address] = difference;
    }
    const double silent = one.unanswered - other.unanswered;
    if (silent > kNothing) more[std::nullopt] = silent;
    return more;
}

class Shifter {
  public:
    Shifter(const SimulatedName& before, const SimulatedName& after)
        : before_(before), after_(after) {}

    void operator()(const IpAddress& client, const geo::Location& /*location*/, double weight) {
        result.add(weight, before_.of(client), after_.of(client));
    }

    Shift result;

  private:
    SharesByClient before_;
    SharesByClient after_;
};

}  // namespace

void Shift::add(double weight, const Shares& before, const Shares& after) {
    clients += weight;
    exact &= before.exact && after.exact;
    const Parts lost = excess(before, after);
    const Parts won = excess(after, before);
    double all_won = 0;
    for (const auto& [to, part] : won)
        all_won += part;
    if (all_won == 0) return;
    for (const auto& [from, loss] : lost) {
        moved += weight * loss;
        for (const auto& [to, gain] : won)
            flows[{from, to}] += weight * loss * gain / all_won;
    }
}

Shift shift_of_world(const SimulatedName& before, const SimulatedName& after,
                     const geo::Locator& locator) {
    Shifter shifter(before, after);
    Audience({before, after}, locator).visit_world(std::ref(shifter));
    return std::move(shifter.result);
}

Shift shift_of_clients(const SimulatedName& before, const SimulatedName& after,
                       const geo::Locator& locator, const std::vector<ClientBlock>& clients) {
    Shifter shifter(before, after);
    Audience({before, after}, locator).visit_clients(clients, std::ref(shifter));
    return std::move(shifter.result);
}

}  // namespace fairlead::policy
