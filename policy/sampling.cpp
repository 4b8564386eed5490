// SPDX-License-Identifier: Apache-2.0
#include "policy/sampling.h"

#include <algorithm>

#include "policy/rendezvous.h"

namespace fairlead::policy {
namespace {

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

}  // namespace

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

}  // namespace fairlead::policy
