// SPDX-License-Identifier: Apache-2.0
#include "policy/decide.h"

#include <algorithm>
#include <array>
#include <span>

#include "policy/draw.h"
#include "policy/rendezvous.h"

namespace fairlead::policy {
namespace {

/// Targets of one node by their place in Node::targets; targets.size() stands for the default.
/// On the stack: a decision allocates nothing.
class TargetList {
  public:
    TargetList() = default;
    ~TargetList() = default;
    TargetList(const TargetList& other) { *this = other; }
    /// Copies what is filled, not the two kilobytes that could be.
    TargetList& operator=(const TargetList& other) {
        size_ = other.size_;
        std::copy_n(other.places_.begin(), size_, places_.begin());
        return *this;
    }

    void add(std::size_t place) { places_[size_++] = static_cast<std::uint16_t>(place); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::span<std::uint16_t> places() { return {places_.data(), size_}; }
    [[nodiscard]] std::span<const std::uint16_t> places() const { return {places_.data(), size_}; }
    void shrink(std::size_t size) { size_ = size; }

    template <typename Keep>
    [[nodiscard]] TargetList filtered(Keep keep) const {
        TargetList kept;
        for (const auto place : places()) {
            if (keep(place)) kept.add(place);
        }
        return kept;
    }

  private:
    std::size_t size_ = 0;
    std::array<std::uint16_t, kTargetsMax + 1> places_;  // NOLINT: filled up to size_
};

const Target& target_at(const Node& node, std::size_t place) {
    return place < node.targets.size() ? node.targets[place] : *node.default_target;
}

/// One call of decide(): the inputs, and the answer as it grows.
class Decision {
  public:
    Decision(const Forest& forest, const checks::Snapshot& health, Family family,
             const Client& client, std::uint64_t seed, Answer& answer, Trace* trace)
        : forest_(forest),
          health_(health),
          family_(family),
          client_(client),
          seed_(seed),
          answer_(answer),
          trace_(trace) {}

    void descend(NodeIndex index, int depth);

  private:
    enum class Standing : std::uint8_t { usable, unhealthy, forced_down, drained, no_family };

    /// What the node's health is counted from, and what may be chosen.
    struct Choice {
        TargetList usable;
        std::size_t counted = 0;  // targets that min_healthy is a share of
        [[nodiscard]] bool healthy(const Node& node) const {
            return !usable.empty() && usable.size() >= required(node);
        }
        [[nodiscard]] std::size_t required(const Node& node) const {
            return asks_for_client(node.policy) ? 1 : node.min_healthy.of(counted);
        }
    };

    [[nodiscard]] bool serves(const EndpointAddress& address) const {
        return health_.serves(address.subject);
    }
    [[nodiscard]] Standing standing(const Target& target) const;
    [[nodiscard]] Standing standing(const Endpoint& endpoint) const;
    [[nodiscard]] bool usable(NodeIndex index) const;
    [[nodiscard]] bool has_fallback(const Node& node) const;

    [[nodiscard]] TargetList selected(NodeIndex index) const;
    [[nodiscard]] TargetList all(const Node& node) const;
    [[nodiscard]] TargetList matching(NodeIndex index) const;
    [[nodiscard]] Choice choice(const Node& node, const TargetList& selected) const;
    [[nodiscard]] TargetList last_resort(const Node& node, const TargetList& selected) const;

    void pick(NodeIndex index, TargetList candidates, int depth, std::size_t step);
    void take_all(const Node& node);
    void append(const Endpoint& endpoint);

    [[nodiscard]] std::size_t note(const Node& node, int depth, Manner manner,
                                   const TargetList& selected, const Choice& choice);
    void note_candidates(std::size_t step, const Node& node, const TargetList& candidates);
    void note_pick(std::size_t step, NodeIndex index, std::size_t place);

