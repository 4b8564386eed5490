// SPDX-License-Identifier: Apache-2.0
#include "policy/cname_targets.h"

#include <unordered_set>

namespace fairlead::policy {
namespace {

class CnameSearch {
  public:
    explicit CnameSearch(const Forest& forest) : forest_(forest) {}

    void add(NodeIndex index) {  // NOLINT(misc-no-recursion): kDepthMax
        if (!forest_.facts(index).may_be_cname || !seen_.insert(index).second) return;
        const Node& node = forest_.node(index);
        for (const auto& target : node.targets)
            add(target);
        if (node.default_target) add(*node.default_target);
        if (node.on_all_unhealthy == OnAllUnhealthy::use) add(node.fallback);
    }

    std::vector<DnsName> names;

  private:
    void add(const Target& target) {  // NOLINT(misc-no-recursion)
        if (target.kind == Target::Kind::node) return add(target.index);
        const auto& cname = forest_.endpoint(target.index).cname;
        auto name = cname ? DnsName::parse(cname->target) : std::nullopt;
        if (name) names.push_back(*std::move(name));
    }

    const Forest& forest_;
    std::unordered_set<NodeIndex> seen_;
};

}  // namespace

std::vector<DnsName> cname_targets(const Forest& forest, NodeIndex root) {
    CnameSearch search(forest);
    search.add(root);
    return std::move(search.names);
}

}  // namespace fairlead::policy
