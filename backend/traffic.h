// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the lookups of one catalog were for, and what they got: by zone, by policy and outcome, by
// endpoint. Each worker has cells of its own, so counting is a load and a store; readers add them
// up.
// Thread rule: count() by the worker that `worker` numbers, the rest by any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/counter.h"
#include "policy/catalog.h"
#include "policy/lookup.h"

namespace fairlead::backend {

/// So many numbers for each worker, and their sums.
class WorkerCounts {
  public:
    WorkerCounts(unsigned workers, std::size_t size)
        : size_(size), cells_(workers * (size + kGap)) {}

    /// What there is not is not counted.
    void add(unsigned worker, std::size_t index) {
        if (index < size_) cells_[worker * (size_ + kGap) + index].add();
    }

    [[nodiscard]] std::vector<std::uint64_t> totals() const {
        std::vector<std::uint64_t> sums(size_);
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            const std::size_t index = i % (size_ + kGap);
            if (index < size_) sums[index] += cells_[i].value();
        }
        return sums;
    }

  private:
    static constexpr std::size_t kGap = 8;  // two workers never write to one line of the cache

    const std::size_t size_;
    std::vector<Counter> cells_;  // worker by worker
};

class Traffic {
  public:
    Traffic(unsigned workers, const policy::Catalog& catalog)
        : zones_(workers, catalog.zones().size()),
          endpoints_(workers, catalog.forest().endpoint_count()),
          outcomes_(workers, (policy::kPolicies + 1) * policy::kOutcomes) {}

    /// The zone of this id was asked for, if the name is not known that was, and `reply` was found.
    void count(unsigned worker, std::int64_t zone, const policy::Catalog& catalog,
               const policy::Reply& reply) {
        const auto* records = reply.records;
        const auto* asked = records == nullptr ? catalog.find_zone(zone) : nullptr;
        if (records != nullptr) zones_.add(worker, records->zone);
        if (asked != nullptr) zones_.add(worker, catalog.index_of(*asked));
        outcomes_.add(worker, place_of(catalog, reply));
        for (const auto* answer : {&reply.v4, &reply.v6}) {
            for (const auto endpoint : answer->endpoints)
                endpoints_.add(worker, endpoint);
        }
    }

    /// Lookups, by zone of the catalog.
    [[nodiscard]] std::vector<std::uint64_t> zones() const { return zones_.totals(); }
    /// Answers with an address of it, of A and of AAAA, or with its CNAME, by endpoint of the
    /// forest.
    [[nodiscard]] std::vector<std::uint64_t> endpoints() const { return endpoints_.totals(); }

    /// How many lookups the names of one policy had with one outcome.
    struct OutcomeCount {
        const char* policy;  // of the tree's root; "none" where nothing steers
        policy::Outcome outcome;
        std::uint64_t count;
    };
    /// All that can be, so that what happens for the first time is seen to have happened.
    [[nodiscard]] std::vector<OutcomeCount> outcomes() const {
        const auto totals = outcomes_.totals();
        std::vector<OutcomeCount> counts;
        for (std::size_t i = 0; i < totals.size(); ++i) {
            const std::size_t policy = i / policy::kOutcomes;
            const auto outcome = static_cast<policy::Outcome>(i % policy::kOutcomes);
            const bool steers = policy != policy::kPolicies;
            if (steers != is_of_policy(outcome)) continue;
            counts.push_back({steers ? to_string(static_cast<policy::Policy>(policy)) : "none",
                              outcome, totals[i]});
        }
        return counts;
    }

  private:
    static bool is_of_policy(policy::Outcome outcome) {
        using policy::Outcome;
        return outcome == Outcome::steered || outcome == Outcome::degraded ||
               outcome == Outcome::unanswered;
    }

    static std::size_t place_of(const policy::Catalog& catalog, const policy::Reply& reply) {
        const std::size_t policy =
            is_of_policy(reply.outcome)
                ? static_cast<std::size_t>(
                      catalog.forest().node(reply.records->steering->root).policy)
                : policy::kPolicies;
        return policy * policy::kOutcomes + static_cast<std::size_t>(reply.outcome);
    }

    WorkerCounts zones_;
    WorkerCounts endpoints_;
    WorkerCounts outcomes_;  // by policy, within that by outcome
};

}  // namespace fairlead::backend
