// SPDX-License-Identifier: Apache-2.0
#include "policy/operator_names.h"

#include <algorithm>

#include "base/nearest.h"
#include "policy/failback.h"
#include "policy/label_selector.h"

namespace fairlead::policy {
namespace {

constexpr std::string_view kPool = "pool ";
constexpr std::size_t kShownMax = 100;  // bytes of what somebody has sent

bool names_pool(std::string_view target) {
    return target.starts_with(kPool);
}

std::vector<EndpointIndex> selected(const Forest& forest, std::string_view selection) {
    std::vector<EndpointIndex> endpoints;
    const auto selector = LabelSelector::parse(selection);
    for (EndpointIndex i = 0; selector && i < forest.endpoint_count(); ++i) {
        if (selector->selects(forest.endpoint(i))) endpoints.push_back(i);
    }
    return endpoints;
}

/// Calls `visit` for every target that an answer of the node may come from.
template <typename Visit>
void for_each_target(const Node& node, Visit&& visit) {
    for (const auto& target : node.targets)
        visit(target.kind, target.index);
    if (node.default_target) visit(node.default_target->kind, node.default_target->index);
    if (node.on_all_unhealthy == OnAllUnhealthy::use) visit(Target::Kind::node, node.fallback);
}

/// What can be reached from `root`, by node. Children come before their parents in a forest.
std::vector<bool> reached_from(const Forest& forest, NodeIndex root) {
    std::vector<bool> reached(std::size_t{root} + 1, false);
    reached[root] = true;
    for (NodeIndex i = root + 1; i-- > 0;) {
        if (!reached[i]) continue;
        for_each_target(forest.node(i), [&](Target::Kind kind, std::uint32_t index) {
            if (kind == Target::Kind::node) reached[index] = true;
        });
    }
    return reached;
}

}  // namespace

bool names_group(std::string_view target) {
    return names_pool(target) || is_selection(target);
}

std::vector<NodeIndex> pools_of(const Forest& forest) {
    std::vector<NodeIndex> pools;
    for (NodeIndex i = 0; i < forest.node_count(); ++i) {
        if (names_pool(forest.node(i).label)) pools.push_back(i);
    }
    return pools;
}

std::vector<EndpointIndex> endpoints_below(const Forest& forest, NodeIndex root) {
    const auto reached = reached_from(forest, root);
    std::vector<EndpointIndex> endpoints;
    for (NodeIndex i = 0; i <= root; ++i) {
        if (!reached[i]) continue;
        for_each_target(forest.node(i), [&](Target::Kind kind, std::uint32_t index) {
            if (kind == Target::Kind::endpoint) endpoints.push_back(index);
        });
    }
    std::ranges::sort(endpoints);
    endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
    return endpoints;
}

std::vector<bool> nodes_leading_to(const Forest& forest,
                                   const std::vector<EndpointIndex>& endpoints) {
    std::vector<bool> wanted(forest.endpoint_count(), false);
    for (const auto endpoint : endpoints)
        wanted[endpoint] = true;
    std::vector<bool> leads(forest.node_count(), false);
    for (NodeIndex i = 0; i < forest.node_count(); ++i) {
        for_each_target(forest.node(i), [&](Target::Kind kind, std::uint32_t index) {
            if (kind == Target::Kind::node ? leads[index] : wanted[index]) leads[i] = true;
        });
    }
    return leads;
}

std::vector<EndpointIndex> endpoints_named(const Forest& forest, std::string_view target) {
    if (is_selection(target)) return selected(forest, target);
    if (!names_pool(target)) return forest.find_endpoints(target);
    for (const NodeIndex pool : pools_of(forest)) {
        if (forest.node(pool).label == target) return endpoints_below(forest, pool);
    }
    return {};
}

std::string nothing_named(const Forest& forest, std::string_view target) {
    const std::string quoted = "\"" + std::string(target.substr(0, kShownMax)) + "\"";
    if (is_selection(target)) {
        if (!LabelSelector::parse(target)) {
            return quoted + " is no list of labels such as site=fra,rack=b4";
        }
        const auto labels = labels_of(forest);
        return "no endpoint has the label " + quoted +
               did_you_mean(target, std::vector<std::string_view>(labels.begin(), labels.end()));
    }
    std::vector<std::string_view> known;
    for (const NodeIndex pool : pools_of(forest))
        known.push_back(forest.node(pool).label);
    for (EndpointIndex i = 0; i < forest.endpoint_count(); ++i) {
        const std::string_view name = forest.endpoint(i).name;
        if (!IpAddress::parse(name)) known.push_back(name);
    }
    return "no endpoint has the name or address " + quoted + ", and no pool is called so" +
           did_you_mean(target, known) + "; a pool is written \"pool NAME\", a label NAME=VALUE";
}

std::vector<NodeIndex> failback_nodes_named(const Catalog& catalog, std::string_view name) {
    const Forest& forest = catalog.forest();
    for (const auto& path : {std::string(name), "policies." + std::string(name)}) {
        if (const auto node = find_failback_node(forest, path)) return {*node};
    }
    const auto owner = DnsName::parse(name);
    const RecordSet* const records = owner ? catalog.find(*owner, -1) : nullptr;
    if (records == nullptr || !records->steering) return {};
    const auto reached = reached_from(forest, records->steering->root);
    std::vector<NodeIndex> nodes;
    for (const NodeIndex node : forest.failback_nodes()) {
        if (node < reached.size() && reached[node]) nodes.push_back(node);
    }
    return nodes;
}

std::vector<std::uint32_t> largest_ttls(const Catalog& catalog) {
    const Forest& forest = catalog.forest();
    std::vector<std::uint32_t> of_node(forest.node_count(), 0);
    std::vector<std::uint32_t> of_endpoint(forest.endpoint_count(), 0);
    for (RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
        const auto& steering = catalog.record_set(i).steering;
        if (steering) of_node[steering->root] = std::max(of_node[steering->root], steering->ttl);
    }
    for (NodeIndex i = static_cast<NodeIndex>(forest.node_count()); i-- > 0;) {
        for_each_target(forest.node(i), [&](Target::Kind kind, std::uint32_t index) {
            auto& ttl = kind == Target::Kind::node ? of_node[index] : of_endpoint[index];
            ttl = std::max(ttl, of_node[i]);
        });
    }
    return of_endpoint;
}

}  // namespace fairlead::policy
