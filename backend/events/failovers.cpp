// SPDX-License-Identifier: Apache-2.0
#include "backend/events/failovers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "backend/failover_moves.h"
#include "policy/leads.h"
#include "policy/selection.h"

namespace fairlead::backend {
namespace {

using policy::Forest;
using policy::NodeIndex;
using policy::Place;
using policy::Selection;
using policy::Standing;
using policy::Target;

/// Who answers, in both families.
class Looks {
  public:
    explicit Looks(const ServingState& state)
        : forest_(state.catalog->forest()),
          has_asked_(state.health->has_asked()),
          v4_(Selection::for_everybody(forest_, state.conditions(), Family::v4)),
          v6_(Selection::for_everybody(forest_, state.conditions(), Family::v6)) {}

    /// The node's first target that is able to answer. An alias that has not been asked for yet
    /// has the benefit of the doubt.
    [[nodiscard]] std::optional<std::uint16_t> first_usable(NodeIndex node, Family family) const {
        const Selection& selection = family == Family::v4 ? v4_ : v6_;
        const auto& targets = forest_.node(node).targets;
        const auto found = std::ranges::find_if(targets, [&](const Target& target) {
            if (!policy::is_choice(forest_, node, target, family)) return false;
            const Standing standing = selection.standing(target);
            return standing == Standing::usable ||
                   (standing == Standing::unresolved && !has_asked_);
        });
        if (found == targets.end()) return std::nullopt;
        return static_cast<std::uint16_t>(found - targets.begin());
    }

  private:
    const Forest& forest_;
    const bool has_asked_;
    const Selection v4_;
    const Selection v6_;
};

/// The first that can have the family; nothing when less than two can: there is no choice.
std::optional<std::uint16_t> first_of_several(const Forest& forest, NodeIndex node, Family family) {
    std::optional<std::uint16_t> first;
    const auto& targets = forest.node(node).targets;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (!policy::is_choice(forest, node, targets[i], family)) continue;
        if (first) return first;
        first = static_cast<std::uint16_t>(i);
    }
    return std::nullopt;
}

/// Where nodes stood, by path; for those whose targets are still the same.
class Before {
  public:
    Before(const policy::Catalog* catalog, const FailoverPlaces& places) {
        if (catalog == nullptr) return;
        for (const Place& place : *places) {
            const auto identity = catalog->forest().facts(place.node).identity;
            of(place.family)[catalog->forest().node(place.node).path] = {identity, place.place};
        }
    }

    [[nodiscard]] std::optional<std::uint16_t> find(const Forest& forest, NodeIndex node,
                                                    Family family) {
        const auto& known = of(family);
        const auto found = known.find(forest.node(node).path);
        if (found == known.end() || found->second.first != forest.facts(node).identity) {
            return std::nullopt;
        }
        return found->second.second;
    }

  private:
    using ByPath = std::unordered_map<std::string_view, std::pair<std::uint64_t, std::uint16_t>>;
    [[nodiscard]] ByPath& of(Family family) { return family == Family::v4 ? v4_ : v6_; }

    ByPath v4_;
    ByPath v6_;
};

}  // namespace

std::vector<Event> Failovers::update(const ServingState& state) {
    if (state.catalog != catalog_) learn(state);
    if (!state.health->has_asked()) return {};
    const Looks looks(state);
    std::vector<policy::Move> moves;
    std::vector<Place> next;  // empty until one has moved
    for (std::size_t i = 0; i < places_->size(); ++i) {
        const auto& [node, family, place] = (*places_)[i];
        const auto now = looks.first_usable(node, family).value_or(place);
        if (now == place) continue;
        if (next.empty()) next = *places_;
        next[i].place = now;
        moves.push_back({.node = node, .family = family, .from = place, .to = now});
    }
    if (moves.empty()) return {};
    places_ = std::make_shared<const std::vector<Place>>(std::move(next));
    for (const auto& move : moves)
        ++(move.is_return() ? failbacks_ : failovers_);
    return move_events(catalog_->forest(), moves);
}

void Failovers::learn(const ServingState& state) {
    const Forest& forest = state.catalog->forest();
    const Looks looks(state);
    Before before(catalog_.get(), places_);
    std::vector<Place> places;
    for (NodeIndex node = 0; node < forest.node_count(); ++node) {
        const bool returns = !forest.node(node).failback_slot;
        if (forest.node(node).policy != policy::Policy::failover || !returns) continue;
        for (const Family family : kFamilies) {
            const auto first = first_of_several(forest, node, family);
            if (!first) continue;
            auto place = before.find(forest, node, family);
            if (!place) place = looks.first_usable(node, family).value_or(*first);
            places.push_back({.node = node, .family = family, .place = *place});
        }
    }
    places_ = std::make_shared<const std::vector<Place>>(std::move(places));
    catalog_ = state.catalog;
}

}  // namespace fairlead::backend
