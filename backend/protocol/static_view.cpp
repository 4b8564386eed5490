// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/static_view.h"

#include <set>

namespace fairlead::backend {
namespace {

class ReachableFrom {
  public:
    ReachableFrom(const policy::Forest& forest, const policy::Conditions& conditions,
                  policy::NodeIndex root)
        : forest_(forest), conditions_(conditions), facts_(forest.facts(root)) {
        visit_node(root);
    }
    [[nodiscard]] Reachable take() && {
        if (!found_.addresses.empty()) found_.cname = nullptr;
        return std::move(found_);
    }

  private:
    // As deep as the tree at most, and that is bounded by policy::kDepthMax.
    void visit_node(policy::NodeIndex index) {  // NOLINT(misc-no-recursion)
        if (!seen_.insert(index).second) return;
        const policy::Node& node = forest_.node(index);
        for (const auto& target : node.targets)
            visit(target);
        if (node.default_target) visit(*node.default_target);
        if (node.on_all_unhealthy == policy::OnAllUnhealthy::use) visit_node(node.fallback);
    }
    void visit(const policy::Target& target) {  // NOLINT(misc-no-recursion)
        if (target.kind == policy::Target::Kind::node) return visit_node(target.index);
        const policy::Endpoint& endpoint = forest_.endpoint(target.index);
        if (endpoint.cname && found_.cname == nullptr) found_.cname = endpoint.cname.get();
        for (const auto family : kFamilies) {
            if (!facts_.has_address(family)) continue;
            for (const auto& address : conditions_.addresses(endpoint, family))
                add(address.address);
        }
    }
    void add(const IpAddress& address) {
        if (known_.insert(address).second) found_.addresses.push_back(address);
    }

    const policy::Forest& forest_;
    const policy::Conditions& conditions_;
    const policy::NodeFacts& facts_;    // of the root
    std::set<policy::NodeIndex> seen_;  // a pool that many branches share is visited once
    std::set<IpAddress> known_;
    Reachable found_;
};

}  // namespace

Reachable reachable(const policy::Forest& forest, const policy::Conditions& conditions,
                    policy::NodeIndex root) {
    return ReachableFrom(forest, conditions, root).take();
}

std::string_view type_of(const IpAddress& address) {
    return address_type(address.family());
}

}  // namespace fairlead::backend
