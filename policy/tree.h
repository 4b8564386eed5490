// SPDX-License-Identifier: Apache-2.0
#pragma once

// The policy trees of a configuration, compiled: names have become indexes, and what is true for
// every query (which families a node can answer, on what its outcome depends) is worked out once.
//
// A forest is a directed graph without cycles, not a set of trees: a pool or policy that many names
// use is one node. Depth and the number of steps one decision can take are bounded by add().
//
// Thread rule: built by one thread, deeply const afterwards.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "checks/alias.h"
#include "checks/health_check.h"
#include "geo/latency_table.h"
#include "geo/partition.h"
#include "policy/client_map.h"
#include "policy/client_selector.h"

namespace fairlead::policy {

using NodeIndex = std::uint32_t;
using EndpointIndex = std::uint32_t;

/// Nodes on the longest way from a root to an endpoint.
inline constexpr int kDepthMax = 16;
/// Targets of one node.
inline constexpr std::size_t kTargetsMax = 1024;
/// Targets looked at by one decision in the worst case.
inline constexpr std::uint64_t kStepsMax = 65536;
/// Addresses in one answer: what a 64 KiB TCP reply of PowerDNS carries with ease.
inline constexpr std::uint16_t kAnswersMax = 64;

/// What an operator wants of an endpoint, kept beside what its check measures (config.md §4).
enum class State : std::uint8_t {
    obey,   // as the check says
    up,     // served whatever the check says
    down,   // counts as unhealthy whatever the check says
    drain,  // no new answers, but not a fault: not counted for its node's health at all
};

[[nodiscard]] const char* to_string(State state);

/// True for the states in which an endpoint is given to nobody, unless nothing else exists.
[[nodiscard]] constexpr bool takes_out(State state) {
    return state == State::down || state == State::drain;
}

/// The state whose to_string() this is; nothing for any other text.
[[nodiscard]] std::optional<State> state_named(std::string_view name);

using EndpointAddress = checks::WatchedAddress;

/// Which alias of the catalog.
struct AliasUse {
    std::uint32_t index = 0;
    bool is_checked = false;
};

/// What an endpoint answers in place of addresses: a CNAME, which stands for all types of its name.
struct Cname {
    std::string target;  // absolute, as PowerDNS takes it
    checks::SubjectIndex subject = checks::kUnchecked;
};

/// What operators tell endpoints by: "site" is "fra". No decision looks at them.
using Labels = std::map<std::string, std::string, std::less<>>;
inline constexpr std::size_t kLabelsMax = 16;  // of one endpoint, and of one selection

/// One thing that can be answered with. Its addresses are checked one by one; in a family it is
/// healthy while one address of that family is.
struct Endpoint {
    std::string name;
    /// Given: it has no addresses of its own but those of this alias. They are a condition, and not
    /// part of the forest; see Conditions::addresses().
    std::optional<AliasUse> alias{};
    /// Given: it has no addresses, but this.
    std::shared_ptr<const Cname> cname{};
    std::vector<EndpointAddress> v4;
    std::vector<EndpointAddress> v6;
    State state = State::obey;
    std::shared_ptr<const Labels> labels;  // null: none

    [[nodiscard]] const std::vector<EndpointAddress>& addresses(Family family) const {
        return family == Family::v4 ? v4 : v6;
    }
};

enum class Policy : std::uint8_t {
    simple,
    failover,
    weighted,
    multivalue,
    geolocation,
    geoproximity,
    latency,
    subnet,
};
inline constexpr std::size_t kPolicies = 8;

[[nodiscard]] const char* to_string(Policy policy);

/// True for the policies that prefer targets by where the client is.
[[nodiscard]] constexpr bool asks_for_client(Policy policy) {
    return policy == Policy::geolocation || policy == Policy::geoproximity ||
           policy == Policy::latency || policy == Policy::subnet;
}

/// A child of a node: an endpoint or another node.
struct Target {
    enum class Kind : std::uint8_t { endpoint, node };
    Kind kind = Kind::endpoint;
    std::uint32_t index = 0;
    std::uint32_t weight = 1;  // weighted only; 0 = standby
    /// Whom the target is for, or where it is. Policies that ask for the client only; many targets
    /// share one, and most have none.
    std::shared_ptr<const ClientSelector> client;
    /// What stays the same when targets come and go around it: for affinity and failback. Set by
    /// Forest::add() where it is 0: the hash of the label.
    std::uint64_t identity = 0;
    std::string label;  // as the user wrote it: an address, "fra1", "pool eu", "[EU, AS]"

