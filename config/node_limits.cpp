// SPDX-License-Identifier: Apache-2.0

// A finished node: its limits, and the warnings about it. The last third of TreeReader.

#include <algorithm>
#include <map>

#include "config/tree_reader.h"
#include "policy/operator_names.h"
#include "policy/strict.h"

namespace fairlead::config {

using policy::OnAllUnhealthy;
using policy::Policy;

TreeReader::NodeResult TreeReader::finish(const Fields& fields, Draft draft) {
    if (!draft.complete || !is_within_limits(fields, draft)) return std::nullopt;
    if (!leaves_cnames_alone(draft) || !is_strict_everywhere(fields, draft)) return std::nullopt;
    warn_about_min_healthy(fields, draft);
    warn_about_same_addresses(draft);
    warn_about_unchecked(draft);
    const bool no_answer = draft.node.on_all_unhealthy == OnAllUnhealthy::no_answer;
    const auto size = size_of(draft.node);
    const auto node = builder_.forest.add(std::move(draft.node));
    if (!node) {
        findings_.add(Rule::too_large, fields.at(), "this node " + node.error().message);
        return std::nullopt;
    }
    sizes_.push_back(size);
    if (!no_answer || !facts(*node).depends.health) return *node;
    const Cursor* at = fields.find("on_all_unhealthy");
    const bool by_default = at == nullptr;
    if (by_default && warned_about_default_) return *node;
    if (by_default) {
        warned_about_default_ = true;
        at = defaults_->find("on_all_unhealthy");
    }
    findings_.add(Rule::no_answer_reachable, *at,
                  "with everything unhealthy clients get no answer, and resolvers remember that; "
                  "serve_all keeps answering");
    return *node;
}

bool TreeReader::is_within_limits(const Fields& fields, const Draft& draft) {
    if (draft.node.targets.size() > policy::kTargetsMax) {
        findings_.add(Rule::too_large, fields.at(),
                      "this node has " + std::to_string(draft.node.targets.size()) +
                          " targets, the limit is " + std::to_string(policy::kTargetsMax));
        return false;
    }
    int depth =
        draft.node.on_all_unhealthy == OnAllUnhealthy::use ? facts(draft.node.fallback).depth : 0;
    const auto look_at = [&](const policy::Target& target) {
        if (target.kind == policy::Target::Kind::node) {
            depth = std::max(depth, facts(target.index).depth);
        }
    };
    std::for_each(draft.node.targets.begin(), draft.node.targets.end(), look_at);
    if (draft.node.default_target) look_at(*draft.node.default_target);
    if (depth < policy::kDepthMax) return true;
    findings_.add(Rule::too_deep, fields.at(),
                  "policies are nested more than " + std::to_string(policy::kDepthMax) +
                      " deep below this one");
    return false;
}

bool TreeReader::leaves_cnames_alone(const Draft& draft) {
    const policy::Forest& forest = builder_.forest;
    const auto& targets = draft.node.targets;
    std::string why;
    if (draft.node.policy == Policy::multivalue) {
        why = "policy multivalue answers several targets at once";
    } else if (draft.node.max_answers > 1) {
        why = "with max_answers above 1 several targets are answered at once";
    } else if (draft.node.policy == Policy::simple) {
        std::size_t endpoints = 0;
        for (const auto& target : targets) {
            const bool is_node = target.kind == policy::Target::Kind::node;
            endpoints += is_node ? policy::endpoints_below(forest, target.index).size() : 1;
        }
        if (endpoints > 1) why = "policy simple answers everything below it at once";
    }
    if (why.empty()) return true;
    bool alone = true;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!forest.may_be_cname(targets[i])) continue;
        alone = false;
        findings_.add(Rule::cname_not_alone, draft.written[i],
                      why +
                          ", and a CNAME stands alone; write failover, or weighted with "
                          "max_answers: 1");
    }
    return alone;
}

bool TreeReader::is_strict_everywhere(const Fields& fields, const Draft& draft) {
    const auto way_out = policy::find_way_out(builder_.forest, draft.node);
    if (!way_out) return true;
    const Cursor* at = fields.find("on_all_unhealthy");
    if (at == nullptr) at = &fields.at();
    findings_.add(Rule::strict_leaves, way_out->place ? draft.written[*way_out->place] : *at,
                  "clients could leave a policy with strict: true: " + way_out->how);
    return false;
}

void TreeReader::warn_about_min_healthy(const Fields& fields, const Draft& draft) {
    const Cursor* at = fields.find("min_healthy");
    if (at == nullptr || draft.node.min_healthy.count <= draft.node.targets.size()) return;
    findings_.add(Rule::min_healthy_above_size, *at,
                  "there are only " + std::to_string(draft.node.targets.size()) +
                      " targets; all of them must be healthy then");
}