    const Forest& forest_;
    const checks::Snapshot& health_;
    const Family family_;
    const Client& client_;
    const std::uint64_t seed_;
    Answer& answer_;
    Trace* const trace_;
};

// ---- Is this target able to answer? ------------------------------------------------------------

Decision::Standing Decision::standing(const Endpoint& endpoint) const {
    const auto& addresses = endpoint.addresses(family_);
    if (addresses.empty()) return Standing::no_family;
    switch (endpoint.state) {
        case State::up:
            return Standing::usable;
        case State::down:
            return Standing::forced_down;
        case State::drain:
            return Standing::drained;
        case State::obey:
            break;
    }
    const bool any =
        std::any_of(addresses.begin(), addresses.end(),
                    [this](const EndpointAddress& address) { return serves(address); });
    return any ? Standing::usable : Standing::unhealthy;
}

Decision::Standing Decision::standing(const Target& target) const {
    if (target.kind == Target::Kind::endpoint) return standing(forest_.endpoint(target.index));
    if (!forest_.facts(target.index).has(family_)) return Standing::no_family;
    return usable(target.index) ? Standing::usable : Standing::unhealthy;
}

/// A node that deals with its own total failure never fails in its parent's eyes; only fail_up asks
/// the parent to choose again.
bool Decision::usable(NodeIndex index) const {
    const Node& node = forest_.node(index);
    switch (node.on_all_unhealthy) {
        case OnAllUnhealthy::serve_all:
        case OnAllUnhealthy::no_answer:
            return true;
        case OnAllUnhealthy::use:
            if (has_fallback(node)) return true;
            break;
        case OnAllUnhealthy::fail_up:
            break;
    }
    return node.policy == Policy::simple || choice(node, selected(index)).healthy(node);
}

/// A fallback without an address of this family is no help: as if it had not been written.
bool Decision::has_fallback(const Node& node) const {
    return node.on_all_unhealthy == OnAllUnhealthy::use &&
           forest_.facts(node.fallback).has(family_);
}

// ---- Select, drop the unhealthy
// ------------------------------------------------------------------

/// The targets that are for this client and this family, the preferred first.
TargetList Decision::selected(NodeIndex index) const {
    const Node& node = forest_.node(index);
    if (asks_for_client(node.policy)) return matching(index);
    return all(node);
}

TargetList Decision::all(const Node& node) const {
    TargetList list;
    for (std::size_t i = 0; i < node.targets.size(); ++i) {
        if (forest_.has(node.targets[i], family_)) list.add(i);
    }
    return list;
}

/// The targets that are for this client, the best first, and the default last. Without a default, a
/// node of geoproximity takes its targets in the order of the configuration when nobody knows where
/// the client is.
TargetList Decision::matching(NodeIndex index) const {
    const Node& node = forest_.node(index);
    TargetList list;
    if (client_) {
        for (const auto& preference : forest_.clients(index).find(*client_).order) {
            if (forest_.has(node.targets[preference.place], family_)) list.add(preference.place);
        }
    }
    if (node.default_target && forest_.has(*node.default_target, family_)) {
        list.add(node.targets.size());
    }
    return list.empty() && node.policy == Policy::geoproximity ? all(node) : list;
}

Decision::Choice Decision::choice(const Node& node, const TargetList& selected) const {
    Choice choice;
    for (const auto place : selected.places()) {
        const auto standing = this->standing(target_at(node, place));
        if (standing == Standing::drained) continue;
        ++choice.counted;
        if (standing == Standing::usable) choice.usable.add(place);
    }
    return choice;
}

/// serve_all with nothing healthy: everything counts as healthy, except what an operator has taken
/// out; and that too when there is nothing else at all, for an empty answer is worse.
TargetList Decision::last_resort(const Node& node, const TargetList& selected) const {
    const auto with = [&](Standing wanted) {
        return selected.filtered(
            [&](std::size_t place) { return standing(target_at(node, place)) == wanted; });
    };
    for (const auto standing : {Standing::unhealthy, Standing::drained, Standing::forced_down}) {
        if (auto list = with(standing); !list.empty()) return list;
    }
    return {};
}

// ---- Choose
// ----------------------------------------------------------------------------------------

void Decision::descend(NodeIndex index, int depth) {
    const Node& node = forest_.node(index);
    const TargetList selected = this->selected(index);
    Choice choice = this->choice(node, selected);
    const auto proceed = [&](Manner manner, const TargetList& candidates) {
        const auto step = note(node, depth, manner, selected, choice);
        pick(index, candidates, depth, step);
    };

    if (node.policy == Policy::simple) {
        const auto step = note(node, depth, Manner::normal, selected, choice);
        if (trace_ != nullptr) {
            for (const auto place : selected.places())
                note_pick(step, index, place);
        }
        take_all(node);
    } else if (choice.healthy(node)) {
        proceed(Manner::normal, choice.usable);
    } else if (has_fallback(node)) {
        (void)note(node, depth, Manner::fallback, selected, choice);
        descend(node.fallback, depth + 1);
    } else if (node.on_all_unhealthy == OnAllUnhealthy::no_answer || selected.empty()) {
        (void)note(node, depth, Manner::no_answer, selected, choice);
    } else if (!choice.usable.empty()) {
        // Below min_healthy, yet nobody else is there to answer (a fail_up node is only reached
        // then).
        proceed(Manner::too_few, choice.usable);
    } else {
        proceed(Manner::serve_all, last_resort(node, selected));
    }
}

/// Sums the weights that count: zero weights are standby, and equal among themselves when alone.
struct Weights {
    bool standby = false;  // no candidate has weight
    std::uint64_t sum = 0;