    /// `client`, or one that selects nobody.
    [[nodiscard]] const ClientSelector& selector() const;
};

/// Clients that share this many leading bits are answered alike (by: client).
struct Affinity {
    std::uint8_t v4 = 24;
    std::uint8_t v6 = 56;

    [[nodiscard]] std::uint8_t length(Family family) const {
        return family == Family::v4 ? v4 : v6;
    }
};

/// How many targets of a node must be healthy for the node to be: a count, or a share of those that
/// have the asked family. Never more than there are.
struct MinHealthy {
    std::uint16_t count = 1;
    std::uint8_t percent = 0;  // not 0: `count` is ignored

    [[nodiscard]] std::size_t of(std::size_t total) const;
};

enum class OnAllUnhealthy : std::uint8_t {
    serve_all,  // the node's targets count as healthy
    fail_up,    // the parent chooses again
    no_answer,  // NODATA
    use,        // the fallback node answers, whatever its health
};

/// When a failover node returns from a worse target to a better one (see failback.h).
struct Failback {
    enum class Mode : std::uint8_t {
        automatic,  // as soon as it is able to answer
        after,      // once it has been for so long
        manual,     // when an operator says so
    };
    Mode mode = Mode::automatic;
    Duration after{};
};

struct Node {
    std::string label;  // "www.example.com.", "pool eu", "policy eu", "target 2"
    Policy policy = Policy::simple;
    std::vector<Target> targets;
    std::optional<Target>
        default_target;  // of policies that ask for the client; none = `default: none`
    MinHealthy min_healthy;
    OnAllUnhealthy on_all_unhealthy = OnAllUnhealthy::fail_up;
    NodeIndex fallback = 0;            // of OnAllUnhealthy::use
    std::uint16_t max_answers = 1;     // targets chosen by weighted and multivalue
    std::optional<Affinity> affinity;  // weighted only: instead of a draw
    Failback failback;                 // failover only
    std::string path;                  // in the configuration, "policies.eu"; failover only
    std::optional<std::uint32_t> failback_slot;  // set by Forest::add() for these nodes

    /// A client that a target is for never gets another target's answer, whatever its health, and
    /// the node never fails in its parent's eyes (geolocation and subnet only).
    bool strict = false;
    /// Asks where the resolver is, not the network of an EDNS client subnet.
    bool ignores_ecs = false;
};

/// What the outcome of a tree can depend on.
struct Dependence {
    bool health = false;  // some endpoint below has a check
    bool names = false;   // some endpoint below is an alias
    bool random = false;  // some node below draws
    bool client = false;  // some node below asks where the client is
    friend bool operator==(const Dependence&, const Dependence&) = default;
};

/// What add() finds out about a node.
struct NodeFacts {
    /// What there is among its targets and default. A fallback's addresses do not count: it stands
    /// in for what has failed, not for what was never there. They do where all else is CNAMEs,
    /// which stand for whatever is asked.
    bool has_v4 = false;  // addresses of its own
    bool has_v6 = false;
    bool has_alias = false;  // which may have addresses of both families
    bool has_cname = false;
    bool may_be_cname = false;  // some endpoint below is a CNAME; in a fallback, too
    bool each_has_v4 = false;   // every target, and the default, has addresses of its own
    bool each_has_v6 = false;
    Dependence depends;
    bool strict_below = false;   // it is strict, or a node below it is
    std::uint64_t identity = 0;  // of its policy and its targets, for nodes without a name
    int depth = 0;               // 1 for a node of endpoints alone
    std::uint64_t steps = 0;     // targets one decision looks at in the worst case, saturating
    Affinity affinity{.v4 = 0, .v6 = 0};  // the longest client prefixes here and below
    std::vector<NodeIndex> client_nodes;  // this node and those below that ask for the client

