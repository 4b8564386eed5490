// SPDX-License-Identifier: Apache-2.0
#include "policy/simulate.h"

#include <functional>

namespace fairlead::policy {
namespace {

/// Counts blocks of clients.
class Simulator {
  public:
    explicit Simulator(const SimulatedName& name) : shares_(name) {}

    void operator()(const IpAddress& client, const geo::Location& location, double weight) {
        const Shares& parts = shares_.of(client);
        const std::string continent = location.continent.to_string();
        result.all.add(weight, parts);
        result.continents[continent].add(weight, parts);
        if (location.country.empty()) return;
        result.countries[continent + "-" + location.country.to_string()].add(weight, parts);
    }

    Simulation result;

  private:
    SharesByClient shares_;
};

}  // namespace

void Traffic::add(double more, const Shares& of_them) {
    weight += more;
    for (const auto& [address, part] : of_them.parts)
        answered[address] += more * part;
    unanswered += more * of_them.unanswered;
    exact &= of_them.exact;
}

Simulation simulate_world(const SimulatedName& name, const geo::Locator& locator) {
    Simulator simulator(name);
    Audience({name}, locator).visit_world(std::ref(simulator));
    return std::move(simulator.result);
}

Simulation simulate_clients(const SimulatedName& name, const geo::Locator& locator,
                            const std::vector<ClientBlock>& clients) {
    Simulator simulator(name);
    Audience({name}, locator).visit_clients(clients, std::ref(simulator));
    return std::move(simulator.result);
}

}  // namespace fairlead::policy
