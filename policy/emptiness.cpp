// SPDX-License-Identifier: Apache-2.0
#include "policy/emptiness.h"

#include <algorithm>
#include <unordered_set>

#include "policy/leads.h"

namespace fairlead::policy {
namespace {

using Reason = Emptiness::Reason;

class EmptinessSearch {
  public:
    EmptinessSearch(const Forest& forest, Family family, bool leads)
        : forest_(forest), family_(family), leads_(leads) {}

    // As deep as the tree at most, and that is bounded by kDepthMax.
    std::optional<Emptiness> at(NodeIndex index) {  // NOLINT(misc-no-recursion)
        const Node& node = forest_.node(index);
        // Simple answers with all that is below it, so with something in a family that it has.
        if (node.policy == Policy::simple || !seen_.insert(index).second) return std::nullopt;
        if (const auto reason = of(node)) return Emptiness{.node = index, .reason = *reason};
        for (const auto& target : node.targets) {
            if (auto found = below(target)) return found;
        }
        if (node.default_target) {
            if (auto found = below(*node.default_target)) return found;
        }
        const bool falls_back = node.on_all_unhealthy == OnAllUnhealthy::use &&
                                has({.kind = Target::Kind::node, .index = node.fallback});
        return falls_back ? at(node.fallback) : std::nullopt;
    }

  private:
    std::optional<Emptiness> below(const Target& target) {  // NOLINT(misc-no-recursion)
        const bool is_node = target.kind == Target::Kind::node && has(target);
        return is_node ? at(target.index) : std::nullopt;
    }

    /// Of the node itself; see Selection::candidates() and matching().
    [[nodiscard]] std::optional<Reason> of(const Node& node) const {
        if (node.on_all_unhealthy == OnAllUnhealthy::no_answer) return Reason::no_answer;
        const bool takes_anyone =
            node.policy == Policy::geoproximity || node.policy == Policy::latency;
        if (!asks_for_client(node.policy) || takes_anyone) return std::nullopt;
        const auto all_have = [&] {
            return std::ranges::all_of(node.targets,
                                       [this](const Target& target) { return answers(target); });
        };
        if (!node.default_target || !answers(*node.default_target)) return Reason::no_default;
        // Whom another target gives an address of the leading family is not given the CNAME.
        if (!has(*node.default_target) && !all_have()) return Reason::no_default;
        if (node.strict && !all_have()) return Reason::strict;
        return std::nullopt;
    }

    /// CNAMEs are left out in a family that does not lead.
    [[nodiscard]] bool has(const Target& target) const {
        return leads_ ? forest_.has(target, family_) : forest_.has_address(target, family_);
    }
    /// The same, or it is a CNAME whenever it is reached, and no family has anything else.
    [[nodiscard]] bool answers(const Target& target) const {
        const auto has_address = [&](Family family) { return forest_.has_address(target, family); };
        return has(target) || std::ranges::none_of(kFamilies, has_address);
    }

    const Forest& forest_;
    const Family family_;
    const bool leads_;
    std::unordered_set<NodeIndex> seen_;
};

}  // namespace

std::optional<Emptiness> may_be_empty(const Forest& forest, NodeIndex root, Family family) {
    const NodeFacts& facts = forest.facts(root);
    if (!facts.tells(family)) return std::nullopt;
    return EmptinessSearch(forest, family, leads(facts, family)).at(root);
}

std::string to_string(Emptiness::Reason reason, const std::string& type) {
    switch (reason) {
        case Reason::no_answer:
            return "says no_answer; write serve_all or {use: ...}";
        case Reason::no_default:
            return "has no default with " + type + "; give it one";
        case Reason::strict:
            return "is strict, and not every target has " + type + "; give each one";
    }
    return "";
}

}  // namespace fairlead::policy
