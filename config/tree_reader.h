// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pools, policies and the nodes of records as policy trees: from names to indexes.
//
// Pools and policies become one node each, however many refer to them. A health check is inherited
// from the mappings around an endpoint as it is written, not from those that refer to its pool.
// Thread rule: one thread.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "config/findings.h"
#include "config/health_checks.h"
#include "config/places.h"
#include "policy/catalog.h"

namespace fairlead::config {

/// The most addresses that one answer of a node can have.
struct AnswerSize {
    std::uint32_t v4 = 0;
    std::uint32_t v6 = 0;
};

class TreeReader {
  public:
    TreeReader(Findings& findings, policy::CatalogBuilder& builder, HealthChecks& checks,
               Places& places)
        : findings_(findings), builder_(builder), checks_(checks), places_(places) {}
    ~TreeReader() = default;
    TreeReader(const TreeReader&) = delete;
    TreeReader& operator=(const TreeReader&) = delete;

    /// Reads `defaults`, `pools` and `policies`. REQUIRES: both outlive this object.
    void read(const Fields& top, const Fields* defaults);

    /// The node of a record: the one node that has no parent. Nothing after an error.
    /// REQUIRES: `fields` was made with the grammar of Level::node.
    [[nodiscard]] std::optional<policy::NodeIndex> read_root(const Fields& fields,
                                                             std::string label);

    [[nodiscard]] const policy::NodeFacts& facts(policy::NodeIndex node) const {
        return builder_.forest.facts(node);
    }
    [[nodiscard]] AnswerSize answer_size(policy::NodeIndex node) const { return sizes_[node]; }
    /// Where the first node that needs a geography, or a table of latencies, says so; nothing when
    /// there is none.
    struct Place {
        const Node* node = nullptr;
        std::string path;
    };
    [[nodiscard]] const std::optional<Place>& first_geolocation() const {
        return first_geolocation_;
    }
    [[nodiscard]] const std::optional<Place>& first_latency() const { return first_latency_; }

    /// Where each alias is written first, by its index in the builder.
    [[nodiscard]] const std::map<std::uint32_t, Place>& aliases_written() const {
        return aliases_written_;
    }

    /// Warns about pools and policies that nothing refers to.
    void report_unused() const;

  private:
    enum class Progress : std::uint8_t { unread, reading, done };
    /// A pool or policy.
    struct Named {
        explicit Named(const Cursor& where) : at(where) {}
        Cursor at;
        Progress progress = Progress::unread;
        bool used = false;
        std::optional<policy::NodeIndex> node;
    };
    /// The pools, or the policies.
    struct Names {
        std::string_view kind;  // "pool"
        std::string_view key;   // of a target that refers to one
        Rule undefined;
        Rule unused;
        std::unordered_map<std::string_view, Named> nodes{};
        std::vector<std::string_view> order{};  // of the configuration
    };
    struct NamedEndpoint {
        std::optional<policy::EndpointIndex> index;
        const Node* where = nullptr;
        Named* pool = nullptr;  // nullptr for an endpoint written in a target
    };
    using Reference = HealthChecks::Reference;
    /// What an endpoint takes from the mappings around it.
    struct Inherited {
        Reference check;
        policy::State state = policy::State::obey;
        std::shared_ptr<const policy::Labels> labels = nullptr;
    };
    using NodeResult = std::optional<policy::NodeIndex>;
    using TargetResult = std::optional<policy::Target>;

    /// A node as it is put together.
    struct Draft {
        policy::Node node;
        std::vector<Cursor> written;  // where each target stands
        bool complete = true;         // false: an error in it or below it
    };

    void collect(const Fields& top, std::string_view key, Names& into);
    void read_pool(std::string_view name, Named& pool);
    NodeResult read_policy(std::string_view name, Named& policy);
    /// A reference by name, marked as used; reports what is not there.
    NodeResult refer_to(Names& names, const Cursor& at);
    NodeResult refer_to_either(const Cursor& at);