    Weights(const Node& node, std::span<const std::uint16_t> places) {
        for (const auto place : places)
            sum += node.targets[place].weight;
        standby = sum == 0;
        if (standby) sum = places.size();
    }
    [[nodiscard]] std::uint64_t of(const Target& target) const {
        return standby ? 1 : target.weight;
    }
};

/// Which of `places` a draw of weighted falls on.
std::size_t draw_weighted(const Node& node, std::span<const std::uint16_t> places, Draw& draw) {
    const Weights weights(node, places);
    auto left = draw.below(weights.sum);
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto weight = weights.of(node.targets[places[i]]);
        if (left < weight) return i;
        left -= weight;
    }
    return places.size() - 1;  // not reached: `left` started below the sum
}

/// Draws up to max_answers candidates without replacement and moves them to the front. Standbys are
/// not drawn to fill up: they come in only when nobody with weight is left.
std::size_t draw_sample(const Node& node, std::span<std::uint16_t> places, Draw draw) {
    const bool weighted = node.policy == Policy::weighted;
    const bool standby = weighted && Weights(node, places).standby;
    std::size_t chosen = 0;
    for (; chosen < std::min<std::size_t>(node.max_answers, places.size()); ++chosen) {
        const auto rest = places.subspan(chosen);
        if (weighted && Weights(node, rest).standby != standby) break;
        const auto hit = weighted ? draw_weighted(node, rest, draw) : draw.below(rest.size());
        std::swap(rest[0], rest[hit]);
    }
    return chosen;
}

/// Moves the client's targets to the front, in the order in which its hash ranks them.
std::size_t rank_by_affinity(const Node& node, std::span<std::uint16_t> places,
                             const IpAddress& client) {
    const Weights weights(node, places);
    const auto hash = client_hash(client, node.affinity->length(client.family()));
    const auto score = [&](std::uint16_t place) {
        const auto weight = weights.of(node.targets[place]);
        return weight == 0 ? 0 : rendezvous_score(hash, node.targets[place].identity, weight);
    };
    const std::size_t wanted = std::min<std::size_t>(node.max_answers, places.size());
    std::size_t chosen = 0;
    for (; chosen < wanted; ++chosen) {
        const auto best =
            std::max_element(places.begin() + static_cast<std::ptrdiff_t>(chosen), places.end(),
                             [&](std::uint16_t a, std::uint16_t b) { return score(a) < score(b); });
        if (score(*best) == 0) break;  // only standbys are left
        std::swap(places[chosen], *best);
    }
    return chosen;
}

void Decision::pick(NodeIndex index, TargetList candidates, int depth, std::size_t step) {
    const Node& node = forest_.node(index);
    note_candidates(step, node, candidates);
    switch (node.policy) {
        case Policy::weighted:
        case Policy::multivalue:
            candidates.shrink(node.affinity && client_
                                  ? rank_by_affinity(node, candidates.places(), *client_)
                                  : draw_sample(node, candidates.places(), Draw(seed_, index)));
            break;
        case Policy::failover:
        case Policy::geolocation:
        case Policy::geoproximity:
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
            append(forest_.endpoint(target.index));
        }
    }
}

/// simple: all that is below, whatever its health; what an operator took out stays out while there
/// is anything else.
void Decision::take_all(const Node& node) {
    const auto take = [&](bool also_taken_out) {
        for (const auto& target : node.targets) {
            if (target.kind == Target::Kind::node) {
                take_all(forest_.node(target.index));
                continue;
            }
            const Endpoint& endpoint = forest_.endpoint(target.index);
            const bool out = endpoint.state == State::down || endpoint.state == State::drain;
            if (!out || also_taken_out) append(endpoint);
        }
    };
    const auto before = answer_.addresses.size();
    take(false);
    if (answer_.addresses.size() == before) take(true);
}

void Decision::append(const Endpoint& endpoint) {
    const auto& addresses = endpoint.addresses(family_);
    const bool some_serve =
        endpoint.state != State::up &&
        std::any_of(addresses.begin(), addresses.end(),
                    [this](const EndpointAddress& address) { return serves(address); });
    for (const auto& candidate : addresses) {
        if (some_serve && !serves(candidate)) continue;
        auto& found = answer_.addresses;
        if (found.size() >= kAnswersMax) return;
        if (std::find(found.begin(), found.end(), candidate.address) == found.end()) {
            found.push_back(candidate.address);
        }
    }
}

// ---- The trace: what was done, written down while it is done ------------------------------------

std::size_t Decision::note(const Node& node, int depth, Manner manner, const TargetList& selected,
                           const Choice& choice) {
    if (trace_ == nullptr) return 0;
    TraceStep step{.node = &node,
                   .depth = depth,
                   .manner = manner,
                   .matched = Specificity::none,
                   .healthy = choice.usable.size(),
                   .required = choice.required(node),
                   .targets = {}};
    const std::size_t count = node.targets.size() + (node.default_target ? 1 : 0);
    const auto is_in = [](const TargetList& list, std::size_t place) {
        return std::find(list.places().begin(), list.places().end(), place) != list.places().end();
    };
    for (std::size_t place = 0; place < count; ++place) {
        const Target& target = target_at(node, place);
        auto fate = Fate::eligible;
        switch (standing(target)) {
            case Standing::usable:
                break;
            case Standing::unhealthy:
                fate = Fate::unhealthy;
                break;
            case Standing::forced_down:
                fate = Fate::forced_down;
                break;
            case Standing::drained:
                fate = Fate::drained;
                break;
            case Standing::no_family:
                fate = Fate::no_family;
                break;
        }
        if (fate != Fate::no_family && !is_in(selected, place)) fate = Fate::not_matched;
        step.targets.push_back({.target = &target, .fate = fate, .probability = 0});
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
        case Policy::geolocation:
        case Policy::geoproximity:
        case Policy::subnet:
            targets[candidates.places().front()].probability = 1;
            break;
        case Policy::simple:
            break;
    }
}

void Decision::note_pick(std::size_t step, NodeIndex index, std::size_t place) {
    if (trace_ == nullptr) return;
    auto& noted = trace_->steps[step];
    noted.targets[place].fate = Fate::picked;
    const auto policy = forest_.node(index).policy;
    if (policy == Policy::simple) noted.targets[place].probability = 1;
    if (!asks_for_client(policy) || !client_) return;
    for (const auto& preference : forest_.clients(index).find(*client_).order) {
        if (preference.place == place) noted.matched = preference.specificity;
    }
}

}  // namespace

void decide(const Forest& forest, const checks::Snapshot& health, const Steering& steering,
            Family family, const Client& client, std::uint64_t seed, Answer& answer, Trace* trace) {
    answer.clear();
    answer.ttl = steering.ttl;
    answer.scope = scope_of(forest, steering.root, client);
    if (!forest.facts(steering.root).has(family)) return;
    Decision(forest, health, family, client, seed, answer, trace).descend(steering.root, 0);
}

std::uint8_t scope_of(const Forest& forest, NodeIndex root, const Client& client) {
    const NodeFacts& facts = forest.facts(root);
    const Dependence& depends = facts.depends;
    if (!depends.client && !depends.random && !depends.health) return 0;
    if (!client) return 1;
    auto scope = std::max<std::uint8_t>(1, facts.affinity.length(client->family()));
    // Prefixes around one address are nested: the longest is where all nodes agree with themselves.
    for (const auto node : facts.client_nodes) {
        scope = std::max(scope, forest.clients(node).find(*client).length);
    }
    return scope;
}

}  // namespace fairlead::policy
