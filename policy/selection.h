// SPDX-License-Identifier: Apache-2.0
#pragma once

// The part of a decision that is certain: which targets of a node are for this client, which of
// them are able to answer, and from which of them one will be chosen. What remains is a draw
// (sampling.h).
//
// Pure and allocation-free; thread rule: made on the stack for one question.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ip.h"
#include "policy/client.h"
#include "policy/client_map.h"
#include "policy/conditions.h"
#include "policy/standings.h"
#include "policy/tree.h"

namespace fairlead::policy {

/// Targets of one node by their place in Node::targets; targets.size() stands for the default.
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
    void clear() { size_ = 0; }
    void shrink(std::size_t size) { size_ = size; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::span<std::uint16_t> places() { return {places_.data(), size_}; }
    [[nodiscard]] std::span<const std::uint16_t> places() const { return {places_.data(), size_}; }

  private:
    std::size_t size_ = 0;
    std::array<std::uint16_t, kTargetsMax + 1> places_;  // NOLINT: filled up to size_
};

[[nodiscard]] inline const Target& target_at(const Node& node, std::size_t place) {
    return place < node.targets.size() ? node.targets[place] : *node.default_target;
}

/// What a target has to answer questions for the family with at this moment. Only aliases make a
/// difference to what the forest says.
enum class Presence : std::uint8_t { nothing, unresolved, something };

/// What becomes of endpoints that answer a CNAME: candidates like others, for either family; or
/// left out as if they had nothing, because addresses are answered (see together.h).
enum class Cnames : std::uint8_t { allowed, left_out };

/// How a node came to its candidates.
enum class Manner : std::uint8_t {
    normal,     // from its healthy targets
    too_few,    // below min_healthy, but it must answer: the healthy ones all the same
    serve_all,  // nothing healthy: all count as healthy
    fallback,   // on_all_unhealthy: {use: ...}
    no_answer,  // on_all_unhealthy: no_answer, or nothing is for this client
};

/// What was chosen, as it grows: endpoints, and what they are answered with: addresses, or a CNAME,
/// never both.
struct Chosen {
    std::vector<IpAddress> addresses;
    const Cname* cname = nullptr;          // of the forest
    std::vector<EndpointIndex> endpoints;  // those that gave an address, or the CNAME

    [[nodiscard]] bool empty() const { return addresses.empty() && cname == nullptr; }
};

/// What a caller wants of a node's candidates. To know that a node is healthy, or its first
/// candidate, takes no look at every target.
enum class Extent : std::uint8_t { all, first };

/// From what a node chooses.
struct Candidates {
    Manner manner = Manner::normal;
    TargetList list;           // empty with fallback and no_answer
    std::size_t healthy = 0;   // usable targets that have been looked at: all, or enough of them
    std::size_t required = 0;  // min_healthy among those that count
};

/// What forest, conditions, family and client together determine. The forest, and what the
/// conditions refer to, must outlive it.
class Selection {
  public:
    /// With nobody as client, clients' policies take their default.
    Selection(const Forest& forest, const Conditions& conditions, Family family,
              const Client& client, Cnames cnames = Cnames::allowed)
        : forest_(forest),
          conditions_(conditions),
          family_(family),
          client_(client),
          cnames_(cnames) {}

    /// As if every target were for the client, and every failover node stood at its first.
    [[nodiscard]] static Selection for_everybody(const Forest& forest, const Conditions& conditions,
                                                 Family family);

    /// The targets of the family that are for this client, the preferred first, the default last.
    [[nodiscard]] TargetList selected(NodeIndex index) const;

    /// What the node chooses from once it has been reached. The first alone: the others may be
    /// missing.
    [[nodiscard]] Candidates candidates(NodeIndex index, Extent extent = Extent::all) const;

    [[nodiscard]] Standing standing(const Target& target) const;
    [[nodiscard]] Presence presence(const Target& target) const;
    [[nodiscard]] Presence presence(NodeIndex index) const;