    /// Whether it can answer questions for the family: with a CNAME, too.
    [[nodiscard]] bool has(Family family) const { return has_address(family) || has_cname; }
    /// The same, whatever names resolve to.
    [[nodiscard]] bool surely_has(Family family) const {
        return surely_has_address(family) || has_cname;
    }
    /// Whether it can answer with an address of the family.
    [[nodiscard]] bool has_address(Family family) const {
        return surely_has_address(family) || has_alias;
    }
    [[nodiscard]] bool surely_has_address(Family family) const {
        return family == Family::v4 ? has_v4 : has_v6;
    }
    /// Whether each of its targets can answer with an address of the family, whatever happens.
    [[nodiscard]] bool each_surely_has(Family family) const {
        return family == Family::v4 ? each_has_v4 : each_has_v6;
    }
    /// Whether there is something to tell of this family: where there are but CNAMEs, IPv4 stands
    /// for both.
    [[nodiscard]] bool tells(Family family) const {
        return has_only_cnames() ? family == Family::v4 : has_address(family);
    }
    [[nodiscard]] bool has_only_cnames() const {
        return has_cname && !has_v4 && !has_v6 && !has_alias;
    }
};

class Forest {
  public:
    /// Valid until the forest is changed.
    [[nodiscard]] const Node& node(NodeIndex index) const { return nodes_[index]; }
    [[nodiscard]] const NodeFacts& facts(NodeIndex index) const { return facts_[index]; }
    [[nodiscard]] const Endpoint& endpoint(EndpointIndex index) const { return endpoints_[index]; }
    [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
    [[nodiscard]] std::size_t endpoint_count() const { return endpoints_.size(); }
    /// The nodes that do not fail back by themselves; Node::failback_slot is the index in here.
    [[nodiscard]] const std::vector<NodeIndex>& failback_nodes() const { return failback_nodes_; }

    /// Whether the target can answer questions for the family; an alias and a CNAME always can.
    [[nodiscard]] bool has(const Target& target, Family family) const {
        if (target.kind == Target::Kind::node) return facts(target.index).has(family);
        return endpoint(target.index).cname != nullptr || has_address(target, family);
    }
    /// Whether it can have an address of the family.
    [[nodiscard]] bool has_address(const Target& target, Family family) const {
        if (target.kind == Target::Kind::node) return facts(target.index).has_address(family);
        const Endpoint& end = endpoint(target.index);
        return end.alias.has_value() || !end.addresses(family).empty();
    }
    /// Whether it is a CNAME, or a node with one among its targets.
    [[nodiscard]] bool has_cname(const Target& target) const {
        return target.kind == Target::Kind::node ? facts(target.index).has_cname
                                                 : endpoint(target.index).cname != nullptr;
    }
    /// The same, or a fallback in it is one.
    [[nodiscard]] bool may_be_cname(const Target& target) const {
        return target.kind == Target::Kind::node ? facts(target.index).may_be_cname
                                                 : endpoint(target.index).cname != nullptr;
    }

    EndpointIndex add(Endpoint endpoint);

    /// Adds a node whose targets, default and fallback are in the forest already: children first,
    /// so a cycle cannot be written. The error says which limit the node breaks (kDepthMax,
    /// kTargetsMax, kStepsMax); nothing has been added then.
    [[nodiscard]] Result<NodeIndex> add(Node node);

    /// Compiles every node that asks for the client against the geography and the table that the
    /// targets' regions belong to (nullptr: nothing has been measured); nodes with equal selectors
    /// share a map. Before that no client is known to be anywhere.
    void compile(const geo::Partition& geography,
                 std::shared_ptr<const geo::LatencyTable> latencies = nullptr);

    /// Which targets of a node that asks for the client are for whom. REQUIRES: compile().
    [[nodiscard]] const ClientMap& clients(NodeIndex node) const { return *client_maps_[node]; }

    /// The latency from the client to the region of a target of policy latency; nothing when it has
    /// not been measured. For explanations: decisions go by clients().
    [[nodiscard]] std::optional<geo::Latency> latency(const Target& target,
                                                      const IpAddress& client) const;

    /// The endpoints that have this name or this address; empty when none has.
    [[nodiscard]] std::vector<EndpointIndex> find_endpoints(std::string_view name_or_address) const;

  private:
    [[nodiscard]] NodeFacts facts_of(const Node& node) const;

    std::vector<Endpoint> endpoints_;
    std::vector<Node> nodes_;
    std::vector<NodeFacts> facts_;
    std::vector<NodeIndex> failback_nodes_;
    std::vector<std::shared_ptr<const ClientMap>> client_maps_;  // by node; null where nobody asks
    std::shared_ptr<const geo::LatencyTable> latencies_;         // null: nothing has been measured
};

}  // namespace fairlead::policy
