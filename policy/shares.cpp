// SPDX-License-Identifier: Apache-2.0
#include "policy/shares.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "policy/sampling.h"
#include "policy/together.h"

namespace fairlead::policy {
namespace {

/// For each of `weights` the probability to be among the first `count` drawn without replacement,
/// divided by `count`. One step for each subset: what is drawn so far is a set, not a sequence.
std::vector<double> sample_shares(const std::vector<double>& weights, std::size_t count) {
    const std::size_t subsets = std::size_t{1} << weights.size();
    double total = 0;
    for (const double weight : weights)
        total += weight;
    std::vector<double> probability(subsets, 0.0);  // that exactly this set has been drawn
    std::vector<double> drawn_weight(subsets, 0.0);
    std::vector<double> result(weights.size(), 0.0);
    probability[0] = 1;
    for (std::size_t set = 0; set < subsets; ++set) {
        const auto size = static_cast<std::size_t>(std::popcount(set));
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const std::size_t member = std::size_t{1} << i;
            if ((set & member) != 0) {
                if (size == count) result[i] += probability[set] / static_cast<double>(count);
            } else if (size < count) {
                drawn_weight[set | member] = drawn_weight[set] + weights[i];
                probability[set | member] +=
                    probability[set] * weights[i] / (total - drawn_weight[set]);
            }
        }
    }
    return result;
}

/// Walks the tree once for one client.
class Distribution {
  public:
    explicit Distribution(const Selection& selection)
        : selection_(selection), forest_(selection.forest()) {}

    void descend(NodeIndex index, double part);
    [[nodiscard]] Shares take() && { return std::move(shares_); }

  private:
    void choose(const Node& node, const TargetList& candidates, double part);
    void choose_weighted(const Node& node, const TargetList& candidates, double part);
    void follow(const Target& target, double part);
    void give(const Chosen& chosen, double part);

    const Selection& selection_;
    const Forest& forest_;
    Shares shares_;
};

void Distribution::descend(NodeIndex index, double part) {  // NOLINT(misc-no-recursion): kDepthMax
    const Node& node = forest_.node(index);
    const Candidates candidates = selection_.candidates(index);
    if (candidates.manner == Manner::fallback) return descend(node.fallback, part);
    if (candidates.list.empty()) {
        shares_.unanswered += part;
        return;
    }
    choose(node, candidates.list, part);
}

void Distribution::choose(const Node& node, const TargetList& candidates,  // NOLINT
                          double part) {
    const auto places = candidates.places();
    switch (node.policy) {
        case Policy::failover:
        case Policy::geolocation:
        case Policy::geoproximity:
        case Policy::latency:
        case Policy::subnet:
            return follow(target_at(node, places.front()), part);
        case Policy::multivalue:
            for (const auto place : places) {
                follow(target_at(node, place), part / static_cast<double>(places.size()));
            }
            return;
        case Policy::weighted:
            return choose_weighted(node, candidates, part);
        case Policy::simple: {
            Chosen chosen;
            selection_.append_all(node, chosen);
            return give(chosen, part);
        }
    }
}

void Distribution::choose_weighted(const Node& node, const TargetList& candidates,  // NOLINT
                                   double part) {
    const Weights weights(node, candidates.places());
    std::vector<const Target*> drawable;
    std::vector<double> drawable_weights;
    for (const auto place : candidates.places()) {
        const Target& target = node.targets[place];
        if (weights.of(target) == 0) continue;  // a standby
        drawable.push_back(&target);
        drawable_weights.push_back(static_cast<double>(weights.of(target)));
    }
    const std::size_t count = std::min<std::size_t>(node.max_answers, drawable.size());
    std::vector<double> portions(drawable.size());
    if (count > 1 && drawable.size() <= kExactSampleMax) {
        portions = sample_shares(drawable_weights, count);
    } else {
        if (count > 1 && count < drawable.size()) shares_.exact = false;
        for (std::size_t i = 0; i < portions.size(); ++i) {
            portions[i] = count == drawable.size()
                              ? 1.0 / static_cast<double>(count)
                              : drawable_weights[i] / static_cast<double>(weights.sum);
        }
    }
    for (std::size_t i = 0; i < drawable.size(); ++i)
        follow(*drawable[i], part * portions[i]);
}

void Distribution::follow(const Target& target, double part) {  // NOLINT(misc-no-recursion)
    if (target.kind == Target::Kind::node) return descend(target.index, part);
    Chosen chosen;
    selection_.append(target.index, chosen);
    give(chosen, part);
}

void Distribution::give(const Chosen& chosen, double part) {
    if (chosen.empty()) shares_.unanswered += part;
    if (chosen.cname != nullptr) shares_.parts[chosen.cname->target] += part;
    for (const auto& address : chosen.addresses) {
        shares_.parts[address] += part / static_cast<double>(chosen.addresses.size());
    }
}

bool is_cname(const Content& content) {
    return std::holds_alternative<std::string>(content);
}

/// The part of all answers that is a CNAME.
double cname_part(const Shares& shares) {
    double sum = 0;
    for (const auto& [content, part] : shares.parts)
        sum += is_cname(content) ? part : 0;
    return sum;
}

/// Adds `factor` times those parts of `from` that are CNAMEs, or those that are not.
void add_parts(Shares& to, const Shares& from, bool cnames, double factor) {
    if (factor <= 0) return;
    for (const auto& [content, part] : from.parts) {
        if (is_cname(content) == cnames) to.parts[content] += factor * part;
    }
    if (!cnames) to.unanswered += factor * from.unanswered;
}

}  // namespace

std::string to_string(const Content& content) {
    if (const auto* target = std::get_if<std::string>(&content)) return "CNAME " + *target;
    return std::get<IpAddress>(content).to_string();
}

Shares shares(const Selection& selection, NodeIndex root) {
    Distribution distribution(selection);
    if (!selection.forest().facts(root).has(selection.family())) {
        Shares nothing;
        nothing.unanswered = 1;
        return nothing;
    }
    distribution.descend(root, 1);
    return std::move(distribution).take();
}

/// The leading family's CNAMEs stand. What the other family would answer with CNAMEs beyond them,
/// it answers without; both come of one draw, so the CNAMEs of one are among those of the other.
Shares shares_together(const Selection& selection, NodeIndex root) {
    const Forest& forest = selection.forest();
    const auto of = [&](Family family, Cnames cnames) {
        return shares(Selection(forest, selection.conditions(), family, selection.client(), cnames),
                      root);
    };
    if (!forest.facts(root).may_be_cname) return shares(selection, root);
    const auto leading = leading_family(forest, selection.conditions(), root, selection.client());
    Shares led = of(leading, Cnames::allowed);
    if (leading == selection.family()) return led;
    const double cname = cname_part(led);
    Shares result{.parts = {}, .unanswered = 0, .exact = led.exact};
    add_parts(result, led, true, 1);
    if (!forest.facts(root).has_address(selection.family())) {
        result.unanswered = 1 - cname;
        return result;
    }
    const Shares own = of(selection.family(), Cnames::allowed);
    const Shares rest = of(selection.family(), Cnames::left_out);
    const double own_cname = cname_part(own);
    result.exact &= own.exact && rest.exact && (own_cname == cname || cname == 0 || cname == 1);
    if (own_cname >= cname) {
        add_parts(result, own, false, 1);
        add_parts(result, rest, false, own_cname - cname);
    } else {
        add_parts(result, own, false, (1 - cname) / (1 - own_cname));
    }
    return result;
}

}  // namespace fairlead::policy