    NodeResult read_node(const Fields& fields, std::string label, Reference inherited,
                         bool is_root);
    void note_needs(const Fields& fields, const policy::Node& node);
    void read_affinity(const Fields& fields, policy::Node& node);
    void read_failback(const Fields& fields, policy::Node& node);
    void read_strict(const Fields& fields, Draft& draft);
    bool is_strict_everywhere(const Fields& fields, const Draft& draft);
    void read_targets(const Fields& fields, Reference check, Draft& draft);
    void read_default(const Fields& fields, Reference check, Draft& draft);
    void read_on_all_unhealthy(const Fields& fields, bool is_root, Draft& draft);
    void apply_default_on_all_unhealthy(Draft& draft);
    void read_fallback(const Cursor& at, Draft& draft);
    [[nodiscard]] std::uint16_t read_max_answers(const Fields& fields, policy::Policy policy) const;

    /// `selects`: the parent's policy, for which the target has a selector; empty for a default.
    TargetResult read_target(const Cursor& at, std::string_view selects, Reference inherited,
                             int number, TakenPlaces& taken);
    TargetResult read_target_form(const Fields& fields, std::string_view form, Reference inherited);
    void read_selector(const Fields& fields, std::string_view selects, int number,
                       TakenPlaces& taken, policy::Target& target);
    std::shared_ptr<const policy::ClientSelector> shared(policy::ClientSelector selector);
    TargetResult refer_to_endpoint(const Cursor& at);

    TargetResult read_bare_address(const Cursor& at, const Inherited& inherited);
    TargetResult read_endpoint(const Fields& fields, const Inherited& inherited, Named* pool);
    void read_alias(const Fields& fields, Reference check, policy::Endpoint& endpoint);
    void read_cname(const Fields& fields, Reference check, const CheckTarget& probed,
                    policy::Endpoint& endpoint);
    [[nodiscard]] bool needs_check_target(std::uint32_t check) const;
    /// Those of the mapping, and those of `around` that it does not have.
    [[nodiscard]] std::shared_ptr<const policy::Labels> read_labels(
        const Fields& fields, const std::shared_ptr<const policy::Labels>& around) const;
    [[nodiscard]] std::string name_of(const policy::Endpoint& endpoint) const;
    void claim_name(const Cursor& at, const policy::Endpoint& endpoint, Named* pool,
                    std::optional<policy::EndpointIndex> index);
    void add_address(policy::Endpoint& endpoint, const IpAddress& address, Reference check,
                     const CheckTarget& probed) const;

    /// Adds the finished node to the forest, with all warnings about it.
    NodeResult finish(const Fields& fields, Draft draft);
    bool is_within_limits(const Fields& fields, const Draft& draft);
    /// Reports, and says no, when a CNAME could be answered together with something else.
    bool leaves_cnames_alone(const Draft& draft);
    void warn_about_min_healthy(const Fields& fields, const Draft& draft);
    void warn_about_same_addresses(const Draft& draft);
    void warn_about_unchecked(const Draft& draft);
    [[nodiscard]] bool can_fail(const policy::Target& target) const;
    [[nodiscard]] AnswerSize size_of(const policy::Target& target) const;
    [[nodiscard]] AnswerSize size_of(const policy::Node& node) const;

    Findings& findings_;
    policy::CatalogBuilder& builder_;
    HealthChecks& checks_;
    Places& places_;

    const Fields* defaults_ = nullptr;
    Reference default_check_;
    std::uint16_t default_max_answers_ = 8;
    std::optional<std::pair<policy::OnAllUnhealthy, policy::NodeIndex>> default_on_all_unhealthy_;
    bool warned_about_default_ = false;

    Names pools_{.kind = "pool",
                 .key = "pool",
                 .undefined = Rule::undefined_pool,
                 .unused = Rule::unused_pool};
    Names policies_{.kind = "policy",
                    .key = "use",
                    .undefined = Rule::undefined_policy,
                    .unused = Rule::unused_policy};
    std::unordered_map<std::string_view, NamedEndpoint> endpoints_;
    std::map<policy::ClientSelector, std::shared_ptr<const policy::ClientSelector>> selectors_;
    std::map<std::uint32_t, Place> aliases_written_;
    std::vector<AnswerSize> sizes_;  // by NodeIndex
    int reading_depth_ = 0;          // policies that are being read inside each other
    std::optional<Place> first_geolocation_;
    std::optional<Place> first_latency_;
};

}  // namespace fairlead::config
