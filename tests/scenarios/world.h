// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a scenario acts on: a loaded configuration, the health of its endpoints, and PowerDNS's
// questions. It is made of what serves: the loader, the checks' state machine, the reader of
// PowerDNS's requests, lookup() and explain(). Only sockets, timers and chance are not there.
// Thread rule: one thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "checks/alias_places.h"
#include "checks/snapshot.h"
#include "config/load.h"
#include "policy/conditions.h"
#include "policy/lookup.h"

namespace fairlead::scenarios {

/// One question, as a resolver sends it to PowerDNS.
struct Question {
    std::string name;
    std::string type;
    std::string client;  // the resolver's address; empty: PowerDNS asks for itself
    std::string ecs;     // the EDNS client subnet it sends along, or empty
};

class World {
  public:
    /// Every endpoint is unknown, as after a start before the first probe.
    explicit World(config::Loaded loaded);

    /// What is probed for an endpoint's name or for one address. `check` narrows it down to one
    /// health check; empty = any.
    [[nodiscard]] Result<std::vector<checks::SubjectIndex>> find(const std::string& endpoint,
                                                                 const std::string& check) const;

    /// Sets what decisions see.
    void set_verdict(checks::SubjectIndex subject, checks::Health verdict);

    /// Counts one result of a probe and returns what decisions see then.
    checks::Health probe(checks::SubjectIndex subject, bool success);

    /// Sets a state beside what is measured; nothing takes it back. Of all endpoints that
    /// `target` means, as in an override.
    [[nodiscard]] Result<void> set_override(const std::string& target,
                                            std::optional<policy::State> state);

    /// What an alias resolves to from now on; nothing is known of a new address's health.
    [[nodiscard]] Result<void> resolve(const std::string& alias,
                                       const std::vector<std::string>& addresses);

    /// Lets time pass.
    void wait(Duration duration);

    /// Sends a failover node with a failback, by its path in the configuration, back to its best.
    [[nodiscard]] Result<void> fail_back(const std::string& path);

    [[nodiscard]] Result<policy::Reply> ask(const Question& question, std::uint64_t seed,
                                            std::string* explanation = nullptr) const;

  private:
    [[nodiscard]] const checks::HealthCheck& check_of(checks::SubjectIndex subject) const;

    /// What follows from a change of conditions.
    void advance();
    [[nodiscard]] policy::Conditions conditions() const {
        return {health_, &overrides_, &positions_};
    }

    /// Who lives where among the catalog's subjects.
    struct Places {
        explicit Places(const policy::Catalog& catalog)
            : subjects(catalog.subjects()), of(catalog.aliases(), subjects) {}
        std::vector<checks::Subject> subjects;
        checks::AliasPlaces of;
    };

    config::Loaded loaded_;
    checks::Snapshot health_;
    std::unique_ptr<Places> places_;
    policy::Overrides overrides_;
    policy::FailoverPositions positions_;
    TimePoint now_ = TimePoint{} + std::chrono::hours(1);
};

}  // namespace fairlead::scenarios
