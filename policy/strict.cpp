// SPDX-License-Identifier: Apache-2.0
#include "policy/strict.h"

#include <set>

namespace fairlead::policy {
namespace {

using Endpoints = std::set<EndpointIndex>;

/// All nodes and endpoints below a target. As deep as the forest lets a tree be.
class Branch {
  public:
    enum class Through : bool { targets, fallbacks_too };

    Branch(const Forest& forest, Through through) : forest_(forest), through_(through) {}

    void add(const Target& target) {  // NOLINT(misc-no-recursion): kDepthMax
        if (target.kind == Target::Kind::node) return add(target.index);
        endpoints.insert(target.index);
    }

    void add(NodeIndex index) {  // NOLINT(misc-no-recursion): kDepthMax
        if (!nodes.insert(index).second) return;
        const Node& node = forest_.node(index);
        for (const auto& target : node.targets)
            add(target);
        if (node.default_target) add(*node.default_target);
        const bool falls_back = node.on_all_unhealthy == OnAllUnhealthy::use;
        if (falls_back && through_ == Through::fallbacks_too) add(node.fallback);
    }

    std::set<NodeIndex> nodes;
    Endpoints endpoints;

  private:
    const Forest& forest_;
    const Through through_;
};

/// A fallback inside the branch that can answer with what is not in the branch.
std::optional<std::string> foreign_fallback(const Forest& forest, const Target& target) {
    Branch branch(forest, Branch::Through::targets);
    branch.add(target);
    for (const NodeIndex index : branch.nodes) {
        const Node& node = forest.node(index);
        if (node.on_all_unhealthy != OnAllUnhealthy::use) continue;
        Branch fallback(forest, Branch::Through::fallbacks_too);
        fallback.add(node.fallback);
        for (const EndpointIndex endpoint : fallback.endpoints) {
            if (branch.endpoints.contains(endpoint)) continue;
            return "on_all_unhealthy of " + node.label + " uses " +
                   forest.node(node.fallback).label + ", which can answer with " +
                   forest.endpoint(endpoint).name + " from outside this branch";
        }
    }
    return std::nullopt;
}

std::optional<WayOut> out_of_itself(const Forest& forest, const Node& node) {
    if (node.on_all_unhealthy == OnAllUnhealthy::fail_up) {
        return WayOut{.place = {}, .how = "on_all_unhealthy: fail_up lets the parent choose"};
    }
    if (node.on_all_unhealthy == OnAllUnhealthy::use) {
        return WayOut{.place = {},
                      .how = "on_all_unhealthy uses " + forest.node(node.fallback).label};
    }
    for (std::size_t place = 0; place < node.targets.size(); ++place) {
        if (auto how = foreign_fallback(forest, node.targets[place])) {
            return WayOut{.place = place, .how = *std::move(how)};
        }
    }
    return std::nullopt;
}

/// Families of what a target says it has, against those of all of them.
std::optional<WayOut> around_a_child(const Forest& forest, const Node& node) {
    bool has_v4 = false;
    bool has_v6 = false;
    const auto look_at = [&](const Target& target) {
        has_v4 |= forest.has(target, Family::v4);
        has_v6 |= forest.has(target, Family::v6);
    };
    for (const auto& target : node.targets)
        look_at(target);
    if (node.default_target) look_at(*node.default_target);

    for (std::size_t place = 0; place < node.targets.size(); ++place) {
        const Target& target = node.targets[place];
        if (target.kind != Target::Kind::node || !forest.facts(target.index).strict_below) continue;
        const std::string who = forest.node(target.index).label;
        if (!asks_for_client(node.policy)) {
            return WayOut{.place = place,
                          .how = "policy " + std::string(to_string(node.policy)) + " above " + who +
                                 " does not choose by where the client is"};
        }
        const bool lacks_v4 = has_v4 && !forest.has(target, Family::v4);
        if (lacks_v4 || (has_v6 && !forest.has(target, Family::v6))) {
            return WayOut{.place = place,
                          .how = who + " has no " + (lacks_v4 ? "IPv4" : "IPv6") +
                                 " address, but a target beside it has"};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<WayOut> find_way_out(const Forest& forest, const Node& node) {
    if (node.strict) {
        if (auto found = out_of_itself(forest, node)) return found;
    }
    return around_a_child(forest, node);
}

}  // namespace fairlead::policy
