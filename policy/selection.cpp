// SPDX-License-Identifier: Apache-2.0
#include "policy/selection.h"

namespace fairlead::policy {

/// What a node's health is counted from.
struct Selection::Count {
    std::size_t selected = 0;
    std::size_t usable = 0;
    std::size_t unhealthy = 0;
    std::size_t drained = 0;  // which do not count for min_healthy
    std::size_t required = 0;

    [[nodiscard]] bool healthy() const { return usable > 0 && usable >= required; }
};

// Is this target able to answer?

Selection Selection::for_everybody(const Forest& forest, const Conditions& conditions,
                                   Family family) {
    Selection selection(forest, {conditions.health, conditions.overrides, nullptr}, family, {});
    selection.for_everybody_ = true;
    return selection;
}

bool Selection::serves(const Endpoint& endpoint) const {
    if (endpoint.cname) return conditions_.health.serves(endpoint.cname->subject);
    const auto& addresses = conditions_.addresses(endpoint, family_);
    return std::any_of(addresses.begin(), addresses.end(),
                       [this](const EndpointAddress& address) { return serves(address); });
}

Standing Selection::standing_of_endpoint(EndpointIndex index) const {
    switch (state(index)) {
        case State::up:
            return Standing::usable;
        case State::down:
            return Standing::forced_down;
        case State::drain:
            return Standing::drained;
        case State::obey:
            break;
    }
    return serves(forest_.endpoint(index)) ? Standing::usable : Standing::unhealthy;
}

Standing Selection::standing(const Target& target) const {
    switch (presence(target)) {
        case Presence::nothing:
            return Standing::no_family;
        case Presence::unresolved:
            return Standing::unresolved;
        case Presence::something:
            break;
    }
    return standing_of_present(target);
}

Standing Selection::standing_of_present(const Target& target) const {
    return target.kind == Target::Kind::endpoint ? standing_of_endpoint(target.index)
                                                 : standing_of_node(target.index);
}

Presence Selection::presence(const Target& target) const {
    if (target.kind == Target::Kind::node) return presence(target.index);
    const Endpoint& endpoint = forest_.endpoint(target.index);
    if (endpoint.cname) {
        return cnames_ == Cnames::allowed ? Presence::something : Presence::nothing;
    }
    if (!conditions_.addresses(endpoint, family_).empty()) return Presence::something;
    return conditions_.is_unresolved(endpoint) ? Presence::unresolved : Presence::nothing;
}

/// Nearly always the forest knows. A strict node has what it has for the clients it holds, even if
/// that is nothing: they are not to look elsewhere. A fallback stands in for what is not resolved.
Presence Selection::presence(NodeIndex index) const {
    const NodeFacts& facts = forest_.facts(index);
    const bool cnames = cnames_ == Cnames::allowed && facts.has_cname;
    if (!cnames && !facts.has_address(family_)) return Presence::nothing;
    if (cnames || facts.surely_has_address(family_) || holds_client(index)) {
        return Presence::something;
    }
    const Node& node = forest_.node(index);
    auto best = node.default_target ? presence(*node.default_target) : Presence::nothing;
    for (const auto& target : node.targets) {
        if (best == Presence::something) return best;
        best = std::max(best, presence(target));
    }
    return best == Presence::unresolved && has_fallback(node) ? Presence::something : best;
}

/// What depends on the client, or on whether CNAMEs are allowed, is found out each time.
Standing Selection::standing_of_node(NodeIndex index) const {
    KnownStandings* const known = conditions_.known;
    if (known == nullptr) return find_standing(index);
    if (const auto standing = known->of(index, family_)) return *standing;
    const Standing standing = find_standing(index);
    const NodeFacts& facts = forest_.facts(index);
    const bool asks = !facts.client_nodes.empty() || facts.strict_below;
    if (!asks && !facts.may_be_cname) known->learn(index, family_, standing);
    return standing;
}

/// A node that deals with its own total failure never fails in its parent's eyes; only fail_up asks
/// the parent to choose again. But a node that has nothing for this client, or nothing that an
/// operator has not taken out, has not failed: there is nothing it could deal with. A strict node
/// deals with everything that befalls the clients it holds.
Standing Selection::find_standing(NodeIndex index) const {
    const Node& node = forest_.node(index);
    if (node.policy == Policy::simple || holds_client(index)) return Standing::usable;
    const Count count = this->count(index, Extent::first);
    if (count.healthy()) return Standing::usable;
    if (count.selected == 0) return Standing::unhealthy;
    if (has_fallback(node)) return Standing::usable;
    if (count.usable == 0 && count.unhealthy == 0) {
        return count.drained > 0 ? Standing::drained : Standing::forced_down;
    }
    const bool fails_up = node.on_all_unhealthy == OnAllUnhealthy::fail_up ||
                          node.on_all_unhealthy == OnAllUnhealthy::use;
    return fails_up ? Standing::unhealthy : Standing::usable;
}

/// A fallback without an address of this family is no help: as if it had not been written.
bool Selection::has_fallback(const Node& node) const {
    return node.on_all_unhealthy == OnAllUnhealthy::use &&
           presence(node.fallback) == Presence::something;
}

// Which targets are for this client?

TargetList Selection::selected(NodeIndex index) const {
    TargetList list;
    visit_selected(index, [&](std::size_t place) {
        list.add(place);
        return true;
    });
    return list;
}

/// Of most nodes the forest knows that every target has something for the family.
template <typename Visit>
void Selection::visit_selected(NodeIndex index, Visit&& visit) const {
    const Node& node = forest_.node(index);
    const bool each_has = forest_.facts(index).each_surely_has(family_);
    bool some = false;
    const auto offer = [&](std::size_t place) {
        if (!each_has && !has(target_at(node, place))) return true;
        some = true;
        return visit(place);
    };
    if (!asks_for_client(node.policy)) return offer_by_position(node, offer);
    offer_by_client(index, some, offer);
}

const Position* Selection::position(const Node& node) const {
    if (!node.failback_slot || conditions_.positions == nullptr) return nullptr;
    return &conditions_.positions->of(node, family_);
}

/// The target where a failover node stands first, then the others in their order.
template <typename Offer>
void Selection::offer_by_position(const Node& node, Offer&& offer) const {
    const std::size_t count = node.targets.size();
    const Position* const position = this->position(node);
    const std::size_t first = position == nullptr ? count : position->place;
    if (first < count && !offer(first)) return;
    for (std::size_t i = 0; i < count; ++i) {
        if (i != first && !offer(i)) return;
    }
}

/// Without a default, a node of geoproximity or latency takes its targets in the order of the
/// configuration when nobody knows where the client is. A strict node has no more than the
/// narrowest match, in whatever families: that it has no address of the asked one is no reason to
/// look elsewhere.
template <typename Offer>
void Selection::offer_by_client(NodeIndex index, const bool& some, Offer&& offer) const {
    const Node& node = forest_.node(index);
    const std::span<const Preference> order = match(index).order;
    for (const auto& preference : order) {
        if (node.strict && !preference.is_as_narrow_as(order.front())) break;
        if (!offer(preference.place)) return;
    }
    if (node.strict && !order.empty()) return;
    const auto offer_all = [&] {
        for (std::size_t i = 0; i < node.targets.size(); ++i) {
            if (!offer(i)) return false;
        }
        return true;
    };
    if (for_everybody_ && !offer_all()) return;
    if (node.default_target && !offer(node.targets.size())) return;
    const bool takes_anyone = node.policy == Policy::geoproximity || node.policy == Policy::latency;
    if (!some && takes_anyone) offer_all();
}

ClientMap::Match Selection::match(NodeIndex index) const {
    const auto& client = this->client(forest_.node(index));
    if (!client) return {};
    if (matched_ != index) match_ = forest_.clients(index).find(*client);
    matched_ = index;
    return match_;
}

/// A strict node, some target of which is for the client.
bool Selection::holds_client(NodeIndex index) const {
    const Node& node = forest_.node(index);
    if (!node.strict) return false;
    return !match(index).order.empty();
}

// From which of them is one chosen?

/// With Extent::first it ends once it is sure that the node is healthy; with all it counts on.
Selection::Count Selection::count(NodeIndex index, Extent extent, TargetList* usable) const {
    const Node& node = forest_.node(index);
    const bool one_is_enough = asks_for_client(node.policy);
    const bool each_has = forest_.facts(index).each_surely_has(family_);
    // min_healthy is of those that count, who are no more than these.
    const std::size_t enough = extent == Extent::all ? kTargetsMax + 2
                               : one_is_enough       ? 1
                                                     : node.min_healthy.of(node.targets.size());
    Count count;
    visit_selected(index, [&](std::size_t place) {
        ++count.selected;
        const Target& target = target_at(node, place);
        const auto standing = each_has ? standing_of_present(target) : this->standing(target);
        if (standing == Standing::usable) {
            ++count.usable;
            if (usable != nullptr) usable->add(place);
            return count.usable < enough;
        }
        if (standing == Standing::drained) ++count.drained;
        if (standing == Standing::unhealthy || standing == Standing::unresolved) ++count.unhealthy;
        return true;
    });
    count.required = one_is_enough ? 1 : node.min_healthy.of(count.selected - count.drained);
    return count;
}

Candidates Selection::candidates(NodeIndex index, Extent extent) const {
    Candidates found;
    const Count count = this->count(index, extent, &found.list);
    found.healthy = count.usable;
    found.required = count.required;
    found.manner = settle(index, count, found.list);
    return found;
}

/// `list` has the usable ones, and has what the node chooses from afterwards.
Manner Selection::settle(NodeIndex index, const Count& count, TargetList& list) const {
    const Node& node = forest_.node(index);
    if (node.policy == Policy::simple) {
        list = selected(index);
        return Manner::normal;
    }
    if (count.healthy()) return Manner::normal;
    const bool fallback = count.selected > 0 && has_fallback(node);
    if (fallback || count.selected == 0 || node.on_all_unhealthy == OnAllUnhealthy::no_answer) {
        list.clear();
        return fallback ? Manner::fallback : Manner::no_answer;
    }
    // It must answer: a node that fails up is only reached unhealthy when its parent has no better.
    if (!list.empty()) return Manner::too_few;
    add_last_resort(index, list);
    return list.empty() ? Manner::no_answer : Manner::serve_all;
}

/// Everything counts as healthy, except what an operator has taken out; and that too when there is
/// nothing else at all, for an empty answer is worse.
void Selection::add_last_resort(NodeIndex index, TargetList& list) const {
    const Node& node = forest_.node(index);
    for (const auto wanted : {Standing::unhealthy, Standing::drained, Standing::forced_down}) {
        visit_selected(index, [&](std::size_t place) {
            if (standing(target_at(node, place)) == wanted) list.add(place);
            return true;
        });
        if (!list.empty()) break;
    }
}

// What do the chosen ones answer?

void Selection::append(EndpointIndex endpoint, Chosen& chosen) const {
    const bool some_serve = state(endpoint) != State::up && serves(forest_.endpoint(endpoint));
    append(endpoint, some_serve, chosen);
}

void Selection::append(EndpointIndex endpoint, bool serving_only, Chosen& chosen) const {
    if (const auto& cname = forest_.endpoint(endpoint).cname) {
        if (cnames_ == Cnames::left_out || !chosen.empty()) return;
        chosen.cname = cname.get();
        return chosen.endpoints.push_back(endpoint);
    }
    if (chosen.cname != nullptr) return;
    auto& answer = chosen.addresses;
    const auto before = answer.size();
    for (const auto& candidate : addresses(endpoint)) {
        if (answer.size() >= kAnswersMax) break;
        if (serving_only && !serves(candidate)) continue;
        if (std::find(answer.begin(), answer.end(), candidate.address) == answer.end())
            answer.push_back(candidate.address);
    }
    if (answer.size() > before) chosen.endpoints.push_back(endpoint);
}

void Selection::append_all(const Node& node, Chosen& chosen) const {
    append_all(node, false, chosen);
    if (chosen.empty()) append_all(node, true, chosen);
}

void Selection::append_all(const Node& node, bool taken_out_too, Chosen& chosen) const {
    const auto take = [&](const Target& target) {
        if (target.kind == Target::Kind::node) {
            return append_all(forest_.node(target.index), taken_out_too, chosen);
        }
        const State wanted = state(target.index);
        const bool out = wanted == State::down || wanted == State::drain;
        if (!out || taken_out_too) append(target.index, false, chosen);
    };
    for (const auto& target : node.targets)
        take(target);
    if (node.default_target) take(*node.default_target);
}

// For how long?

std::uint32_t Selection::steady_s(NodeIndex index) const {
    const Node& node = forest_.node(index);
    std::uint32_t least = checks::kSteadyForever;
    if (node.policy == Policy::simple) return least;
    const TargetList selected = this->selected(index);
    for (const auto place : selected.places())
        least = std::min(least, steady_s(target_at(node, place)));
    return has_fallback(node) ? std::min(least, steady_s(node.fallback)) : least;
}

std::uint32_t Selection::steady_s(const Target& target) const {
    if (target.kind == Target::Kind::node) return steady_s(target.index);
    std::uint32_t least = checks::kSteadyForever;
    if (state(target.index) != State::obey) return least;
    const Endpoint& endpoint = forest_.endpoint(target.index);
    if (endpoint.cname) return conditions_.health.steady_s_of(endpoint.cname->subject);
    for (const auto& address : addresses(target.index)) {
        least = std::min(least, conditions_.health.steady_s_of(address.subject));
    }
    return least;
}

}  // namespace fairlead::policy