    /// What a chosen endpoint answers: its healthy addresses of the family, or all when none is; or
    /// its CNAME. Those already chosen are left out, what exceeds kAnswersMax, and what cannot
    /// stand beside what was chosen before.
    void append(EndpointIndex endpoint, Chosen& chosen) const;

    /// What policy simple answers: all endpoints below the node, whatever their health; those that
    /// an operator took out only when there is nothing else.
    void append_all(const Node& node, Chosen& chosen) const;

    [[nodiscard]] const Forest& forest() const { return forest_; }
    [[nodiscard]] const Conditions& conditions() const { return conditions_; }
    [[nodiscard]] Family family() const { return family_; }

    [[nodiscard]] const Client& client() const { return client_; }
    /// Where the node sees the client; nothing when nobody asks.
    [[nodiscard]] const std::optional<IpAddress>& client(const Node& node) const {
        return node.ignores_ecs ? client_.resolver : client_.network;
    }
    /// Where a failover node stands that does not fail back by itself; nothing for others.
    [[nodiscard]] const Position* position(const Node& node) const;

    /// What a node that asks for the client has for it; what nobody has, when nobody asks. The last
    /// one is remembered: the scope and the choice are made from the same.
    [[nodiscard]] ClientMap::Match match(NodeIndex index) const;

    /// How long, in seconds, what the checks say will stand of all that the node's answer to this
    /// client is chosen from: the least of the addresses (Snapshot::steady_s); kSteadyForever when
    /// no check has a say.
    [[nodiscard]] std::uint32_t steady_s(NodeIndex index) const;

  private:
    struct Count;

    [[nodiscard]] std::uint32_t steady_s(const Target& target) const;
    [[nodiscard]] bool serves(const EndpointAddress& address) const {
        return conditions_.health.serves(address.subject);
    }
    [[nodiscard]] bool serves(const Endpoint& endpoint) const;
    [[nodiscard]] const std::vector<EndpointAddress>& addresses(EndpointIndex endpoint) const {
        return conditions_.addresses(forest_.endpoint(endpoint), family_);
    }
    /// It belongs to its node's targets: an unresolved one, too.
    [[nodiscard]] bool has(const Target& target) const {
        return presence(target) != Presence::nothing;
    }
    [[nodiscard]] State state(EndpointIndex endpoint) const {
        return conditions_.state(forest_, endpoint);
    }
    /// visit(place), for each of selected(), says whether to go on.
    template <typename Visit>
    void visit_selected(NodeIndex index, Visit&& visit) const;
    /// offer(place) does, too; `some`: one that was offered has something.
    template <typename Offer>
    void offer_by_client(NodeIndex index, const bool& some, Offer&& offer) const;
    template <typename Offer>
    void offer_by_position(const Node& node, Offer&& offer) const;
    [[nodiscard]] bool holds_client(NodeIndex index) const;
    [[nodiscard]] Count count(NodeIndex index, Extent extent, TargetList* usable = nullptr) const;
    [[nodiscard]] Manner settle(NodeIndex index, const Count& count, TargetList& list) const;
    void add_last_resort(NodeIndex index, TargetList& list) const;
    [[nodiscard]] Standing standing_of_present(const Target& target) const;
    [[nodiscard]] Standing standing_of_endpoint(EndpointIndex index) const;
    [[nodiscard]] Standing standing_of_node(NodeIndex index) const;
    [[nodiscard]] Standing find_standing(NodeIndex index) const;
    [[nodiscard]] bool has_fallback(const Node& node) const;
    void append(EndpointIndex endpoint, bool serving_only, Chosen& chosen) const;
    void append_all(const Node& node, bool taken_out_too, Chosen& chosen) const;

    const Forest& forest_;
    const Conditions conditions_;
    const Family family_;
    const Client client_;
    const Cnames cnames_;
    bool for_everybody_ = false;
    mutable std::optional<NodeIndex> matched_;
    mutable ClientMap::Match match_;
};

}  // namespace fairlead::policy
