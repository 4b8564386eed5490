// SPDX-License-Identifier: Apache-2.0
#include "config/tree_reader.h"

#include <algorithm>
#include <array>

#include "base/nearest.h"

namespace fairlead::config {
namespace {

using policy::OnAllUnhealthy;
using policy::Policy;

struct PolicyWord {
    std::string_view word;
    Policy policy;
};

constexpr auto kPolicies = std::to_array<PolicyWord>({
    {"simple", Policy::simple},
    {"failover", Policy::failover},
    {"weighted", Policy::weighted},
    {"multivalue", Policy::multivalue},
    {"geolocation", Policy::geolocation},
    {"geoproximity", Policy::geoproximity},
    {"latency", Policy::latency},
    {"subnet", Policy::subnet},
});

std::optional<Policy> policy_named(std::string_view word) {
    for (const auto& known : kPolicies) {
        if (known.word == word) return known.policy;
    }
    return std::nullopt;
}

/// The text of an entry of a mapping, before anything is checked; empty when there is none.
std::string_view peek(const Cursor& at, std::string_view key) {
    if (!at.node().is_mapping()) return {};
    for (std::size_t i = 0; i < at.node().size(); ++i) {
        if (at.node().key(i).text == key) return at.node().value(i).text;
    }
    return {};
}

bool has_key(const Cursor& at, std::string_view key) {
    for (std::size_t i = 0; i < at.node().size(); ++i) {
        if (at.node().key(i).text == key) return true;
    }
    return false;
}

/// The word of `policy:` when it is one of `level`'s, else empty: no key is superfluous then.
std::string_view policy_kind(const Cursor& at, Level level) {
    const auto word = peek(at, "policy");
    if (level == Level::pool && word.empty() && !has_key(at, "policy")) return "weighted";
    return has_word(find_key(level, "policy")->words, word) ? word : std::string_view();
}

OnAllUnhealthy on_all_unhealthy_named(std::string_view word) {
    if (word == "serve_all") return OnAllUnhealthy::serve_all;
    return word == "no_answer" ? OnAllUnhealthy::no_answer : OnAllUnhealthy::fail_up;
}

}  // namespace

void TreeReader::read(const Fields& top, const Fields* defaults) {
    defaults_ = defaults;
    if (defaults != nullptr) {
        default_check_ = checks_.resolve(*defaults, std::nullopt);
        default_max_answers_ = static_cast<std::uint16_t>(defaults->integer("max_answers"));
    }
    collect(top, "pools", pools_);
    collect(top, "policies", policies_);
    for (const auto name : pools_.order)
        read_pool(name, pools_.nodes.find(name)->second);
    for (const auto name : policies_.order)
        read_policy(name, policies_.nodes.find(name)->second);
    const Cursor* at = defaults == nullptr ? nullptr : defaults->find("on_all_unhealthy");
    if (at == nullptr) return;
    Draft draft;
    if (at->node().is_mapping()) {
        read_fallback(*at, draft);
    } else {
        const auto word = read_word(*at, *find_key(Level::defaults, "on_all_unhealthy"), findings_);
        draft.node.on_all_unhealthy = on_all_unhealthy_named(word.value_or("serve_all"));
    }
    default_on_all_unhealthy_ = {draft.node.on_all_unhealthy, draft.node.fallback};
}

void TreeReader::collect(const Fields& top, std::string_view key, Names& into) {
    for (const auto& entry : top.named(key)) {
        const auto name = entry.key().text;
        if (!is_valid_name(name)) {
            findings_.add_at_key(
                Rule::bad_name, entry,
                in_quotes(name) + " is no name; use letters, digits, '.', '_' and '-'");
        }
        into.order.push_back(name);
        into.nodes.emplace(name, Named(entry));
    }
}

void TreeReader::read_pool(std::string_view name, Named& pool) {
    const auto kind = policy_kind(pool.at, Level::pool);
    const Fields fields(pool.at, findings_, Grammar{Level::pool, kind});
    pool.progress = Progress::done;
    if (!fields.is_mapping()) return;
    Draft draft;
    draft.complete = fields.has_required();
    draft.node.label = "pool " + std::string(name);
    const auto policy = policy_named(fields.word("policy"));
    draft.node.policy = policy.value_or(Policy::weighted);
    draft.node.max_answers = read_max_answers(fields, draft.node.policy);
    draft.node.min_healthy = fields.share("min_healthy");
    read_affinity(fields, draft.node);
    const auto state = policy::state_named(fields.word("state"));
    const Inherited inherited{.check = checks_.resolve(fields, default_check_),
                              .state = state.value_or(policy::State::obey),
                              .labels = read_labels(fields, nullptr)};
    for (const auto& item : fields.list("endpoints")) {
        const bool bare = item.node().is_scalar();
        TargetResult target;
        if (bare) {
            target = read_bare_address(item, inherited);
        } else {
            const Fields endpoint(item, findings_, Grammar{Level::endpoint, kind});
            target = read_endpoint(endpoint, inherited, &pool);
            const auto weight = static_cast<std::uint32_t>(endpoint.integer("weight"));
            if (target) target->weight = weight;
        }
        draft.written.push_back(item);
        draft.complete &= target.has_value();
        if (target) draft.node.targets.push_back(std::move(*target));
    }
    draft.complete &= !draft.written.empty();
    pool.node = finish(fields, std::move(draft));
}

TreeReader::NodeResult TreeReader::read_policy(std::string_view name, Named& policy) {
    if (policy.progress == Progress::done) return policy.node;
    if (policy.progress == Progress::reading) {
        findings_.add_at_key(Rule::reference_loop, policy.at, "this policy leads back to itself");
        return std::nullopt;
    }
    if (reading_depth_ >= policy::kDepthMax) {
        findings_.add_at_key(Rule::too_deep, policy.at,
                             "policies use each other more than 16 deep on the way to this one");
        return std::nullopt;
    }
    ++reading_depth_;
    policy.progress = Progress::reading;
    const Fields fields(policy.at, findings_,
                        Grammar{Level::node, policy_kind(policy.at, Level::node)});
    policy.node = read_node(fields, "policy " + std::string(name), default_check_, false);
    policy.progress = Progress::done;
    --reading_depth_;
    return policy.node;
}

TreeReader::NodeResult TreeReader::refer_to(Names& names, const Cursor& at) {
    const auto name = read_text(at, findings_);
    if (!name) return std::nullopt;
    const auto found = names.nodes.find(*name);
    if (found != names.nodes.end()) {
        found->second.used = true;
        return read_policy(*name, found->second);  // of a pool, which has been read, its node
    }
    const Names& others = &names == &pools_ ? policies_ : pools_;
    std::string hint = did_you_mean(*name, names.order);
    if (others.nodes.contains(*name)) {
        hint = ", but a ";
        hint.append(others.kind).append("; write ").append(others.key).append(": ").append(*name);
    }
    findings_.add(names.undefined, at,
                  "there is no " + std::string(names.kind) + " " + in_quotes(*name) + hint);
    return std::nullopt;
}

TreeReader::NodeResult TreeReader::refer_to_either(const Cursor& at) {
    const auto name = at.node().text;
    const bool is_pool = at.node().is_scalar() && pools_.nodes.contains(name);
    const bool is_policy = at.node().is_scalar() && policies_.nodes.contains(name);
    if (is_pool && is_policy) {
        findings_.add(Rule::ambiguous_use, at,
                      in_quotes(name) + " is a pool and a policy; rename one of them");
        return std::nullopt;
    }
    if (is_pool) return refer_to(pools_, at);
    if (is_policy) return refer_to(policies_, at);
    if (!read_text(at, findings_)) return std::nullopt;
    auto known = pools_.order;
    known.insert(known.end(), policies_.order.begin(), policies_.order.end());
    findings_.add(Rule::undefined_policy, at,
                  "there is no pool or policy " + in_quotes(name) + did_you_mean(name, known));
    return std::nullopt;
}

std::optional<policy::NodeIndex> TreeReader::read_root(const Fields& fields, std::string label) {
    return read_node(fields, std::move(label), default_check_, true);
}

TreeReader::NodeResult TreeReader::read_node(const Fields& fields, std::string label,
                                             Reference inherited, bool is_root) {
    if (!fields.is_mapping()) return std::nullopt;
    Draft draft;
    draft.complete = fields.has_required();
    draft.node.label = std::move(label);
    const auto policy = policy_named(fields.word("policy"));
    draft.complete &= policy.has_value();
    draft.node.policy = policy.value_or(Policy::simple);
    // simple asks for no health: nothing below it is probed for its sake.
    const auto check = policy == Policy::simple ? std::nullopt : checks_.resolve(fields, inherited);
    draft.node.max_answers = read_max_answers(fields, draft.node.policy);
    draft.node.min_healthy = fields.share("min_healthy");
    read_targets(fields, check, draft);
    read_affinity(fields, draft.node);
    read_failback(fields, draft.node);
    draft.node.ignores_ecs = fields.word("ecs") == "ignore";
    if (policy && asks_for_client(*policy)) {
        note_needs(fields, draft.node);
        read_default(fields, check, draft);
    }
    read_on_all_unhealthy(fields, is_root, draft);
    read_strict(fields, draft);
    return finish(fields, std::move(draft));
}

/// Measured latencies stand alone; only a location beside them asks where the client is.
void TreeReader::note_needs(const Fields& fields, const policy::Node& node) {
    const Cursor& at = *fields.find("policy");
    const bool by_latency = node.policy == Policy::latency;
    const bool locates = std::any_of(node.targets.begin(), node.targets.end(),
                                     [](const auto& target) { return target.selector().location; });
    const bool by_place = by_latency ? locates : node.policy != Policy::subnet;
    if (by_latency && !first_latency_) first_latency_ = {.node = &at.node(), .path = at.path()};
    if (by_place && !first_geolocation_) {
        first_geolocation_ = {.node = &at.node(), .path = at.path()};
    }
}

std::uint16_t TreeReader::read_max_answers(const Fields& fields, Policy policy) const {
    const auto value = fields.optional_integer("max_answers");
    if (value) return static_cast<std::uint16_t>(*value);
    return policy == Policy::multivalue ? default_max_answers_ : std::uint16_t{1};
}

void TreeReader::read_affinity(const Fields& fields, policy::Node& node) {
    const Cursor* at = fields.find("affinity");
    if (at == nullptr) return;
    if (at->node().is_scalar()) {
        (void)read_word(*at, *find_key(Level::node, "affinity"), findings_);
        return;
    }
    const Fields affinity(*at, findings_, Grammar{Level::affinity});
    if (!affinity.is_mapping()) return;
    (void)affinity.has_required();  // which reports, as does the next
    (void)affinity.word("by");
    node.affinity = policy::Affinity{.v4 = static_cast<std::uint8_t>(affinity.integer("v4")),
                                     .v6 = static_cast<std::uint8_t>(affinity.integer("v6"))};
}

void TreeReader::read_failback(const Fields& fields, policy::Node& node) {
    if (node.policy == policy::Policy::failover) node.path = fields.at().path();
    const Cursor* at = fields.find("failback");
    if (at == nullptr) return;
    if (at->node().is_scalar()) {
        const auto word = read_word(*at, *find_key(Level::node, "failback"), findings_);
        if (word == "manual") node.failback.mode = policy::Failback::Mode::manual;
    } else {
        const Fields failback(*at, findings_, Grammar{Level::failback});
        if (!failback.is_mapping()) return;
        (void)failback.has_required();  // which reports
        node.failback = {.mode = policy::Failback::Mode::after,
                         .after = failback.duration("after")};
    }
}

/// A strict node deals with its own failure: below a root too, where others fail up.
void TreeReader::read_strict(const Fields& fields, Draft& draft) {
    draft.node.strict = fields.boolean("strict");
    const bool by_default = fields.find("on_all_unhealthy") == nullptr;
    if (draft.node.strict && by_default && draft.node.on_all_unhealthy == OnAllUnhealthy::fail_up) {
        draft.node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    }
}

void TreeReader::read_targets(const Fields& fields, Reference check, Draft& draft) {
    const auto kind = fields.find("policy") == nullptr ? std::string_view()
                                                       : policy_kind(fields.at(), Level::node);
    TakenPlaces taken;
    int number = 0;
    for (const auto& item : fields.list("targets")) {
        auto target = read_target(item, kind, check, number++, taken);
        draft.written.push_back(item);
        draft.complete &= target.has_value();
        if (target) draft.node.targets.push_back(std::move(*target));
    }
    draft.complete &= !draft.written.empty();
}

void TreeReader::read_default(const Fields& fields, Reference check, Draft& draft) {
    const Cursor* at = fields.find("default");
    if (at == nullptr) {
        const auto policy = draft.node.policy;
        if (policy == Policy::geoproximity || policy == Policy::latency) return;
        findings_.add(Rule::missing_default, fields.at(),
                      "policy " + std::string(policy::to_string(draft.node.policy)) +
                          " needs a default for the clients that no target is for; "
                          "write \"default: none\" when they shall get no answer");
        draft.complete = false;
        return;
    }
    if (at->node().text == "none") return;
    TakenPlaces taken;
    auto target = read_target(*at, "a default", check, 0, taken);
    draft.complete &= target.has_value();
    draft.node.default_target = std::move(target);
}

void TreeReader::read_on_all_unhealthy(const Fields& fields, bool is_root, Draft& draft) {
    if (is_root) draft.node.on_all_unhealthy = OnAllUnhealthy::serve_all;
    const Cursor* at = fields.find("on_all_unhealthy");
    if (at == nullptr) {
        if (is_root) apply_default_on_all_unhealthy(draft);
        return;
    }
    if (at->node().is_mapping()) {
        read_fallback(*at, draft);
        return;
    }
    const auto word = read_word(*at, *find_key(Level::node, "on_all_unhealthy"), findings_);
    if (!word) return;
    draft.node.on_all_unhealthy = on_all_unhealthy_named(*word);
    if (is_root && *word == "fail_up") {
        findings_.add(Rule::fail_up_at_root, *at,
                      "a record has no parent that could choose again; write serve_all, no_answer "
                      "or {use: NAME}");
    }
}

void TreeReader::apply_default_on_all_unhealthy(Draft& draft) {
    if (!default_on_all_unhealthy_) return;
    draft.node.on_all_unhealthy = default_on_all_unhealthy_->first;
    draft.node.fallback = default_on_all_unhealthy_->second;
}

void TreeReader::read_fallback(const Cursor& at, Draft& draft) {
    const Fields fields(at, findings_, Grammar{Level::fallback});
    if (!fields.has_required()) return;
    const Cursor* use = fields.find("use");
    const auto node = use == nullptr ? std::nullopt : refer_to_either(*use);
    draft.complete &= node.has_value();
    if (!node) return;
    draft.node.on_all_unhealthy = OnAllUnhealthy::use;
    draft.node.fallback = *node;
}

}  // namespace fairlead::config
