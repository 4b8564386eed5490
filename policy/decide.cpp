// SPDX-License-Identifier: Apache-2.0
#include "policy/decide.h"

#include <algorithm>

#include "policy/sampling.h"
#include "policy/selection.h"

namespace fairlead::policy {
namespace {

Fate fate_of(Standing standing) {
    switch (standing) {
        case Standing::usable:
            return Fate::eligible;
        case Standing::unhealthy:
            return Fate::unhealthy;
        case Standing::forced_down:
            return Fate::forced_down;
        case Standing::drained:
            return Fate::drained;
        case Standing::no_family:
            return Fate::no_family;
        case Standing::unresolved:
            return Fate::unresolved;
    }
    return Fate::eligible;
}

/// One call of decide(): the inputs, and the answer as it grows.
class Decision {
  public:
    Decision(const Selection& selection, std::uint64_t seed, Answer& answer, Trace* trace)
        : selection_(selection),
          forest_(selection.forest()),
          seed_(seed),
          answer_(answer),
          trace_(trace) {}

    void descend(NodeIndex index, int depth);

  private:
    void pick(NodeIndex index, TargetList& candidates, int depth, std::size_t step);
    /// What it takes to choose, and to tell why.
    [[nodiscard]] Extent extent(const Node& node) const {
        const bool draws = node.policy == Policy::weighted || node.policy == Policy::multivalue;
        return draws || trace_ != nullptr ? Extent::all : Extent::first;
    }

    [[nodiscard]] std::size_t note(NodeIndex index, int depth, const Candidates& candidates);
    void note_candidates(std::size_t step, const Node& node, const TargetList& candidates);
    void note_held_back(std::vector<TraceTarget>& targets, const Node& node,
                        const TargetList& candidates);
    void note_pick(std::size_t step, NodeIndex index, std::size_t place) {
        if (trace_ != nullptr) mark_picked(step, index, place);
    }
    void mark_picked(std::size_t step, NodeIndex index, std::size_t place);

