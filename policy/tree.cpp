// SPDX-License-Identifier: Apache-2.0
#include "policy/tree.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

#include "policy/draw.h"
#include "policy/rendezvous.h"

namespace fairlead::policy {
namespace {

bool is_checked(const EndpointAddress& address) {
    return address.subject != checks::kUnchecked;
}

/// What the targets of a node, taken together, say about it.
struct Below {
    bool has_v4 = false;
    bool has_v6 = false;
    bool has_alias = false;
    bool has_cname = false;
    bool may_be_cname = false;
    bool each_has_v4 = true;
    bool each_has_v6 = true;
    Dependence depends;
    bool strict_below = false;
    int depth = 0;
    std::uint64_t steps = 0;
    Affinity affinity{.v4 = 0, .v6 = 0};
    std::vector<NodeIndex> client_nodes;

    void take(const Endpoint& endpoint) {
        const bool is_alias = endpoint.alias.has_value();
        const bool is_cname = endpoint.cname != nullptr;
        has_v4 |= !endpoint.v4.empty();
        has_v6 |= !endpoint.v6.empty();
        has_alias |= is_alias;
        has_cname |= is_cname;
        may_be_cname |= is_cname;
        each_has_v4 &= !endpoint.v4.empty();
        each_has_v6 &= !endpoint.v6.empty();
        depends.names |= is_alias;
        depends.health |= (is_alias && endpoint.alias->is_checked) ||
                          (is_cname && endpoint.cname->subject != checks::kUnchecked) ||
                          std::any_of(endpoint.v4.begin(), endpoint.v4.end(), is_checked) ||
                          std::any_of(endpoint.v6.begin(), endpoint.v6.end(), is_checked);
        add_steps(1);
    }

    void take(const NodeFacts& node) {
        has_v4 |= node.has_v4;
        has_v6 |= node.has_v6;
        has_alias |= node.has_alias;
        has_cname |= node.has_cname;
        may_be_cname |= node.may_be_cname;
        each_has_v4 &= node.has_v4;
        each_has_v6 &= node.has_v6;
        depends.health |= node.depends.health;
        depends.names |= node.depends.names;
        depends.random |= node.depends.random;
        depends.client |= node.depends.client;
        strict_below |= node.strict_below;
        depth = std::max(depth, node.depth);
        add_steps(1);
        add_steps(node.steps);
        take(node.affinity);
        std::vector<NodeIndex> merged;
        std::set_union(client_nodes.begin(), client_nodes.end(), node.client_nodes.begin(),
                       node.client_nodes.end(), std::back_inserter(merged));
        client_nodes = std::move(merged);
    }

    void take(const Affinity& other) {
        affinity.v4 = std::max(affinity.v4, other.v4);
        affinity.v6 = std::max(affinity.v6, other.v6);
    }