void TreeReader::warn_about_same_addresses(const Draft& draft) {
    std::map<IpAddress, std::size_t> seen;
    std::map<std::uint32_t, std::size_t> seen_aliases;
    std::map<std::string_view, std::size_t> seen_cnames;
    for (std::size_t i = 0; i < draft.node.targets.size(); ++i) {
        const auto& target = draft.node.targets[i];
        // For different clients two targets may well have one answer.
        if (target.kind == policy::Target::Kind::node || asks_for_client(draft.node.policy)) {
            continue;
        }
        const auto& endpoint = builder_.forest.endpoint(target.index);
        if (endpoint.alias && !seen_aliases.emplace(endpoint.alias->index, i).second) {
            findings_.add(Rule::same_address, draft.written[i],
                          builder_.aliases()[endpoint.alias->index].host +
                              " is the alias of target " +
                              std::to_string(seen_aliases[endpoint.alias->index]) +
                              " (counted from 0) already");
        }
        if (endpoint.cname && !seen_cnames.emplace(endpoint.cname->target, i).second) {
            findings_.add(Rule::same_address, draft.written[i],
                          endpoint.cname->target + " is the CNAME of target " +
                              std::to_string(seen_cnames[endpoint.cname->target]) +
                              " (counted from 0) already");
        }
        for (const auto* family : {&endpoint.v4, &endpoint.v6}) {
            for (const auto& entry : *family) {
                const auto [first, is_new] = seen.emplace(entry.address, i);
                if (is_new) continue;
                findings_.add(Rule::same_address, draft.written[i],
                              entry.address.to_string() + (first->second == i
                                                               ? " stands twice in this target"
                                                               : " is an address of target " +
                                                                     std::to_string(first->second) +
                                                                     " (counted from 0) already"));
            }
        }
    }
}

/// A target of a failover node that never fails hides all that come after it.
void TreeReader::warn_about_unchecked(const Draft& draft) {
    if (draft.node.policy != Policy::failover) return;
    for (std::size_t i = 0; i + 1 < draft.node.targets.size(); ++i) {
        if (can_fail(draft.node.targets[i])) continue;
        findings_.add(Rule::endpoint_without_check, draft.written[i],
                      "this target never fails (it has no health check, or deals with its failure "
                      "itself), and the ones after it are never used");
    }
}

bool TreeReader::can_fail(const policy::Target& target) const {
    if (target.kind == policy::Target::Kind::node) {
        // One that deals with its own failure never fails in its parent's eyes.
        return facts(target.index).depends.health &&
               builder_.forest.node(target.index).on_all_unhealthy ==
                   policy::OnAllUnhealthy::fail_up;
    }
    const auto& endpoint = builder_.forest.endpoint(target.index);
    if (endpoint.state != policy::State::obey) return endpoint.state != policy::State::up;
    if (endpoint.alias) return endpoint.alias->is_checked;
    if (endpoint.cname) return endpoint.cname->subject != checks::kUnchecked;
    const auto checked = [](const policy::EndpointAddress& entry) {
        return entry.subject != checks::kUnchecked;
    };
    return std::any_of(endpoint.v4.begin(), endpoint.v4.end(), checked) ||
           std::any_of(endpoint.v6.begin(), endpoint.v6.end(), checked);
}

AnswerSize TreeReader::size_of(const policy::Target& target) const {
    if (target.kind == policy::Target::Kind::node) return sizes_[target.index];
    const auto& endpoint = builder_.forest.endpoint(target.index);
    if (endpoint.alias) return {.v4 = checks::kAliasPlaces, .v6 = checks::kAliasPlaces};
    return {.v4 = static_cast<std::uint32_t>(endpoint.v4.size()),
            .v6 = static_cast<std::uint32_t>(endpoint.v6.size())};
}

/// The `max_answers` largest targets of the node, or all of simple's; kAnswersMax at most.
AnswerSize TreeReader::size_of(const policy::Node& node) const {
    std::vector<std::uint32_t> v4;
    std::vector<std::uint32_t> v6;
    const auto take = [&](AnswerSize size) {
        v4.push_back(size.v4);
        v6.push_back(size.v6);
    };
    for (const auto& target : node.targets)
        take(size_of(target));
    const auto chosen =
        node.policy == Policy::simple ? node.targets.size() : std::size_t{node.max_answers};
    const auto largest = [&](std::vector<std::uint32_t>& sizes) {
        std::sort(sizes.rbegin(), sizes.rend());
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < std::min(chosen, sizes.size()); ++i)
            sum += sizes[i];
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, policy::kAnswersMax));
    };
    AnswerSize size{.v4 = largest(v4), .v6 = largest(v6)};
    const auto at_least = [&](AnswerSize other) {
        size.v4 = std::max(size.v4, other.v4);
        size.v6 = std::max(size.v6, other.v6);
    };
    if (node.default_target) at_least(size_of(*node.default_target));
    if (node.on_all_unhealthy == OnAllUnhealthy::use) at_least(sizes_[node.fallback]);
    return size;
}

void TreeReader::report_unused() const {
    for (const Names* names : {&pools_, &policies_}) {
        for (const auto name : names->order) {
            const auto& named = names->nodes.find(name)->second;
            if (named.used) continue;
            findings_.add_at_key(names->unused, named.at,
                                 "nothing refers to this " + std::string(names->kind));
        }
    }
}

}  // namespace fairlead::config