    const Selection& selection_;
    const Forest& forest_;
    const std::uint64_t seed_;
    Answer& answer_;
    Trace* const trace_;
};

void Decision::descend(NodeIndex index, int depth) {
    const Node& node = forest_.node(index);
    Candidates candidates = selection_.candidates(index, extent(node));
    const auto step = note(index, depth, candidates);
    answer_.degraded |= candidates.manner != Manner::normal;
    if (candidates.manner == Manner::fallback) {
        descend(node.fallback, depth + 1);
    } else if (node.policy == Policy::simple) {
        for (const auto place : candidates.list.places())
            note_pick(step, index, place);
        selection_.append_all(node, answer_);
    } else {
        pick(index, candidates.list, depth, step);
    }
}

void Decision::pick(NodeIndex index, TargetList& candidates, int depth, std::size_t step) {
    const Node& node = forest_.node(index);
    note_candidates(step, node, candidates);
    switch (node.policy) {
        case Policy::weighted:
        case Policy::multivalue: {
            const auto& client = selection_.client(node);
            const auto places = candidates.places();
            candidates.shrink(node.affinity && client
                                  ? rank_by_affinity(node, places, *client)
                                  : draw_sample(node, places, Draw(seed_, index)));
            break;
        }
        case Policy::failover:
        case Policy::geolocation:
        case Policy::geoproximity:
        case Policy::latency:
        case Policy::subnet:
            candidates.shrink(std::min<std::size_t>(candidates.size(), 1));
            break;
        case Policy::simple:
            break;
    }
    for (const auto place : candidates.places()) {
        note_pick(step, index, place);
        const Target& target = target_at(node, place);
        if (target.kind == Target::Kind::node) {
            descend(target.index, depth + 1);
        } else {
            selection_.append(target.index, answer_);
        }
    }
}

// The trace: what was done, written down while it is done.

std::size_t Decision::note(NodeIndex index, int depth, const Candidates& candidates) {
    if (trace_ == nullptr) return 0;
    const Node& node = forest_.node(index);
    const TargetList selected = selection_.selected(index);
    const auto& client = selection_.client(node);
    TraceStep step{.node = &node,
                   .depth = depth,
                   .manner = candidates.manner,
                   .matched = Specificity::none,
                   .placed = asks_for_client(node.policy) && !selection_.match(index).order.empty(),
                   .healthy = candidates.healthy,
                   .required = candidates.required,
                   .targets = {}};
    const auto is_selected = [&](std::size_t place) {
        const auto places = selected.places();
        return std::find(places.begin(), places.end(), place) != places.end();
    };
    const std::size_t count = node.targets.size() + (node.default_target ? 1 : 0);
    for (std::size_t place = 0; place < count; ++place) {
        const Target& target = target_at(node, place);
        auto fate = fate_of(selection_.standing(target));
        if (fate != Fate::no_family && !is_selected(place)) fate = Fate::not_matched;
        step.targets.push_back({.target = &target, .fate = fate, .probability = 0});
        if (client) step.targets.back().latency = forest_.latency(target, *client);
    }
    trace_->steps.push_back(std::move(step));
    return trace_->steps.size() - 1;
}

/// How probable each candidate is. For weighted with several answers: of being drawn first.
void Decision::note_candidates(std::size_t step, const Node& node, const TargetList& candidates) {
    if (trace_ == nullptr || candidates.empty()) return;
    auto& targets = trace_->steps[step].targets;
    const auto count = static_cast<double>(candidates.size());
    switch (node.policy) {
        case Policy::weighted: {
            const Weights weights(node, candidates.places());
            for (const auto place : candidates.places()) {
                const auto weight = weights.of(node.targets[place]);
                targets[place].probability =
                    static_cast<double>(weight) / static_cast<double>(weights.sum);
                if (weight == 0 && targets[place].fate == Fate::eligible) {
                    targets[place].fate = Fate::standby;
                }
            }
            break;
        }
        case Policy::multivalue:
            for (const auto place : candidates.places()) {
                targets[place].probability = std::min(1.0, node.max_answers / count);
            }
            break;
        case Policy::failover:
            note_held_back(targets, node, candidates);
            [[fallthrough]];
        case Policy::geolocation:
        case Policy::geoproximity:
        case Policy::latency:
        case Policy::subnet:
            targets[candidates.places().front()].probability = 1;
            break;
        case Policy::simple:
            break;
    }
}

/// Better targets than the one where the node stands have to wait.
void Decision::note_held_back(std::vector<TraceTarget>& targets, const Node& node,
                              const TargetList& candidates) {
    const Position* const position = selection_.position(node);
    if (position == nullptr || candidates.places().front() != position->place) return;
    for (std::size_t place = 0; place < position->place; ++place) {
        if (targets[place].fate == Fate::eligible) targets[place].fate = Fate::held_back;
    }
}

void Decision::mark_picked(std::size_t step, NodeIndex index, std::size_t place) {
    auto& noted = trace_->steps[step];
    noted.targets[place].fate = Fate::picked;
    const auto policy = forest_.node(index).policy;
    if (policy == Policy::simple) noted.targets[place].probability = 1;
    if (!asks_for_client(policy)) return;
    for (const auto& preference : selection_.match(index).order) {
        if (preference.place == place) noted.matched = preference.specificity;
    }
}

}  // namespace

void decide(const Forest& forest, const Conditions& conditions, const Steering& steering,
            Family family, const Client& client, std::uint64_t seed, Answer& answer, Trace* trace,
            Cnames cnames) {
    answer.clear();
    answer.ttl = steering.ttl;
    if (!forest.facts(steering.root).has(family)) return;
    const Selection selection(forest, conditions, family, client, cnames);
    answer.scope = scope_of(selection, steering);
    Decision(selection, seed, answer, trace).descend(steering.root, 0);
    if (steering.ttl_min) {
        answer.ttl = std::clamp(selection.steady_s(steering.root), *steering.ttl_min, steering.ttl);
    }
}

bool is_same_for_everybody(const Forest& forest, const Steering& steering) {
    const Dependence& depends = forest.facts(steering.root).depends;
    return !depends.client && !depends.random && !steering.ttl_min;
}

std::uint8_t scope_of(const Selection& selection, const Steering& steering) {
    const Forest& forest = selection.forest();
    const NodeFacts& facts = forest.facts(steering.root);
    const Dependence& depends = facts.depends;
    if (depends == Dependence{}) return 0;
    if (selection.conditions().purges && is_same_for_everybody(forest, steering)) return 0;
    const auto& network = selection.client().network;
    if (!network) return 1;
    auto scope = std::max<std::uint8_t>(1, facts.affinity.length(network->family()));
    // Prefixes around one address are nested: the longest is where all nodes agree with themselves.
    for (const auto node : facts.client_nodes) {
        if (forest.node(node).ignores_ecs) continue;  // the same for all that one resolver asks for
        scope = std::max(scope, selection.match(node).length);
    }
    return scope;
}

}  // namespace fairlead::policy