    void add_steps(std::uint64_t more) {
        steps = more > std::numeric_limits<std::uint64_t>::max() - steps
                    ? std::numeric_limits<std::uint64_t>::max()
                    : steps + more;
    }
};

bool draws(const Node& node) {
    switch (node.policy) {
        case Policy::weighted:
            return node.targets.size() > node.max_answers && !node.affinity;
        case Policy::multivalue:
            return node.targets.size() > node.max_answers;
        case Policy::simple:
        case Policy::failover:
        case Policy::geolocation:
        case Policy::geoproximity:
        case Policy::latency:
        case Policy::subnet:
            return false;
    }
    return false;
}

Ordering ordering_of(Policy policy) {
    if (policy == Policy::latency) return Ordering::latency;
    return policy == Policy::geoproximity ? Ordering::distance : Ordering::specificity;
}

}  // namespace

const char* to_string(State state) {
    switch (state) {
        case State::obey:
            return "obey";
        case State::up:
            return "up";
        case State::down:
            return "down";
        case State::drain:
            return "drain";
    }
    return "?";
}

std::optional<State> state_named(std::string_view name) {
    for (const auto state : {State::obey, State::up, State::down, State::drain}) {
        if (name == to_string(state)) return state;
    }
    return std::nullopt;
}

const char* to_string(Policy policy) {
    switch (policy) {
        case Policy::simple:
            return "simple";
        case Policy::failover:
            return "failover";
        case Policy::weighted:
            return "weighted";
        case Policy::multivalue:
            return "multivalue";
        case Policy::geolocation:
            return "geolocation";
        case Policy::geoproximity:
            return "geoproximity";
        case Policy::latency:
            return "latency";
        case Policy::subnet:
            return "subnet";
    }
    return "?";
}

const ClientSelector& Target::selector() const {
    static const ClientSelector kNobody;
    return client == nullptr ? kNobody : *client;
}

std::size_t MinHealthy::of(std::size_t total) const {
    const std::size_t wanted = percent == 0 ? count : (total * percent + 99) / 100;
    return std::min(std::max<std::size_t>(wanted, 1), total);
}

EndpointIndex Forest::add(Endpoint endpoint) {
    endpoints_.push_back(std::move(endpoint));
    return static_cast<EndpointIndex>(endpoints_.size() - 1);
}

NodeFacts Forest::facts_of(const Node& node) const {
    Below below;
    const auto take = [&](const Target& target) {
        if (target.kind == Target::Kind::endpoint) {
            below.take(endpoints_[target.index]);
        } else {
            below.take(facts_[target.index]);
        }
    };
    for (const auto& target : node.targets)
        take(target);
    if (node.default_target) take(*node.default_target);
    const bool each_has_v4 = below.each_has_v4;
    const bool each_has_v6 = below.each_has_v6;
    Below without_fallback = below;
    if (node.on_all_unhealthy == OnAllUnhealthy::use) {
        const bool only_cnames =
            below.has_cname && !below.has_v4 && !below.has_v6 && !below.has_alias;
        if (only_cnames) without_fallback.take(facts_[node.fallback]);
        below.take(facts_[node.fallback]);
    }
    if (node.affinity && !node.ignores_ecs) below.take(*node.affinity);

    NodeFacts facts{.has_v4 = without_fallback.has_v4,
                    .has_v6 = without_fallback.has_v6,
                    .has_alias = without_fallback.has_alias,
                    .has_cname = without_fallback.has_cname,
                    .may_be_cname = below.may_be_cname,
                    .each_has_v4 = each_has_v4,
                    .each_has_v6 = each_has_v6,
                    .depends = below.depends,
                    .strict_below = below.strict_below || node.strict,
                    .depth = below.depth + 1,
                    .steps = below.steps,
                    .affinity = below.affinity,
                    .client_nodes = std::move(below.client_nodes)};
    facts.depends.random |= draws(node);
    facts.depends.client |= node.affinity.has_value();
    if (asks_for_client(node.policy)) {
        facts.depends.client = true;
        facts.client_nodes.push_back(
            static_cast<NodeIndex>(nodes_.size()));  // the index it will get
    }
    // simple takes all that is below it, whatever its health, without a draw, for everybody.
    if (node.policy == Policy::simple) {
        facts.depends = {.names = facts.depends.names};
        facts.affinity = {.v4 = 0, .v6 = 0};
        facts.client_nodes.clear();
    }
    return facts;
}

Result<NodeIndex> Forest::add(Node node) {
    if (node.targets.size() > kTargetsMax) {
        return Error{"has " + std::to_string(node.targets.size()) + " targets, the limit is " +
                     std::to_string(kTargetsMax)};
    }
    NodeFacts facts = facts_of(node);
    facts.identity = stable_hash(to_string(node.policy));
    if (facts.depth > kDepthMax) {
        return Error{"is nested " + std::to_string(facts.depth) + " deep, the limit is " +
                     std::to_string(kDepthMax)};
    }
    if (facts.steps > kStepsMax) {
        return Error{"makes one decision look at up to " + std::to_string(facts.steps) +
                     " targets, the limit is " + std::to_string(kStepsMax)};
    }
    for (auto& target : node.targets) {
        if (target.identity == 0) target.identity = stable_hash(target.label);
        facts.identity = Draw::mix(facts.identity ^ target.identity);
    }
    if (node.failback.mode != Failback::Mode::automatic) {
        node.failback_slot = static_cast<std::uint32_t>(failback_nodes_.size());
        failback_nodes_.push_back(static_cast<NodeIndex>(nodes_.size()));
    }
    nodes_.push_back(std::move(node));
    facts_.push_back(std::move(facts));
    return static_cast<NodeIndex>(nodes_.size() - 1);
}

void Forest::compile(const geo::Partition& geography,
                     std::shared_ptr<const geo::LatencyTable> latencies) {
    static const geo::LatencyTable kNothingMeasured;
    latencies_ = std::move(latencies);
    const geo::LatencyTable& table = latencies_ ? *latencies_ : kNothingMeasured;
    endpoints_.shrink_to_fit();
    nodes_.shrink_to_fit();
    facts_.shrink_to_fit();
    client_maps_.assign(nodes_.size(), nullptr);
    std::map<std::pair<Ordering, std::vector<ClientSelector>>, std::shared_ptr<const ClientMap>>
        made;
    for (NodeIndex i = 0; i < nodes_.size(); ++i) {
        const Node& node = nodes_[i];
        if (!asks_for_client(node.policy)) continue;
        const auto ordering = ordering_of(node.policy);
        std::vector<ClientSelector> selectors;
        for (const auto& target : node.targets)
            selectors.push_back(target.selector());
        auto& map = made[{ordering, selectors}];
        if (!map) map = std::make_shared<const ClientMap>(ordering, selectors, geography, table);
        client_maps_[i] = map;
    }
}

std::optional<geo::Latency> Forest::latency(const Target& target, const IpAddress& client) const {
    const auto& region = target.selector().region;
    return latencies_ && region ? latencies_->find(client, *region) : std::nullopt;
}

std::vector<EndpointIndex> Forest::find_endpoints(std::string_view name_or_address) const {
    const auto address = IpAddress::parse(name_or_address);
    const auto has_address = [&](const EndpointAddress& candidate) {
        return candidate.address == address;
    };
    std::vector<EndpointIndex> found;
    for (EndpointIndex i = 0; i < endpoints_.size(); ++i) {
        const Endpoint& endpoint = endpoints_[i];
        if (endpoint.name == name_or_address ||
            (address && (std::any_of(endpoint.v4.begin(), endpoint.v4.end(), has_address) ||
                         std::any_of(endpoint.v6.begin(), endpoint.v6.end(), has_address)))) {
            found.push_back(i);
        }
    }
    return found;
}

}  // namespace fairlead::policy
