// SPDX-License-Identifier: Apache-2.0
#include "policy/strict.h"

#include <algorithm>
#include <set>
#include <vector>

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

/// Only what a client matches, and not what is well or near, decides where it goes.
bool goes_by_match(const Node& node) {
    return node.policy == Policy::geolocation || node.policy == Policy::subnet;
}

/// Why clients of a strict node below `target` could be led past it by `node`.
std::optional<std::string> way_past(const Forest& forest, const Node& node, const Target& target) {
    if (target.kind != Target::Kind::node || !forest.facts(target.index).strict_below) {
        return std::nullopt;
    }
    const Node& child = forest.node(target.index);
    if (!goes_by_match(node)) {
        return "policy " + std::string(to_string(node.policy)) + " above " + child.label +
               " does not choose by what a client matches alone";
    }
    if (node.ignores_ecs != child.ignores_ecs) {
        return child.label + " and the policy above it see the client at different places (ecs)";
    }
    // Beside addresses CNAMEs are left out: who has only them is never left out beside its own.
    const auto has_address = [&](Family family) { return forest.has_address(target, family); };
    if (!std::ranges::any_of(kFamilies, has_address)) return std::nullopt;
    for (const auto family : kFamilies) {
        if (has_address(family)) continue;
        const auto has = [&](const Target& other) { return forest.has_address(other, family); };
        const bool others_have = std::any_of(node.targets.begin(), node.targets.end(), has) ||
                                 (node.default_target && has(*node.default_target));
        if (!others_have) continue;
        return child.label + " has no " + (family == Family::v4 ? "IPv4" : "IPv6") +
               " address, but a target beside it has";
    }
    return std::nullopt;
}

std::optional<WayOut> past_a_child(const Forest& forest, const Node& node) {
    for (std::size_t place = 0; place < node.targets.size(); ++place) {
        if (auto how = way_past(forest, node, node.targets[place])) {
            return WayOut{.place = place, .how = *std::move(how)};
        }
    }
    std::vector<Target> others;
    if (node.default_target) others.push_back(*node.default_target);
    if (node.on_all_unhealthy == OnAllUnhealthy::use) {
        others.push_back({.kind = Target::Kind::node, .index = node.fallback});
    }
    for (const auto& other : others) {
        if (auto how = way_past(forest, node, other)) {
            return WayOut{.place = {}, .how = *std::move(how)};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<WayOut> find_way_out(const Forest& forest, const Node& node) {
    if (node.strict) {
        if (auto found = out_of_itself(forest, node)) return found;
    }
    return past_a_child(forest, node);
}

}  // namespace fairlead::policy
