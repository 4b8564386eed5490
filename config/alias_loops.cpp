// SPDX-License-Identifier: Apache-2.0
#include "config/alias_loops.h"

#include <set>
#include <unordered_map>
#include <vector>

#include "policy/operator_names.h"

namespace fairlead::config {
namespace {

/// Which steered names lead to which aliases.
class Paths {
  public:
    explicit Paths(const policy::CatalogBuilder& builder) : builder_(builder) {
        for (const auto& set : builder.record_sets()) {
            if (set.steering) roots_.emplace(set.name, set.steering->root);
        }
    }

    /// The aliases that the name of this one is steered to, directly or by way of others.
    [[nodiscard]] std::set<std::uint32_t> all_from(std::uint32_t alias) const {
        std::set<std::uint32_t> seen;
        std::vector<std::uint32_t> open{alias};
        while (!open.empty()) {
            const auto next = open.back();
            open.pop_back();
            for (const auto below : reached_from(next)) {
                if (seen.insert(below).second) open.push_back(below);
            }
        }
        return seen;
    }

  private:
    /// The aliases that the name of this one is steered to; none unless it is a name of ours.
    [[nodiscard]] std::set<std::uint32_t> reached_from(std::uint32_t alias) const {
        std::set<std::uint32_t> reached;
        const auto name = DnsName::parse(builder_.aliases()[alias].host);
        const auto root = name ? roots_.find(*name) : roots_.end();
        if (root == roots_.end()) return reached;
        for (const auto endpoint : policy::endpoints_below(builder_.forest, root->second)) {
            const auto& found = builder_.forest.endpoint(endpoint).alias;
            if (found) reached.insert(found->index);
        }
        return reached;
    }

    const policy::CatalogBuilder& builder_;
    std::unordered_map<DnsName, policy::NodeIndex> roots_;
};

}  // namespace

void report_alias_loops(const policy::CatalogBuilder& builder, const TreeReader& trees,
                        Findings& findings) {
    if (builder.aliases().empty()) return;
    const Paths paths(builder);
    std::set<std::uint32_t> told;  // a loop is told of once, and not by each alias in it
    for (const auto& [alias, at] : trees.aliases_written()) {
        auto reached = paths.all_from(alias);
        if (!reached.contains(alias) || told.contains(alias)) continue;
        told.merge(reached);
        findings.add(Rule::reference_loop, *at.node, at.path,
                     builder.aliases()[alias].host +
                         " is a name of this configuration, and is steered to this alias again");
    }
}

}  // namespace fairlead::config
