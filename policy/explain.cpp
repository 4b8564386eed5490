// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace fairlead::policy {
namespace {

constexpr std::size_t kPolicyColumn = 12;
constexpr std::size_t kLabelColumn = 28;
constexpr std::size_t kLatencyColumn = 16;
constexpr std::size_t kReasonsMax = 3;  // endpoints named as the cause of a branch's failure

std::string padded(std::string text, std::size_t width) {
    text.append(text.size() < width ? width - text.size() : 1, ' ');
    return text;
}

std::string joined(std::span<const std::string> parts, const char* separator) {
    std::string text;
    for (const auto& part : parts) {
        if (!text.empty()) text += separator;
        text += part;
    }
    return text;
}

std::string percent(double share) {
    const auto tenths = std::lround(share * 1000);
    const auto text = std::to_string(tenths / 10);
    return (tenths % 10 == 0 ? text : text + "." + std::to_string(tenths % 10)) + " %";
}

std::string seconds_since(TimePoint then, TimePoint now) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
    return std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
}

std::string matched_by(Specificity specificity) {
    switch (specificity) {
        case Specificity::none:
            return "no match, or none healthy: the default";
        case Specificity::continent:
            return "matched by continent or region";
        case Specificity::european_union:
            return "matched by European Union";
        case Specificity::country:
            return "matched by country";
        case Specificity::subdivision:
            return "matched by subdivision";
        case Specificity::asn:
            return "matched by AS number";
        case Specificity::subnet:
            return "matched by subnet";
    }
    return "";
}

/// Why a node of policy geoproximity took what it took.
std::string chosen_by_distance(const TraceStep& step) {
    return step.placed ? "the nearest healthy one" : "nobody knows where the client is";
}

/// Why a node of policy latency took what it took.
std::string chosen_by_latency(const TraceStep& step) {
    const auto has_latency = [](const TraceTarget& target) { return target.latency.has_value(); };
    const auto& targets = step.targets;
    if (std::any_of(targets.begin(), targets.end(), has_latency)) {
        const bool by_it = std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
            return target.fate == Fate::picked && has_latency(target);
        });
        return by_it ? "the least latency that is healthy" : "none that is measured is healthy";
    }
    return step.placed ? "no measurement: the nearest healthy one"
                       : "no measurement for this client";
}

/// Why a node has no answer that must have one.
std::string nothing_for_it(const TraceStep& step) {
    const bool unresolved = std::ranges::any_of(
        step.targets, [](const auto& target) { return target.fate == Fate::unresolved; });
    return unresolved ? "nothing is resolved: no answer" : "nothing for this client: no answer";
}

std::string latency_text(const TraceTarget& target) {
    if (!target.target->selector().region) return "";  // the default
    return target.latency ? geo::milliseconds_text(*target.latency) + " ms" : "no measurement";
}

/// One explanation as it is written.
class Explanation {
  public:
    Explanation(const Catalog& catalog, const Conditions& conditions, TimePoint now)
        : forest_(catalog.forest()), catalog_(catalog), conditions_(conditions), now_(now) {}

    void question(const Query& query, const geo::Locator& locator, bool asks_location);
    void nothing_there(const Query& query);
    void statics(const RecordSet& records, const Query& query);
    void decision(Family family, const Steering& steering, const Answer& answer,
                  const Trace& trace);
    void cname(const Query& query, const Reply& reply);
    void placeholder(const Reply& reply);
    void nothing_of_this_type(const Query& query);

    [[nodiscard]] std::string text() && { return std::move(text_); }
    /// Of what has been told so far.
    [[nodiscard]] std::size_t length() const { return text_.size(); }

  private:
    /// Without the blanks that a column leaves at the end.
    void line(const std::string& text) {
        text_ += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
    }
    void step(const TraceStep& step);
    [[nodiscard]] std::string summary(const TraceStep& step) const;
    [[nodiscard]] std::string held(const TraceStep& step) const;
    [[nodiscard]] std::string standing_place(const Node& node) const;
    [[nodiscard]] const Position* position(const Node& node) const;
    [[nodiscard]] std::string waits_for(const TraceStep& step, const Target& target) const;
    [[nodiscard]] std::string fate(const TraceStep& step, const TraceTarget& target) const;
    [[nodiscard]] std::string set_by(const Target& target) const;
    [[nodiscard]] std::string standing(const Target& target) const;
    [[nodiscard]] std::string trouble(const std::string& who, checks::SubjectIndex subject) const;
    [[nodiscard]] std::string unresolved(const Endpoint& endpoint) const;
    void collect_trouble(const Target& target, std::vector<std::string>& found) const;

    const Forest& forest_;
    const Catalog& catalog_;
    const Conditions& conditions_;
    const TimePoint now_;
    Family family_ = Family::v4;  // of the decision that is being told
    std::string text_;
};

void Explanation::question(const Query& query, const geo::Locator& locator, bool asks_location) {
    std::string text = query.name.to_string() + " " + std::string(query.type) + "   ";
    const auto& client = query.client.network;
    if (!client) {
        line(text + "no client (PowerDNS asking for itself)");
        return;
    }
    text += "client " + client->to_string();
    if (asks_location) {
        const geo::Location location = locator.locate(*client);
        const geo::Area area{location.continent, location.country, location.subdivision};
        const Prefix block{client->masked(location.prefix_length), location.prefix_length};
        text += area.continent.empty() ? " at an unknown place" : " at " + area.to_string();
        if (location.asn != 0) text += " in AS" + std::to_string(location.asn);
        text += " (so known for " + block.to_string() + ")";
    }
    if (query.client.resolver && query.client.resolver != client) {
        text += ", asked by " + query.client.resolver->to_string();
    }
    line(text);
}

void Explanation::nothing_there(const Query& query) {
    const Zone* zone = nullptr;
    for (DnsName name = query.name; zone == nullptr; name = name.parent()) {
        zone = catalog_.find_zone(name);
        if (name.is_root()) break;
    }
    if (zone == nullptr) {
        line(
            " no such zone: none of the configured zones holds this name; PowerDNS answers "
            "REFUSED");
        return;
    }
    line(" no such name in zone " + zone->name.to_string() +
         "; PowerDNS looks for a wildcard above it, else answers NXDOMAIN");
}

void Explanation::statics(const RecordSet& records, const Query& query) {
    if (records.is_empty_non_terminal()) line(" no records of its own, only names below it");
    for (const auto& record : records.statics) {
        if (!type_matches(query.type, record.type)) continue;
        line(" " + padded("static", kPolicyColumn) + record.type + " " + record.content +
             "   ttl " + std::to_string(record.ttl) + "   cacheable");
    }
}

std::string Explanation::summary(const TraceStep& step) const {
    switch (step.manner) {
        case Manner::too_few:
            return std::to_string(step.healthy) + " healthy of " + std::to_string(step.required) +
                   " required, but it has to answer";
        case Manner::serve_all:
            return "nothing healthy: serve_all";
        case Manner::fallback:
            return "nothing healthy: uses " + forest_.node(step.node->fallback).label;
        case Manner::no_answer:
            return step.node->on_all_unhealthy == OnAllUnhealthy::no_answer
                       ? "nothing healthy: no_answer"
                       : nothing_for_it(step);
        case Manner::normal:
            break;
    }
    if (step.node->policy == Policy::geoproximity) return chosen_by_distance(step);
    if (step.node->policy == Policy::latency) return chosen_by_latency(step);
    if (asks_for_client(step.node->policy)) return matched_by(step.matched);
    return standing_place(*step.node);
}

/// Why a client's policy looked no further, or not at the client itself.
std::string Explanation::held(const TraceStep& step) const {
    if (!asks_for_client(step.node->policy)) return "";
    const bool holds = step.node->strict && step.matched != Specificity::none;
    return std::string(holds ? ", strict" : "") +
           (step.node->ignores_ecs ? ", of the resolver (ecs: ignore)" : "");
}

/// "at its target 1 since 40 s": where a failover node is kept.
std::string Explanation::standing_place(const Node& node) const {
    const Position* const position = this->position(node);
    if (position == nullptr || position->place == 0) return "";
    return "stays with " + node.targets[position->place].label +
           (position->since == TimePoint{} ? "" : " since " + seconds_since(position->since, now_));
}

const Position* Explanation::position(const Node& node) const {
    if (!node.failback_slot || conditions_.positions == nullptr) return nullptr;
    return &conditions_.positions->of(node, family_);
}

/// What a target waits for that is able to answer, and better than where its node stands.
std::string Explanation::waits_for(const TraceStep& step, const Target& target) const {
    const Failback& failback = step.node->failback;
    if (failback.mode == Failback::Mode::manual) return "waits for a manual failback";
    const auto since =
        position(*step.node)
            ->usable_since[static_cast<std::size_t>(&target - step.node->targets.data())];
    return "fails back in " + seconds_since(now_, since + failback.after);
}

void Explanation::step(const TraceStep& step) {
    const std::string indent(1 + static_cast<std::size_t>(step.depth) * 2, ' ');
    const auto policy = padded(std::string(to_string(step.node->policy)) + " ", kPolicyColumn);
    line(indent + padded(policy + step.node->label, kPolicyColumn + kLabelColumn) + summary(step) +
         held(step));
    const bool by_latency = step.node->policy == Policy::latency;
    for (const auto& target : step.targets) {
        const bool is_default =
            step.node->default_target && target.target == &*step.node->default_target;
        const std::string label = (is_default ? "default " : "") + target.target->label;
        line(indent + (target.fate == Fate::picked ? "  > " : "    ") +
             padded(label, kLabelColumn + kPolicyColumn - 4) +
             (by_latency ? padded(latency_text(target), kLatencyColumn) : "") + fate(step, target));
    }
}

/// Who has set the state that an endpoint is in.
std::string Explanation::set_by(const Target& target) const {
    if (target.kind == Target::Kind::node) return "the state of all in it: ";
    const bool overridden =
        conditions_.overrides != nullptr && conditions_.overrides->of(target.index).has_value();
    return overridden ? "override: " : "state: ";
}

std::string Explanation::fate(const TraceStep& step, const TraceTarget& target) const {
    switch (target.fate) {
        case Fate::picked:
        case Fate::eligible: {
            const auto state = standing(*target.target);
            if (target.probability == 0) return state.empty() ? "healthy" : state;
            const auto share = percent(target.probability);
            return state.empty() ? share : share + "   " + state;
        }
        case Fate::standby:
            return "standby (weight 0)";
        case Fate::unresolved:
        case Fate::unhealthy: {
            const auto why = standing(*target.target);
            return why.empty() ? "unhealthy" : why;
        }
        case Fate::held_back:
            return waits_for(step, *target.target);
        case Fate::forced_down:
            return "DOWN by " + set_by(*target.target) + "down";
        case Fate::drained:
            return "drained by " + set_by(*target.target) + "drain";
        case Fate::no_family:
            return forest_.has_cname(*target.target)
                       ? "left out: a CNAME, and the name has addresses"
                       : "no address of this type";
        case Fate::not_matched:
            return "not for this client";
    }
    return "";
}

/// What is to be said of a target's health: nothing when all is well.
std::string Explanation::standing(const Target& target) const {
    std::vector<std::string> reasons;
    collect_trouble(target, reasons);
    const bool more = reasons.size() > kReasonsMax;
    if (more) reasons.resize(kReasonsMax);
    return joined(reasons, "; ") + (more ? "; ..." : "");
}

void Explanation::collect_trouble(const Target& target, std::vector<std::string>& found) const {
    if (found.size() > kReasonsMax) return;
    if (target.kind == Target::Kind::node) {
        const Node& node = forest_.node(target.index);
        for (const auto& child : node.targets)
            collect_trouble(child, found);
        if (node.default_target) collect_trouble(*node.default_target, found);
        return;
    }
    const Endpoint& endpoint = forest_.endpoint(target.index);
    const auto add = [&](std::string text) {
        if (text.empty()) return;
        if (conditions_.state(forest_, target.index) == State::up) {
            text += ", served by " + set_by(target) + "up";
        }
        found.push_back(std::move(text));
    };
    if (endpoint.cname) return add(trouble(endpoint.cname->target, endpoint.cname->subject));
    if (conditions_.is_unresolved(endpoint)) found.push_back(unresolved(endpoint));
    for (const auto& address : conditions_.addresses(endpoint, family_))
        add(trouble(address.address.to_string(), address.subject));
}

/// Why an alias has no address at all.
std::string Explanation::unresolved(const Endpoint& endpoint) const {
    const std::string& host = catalog_.aliases()[endpoint.alias->index].host;
    if (conditions_.health.names != nullptr) {
        for (const auto& name : *conditions_.health.names) {
            if (name.host == host && !name.problem.empty())
                return "cannot resolve " + host + ": " + name.problem;
        }
    }
    return host + " is not resolved";
}

std::string Explanation::trouble(const std::string& who, checks::SubjectIndex subject) const {
    if (subject == checks::kUnchecked) return "";
    const auto state = conditions_.health.health[subject];
    if (state == checks::Health::healthy) return "";
    if (state == checks::Health::unknown) return who + " unknown, counts as healthy";
    if (conditions_.health.evidence.empty() ||
        conditions_.health.evidence[subject].since == TimePoint{}) {
        return who + " DOWN";
    }
    const checks::Evidence& evidence = conditions_.health.evidence[subject];
    const auto& check = catalog_.checks()[catalog_.subjects()[subject].check];
    return who + " DOWN " + seconds_since(evidence.since, now_) + " (" +
           checks::describe(evidence.last) + (check.invert ? ", inverted" : "") + ")";
}

std::string cacheability(const Dependence& depends, std::uint8_t scope) {
    if (depends == Dependence{}) return "cacheable: nothing it depends on changes";
    if (scope == 0) {
        return std::string("cacheable: PowerDNS is told when ") +
               (!depends.names    ? "health changes it"
                : !depends.health ? "what a name resolves to changes it"
                                  : "health, or what a name resolves to, changes it");
    }
    std::vector<std::string> reasons;
    if (depends.client) reasons.emplace_back("where the client is");
    if (depends.random) reasons.emplace_back("a random draw");
    if (depends.health) reasons.emplace_back("health");
    if (depends.names) reasons.emplace_back("what a name resolves to");
    return "not cacheable by PowerDNS: depends on " + joined(reasons, ", ");
}

void Explanation::decision(Family family, const Steering& steering, const Answer& answer,
                           const Trace& trace) {
    family_ = family;
    const char* const type = address_type(family);
    const NodeFacts& facts = forest_.facts(steering.root);
    if (trace.steps.empty()) {
        line(std::string(" ") + type + ": no endpoint has an address of this type");
        return;
    }
    for (const auto& taken : trace.steps)
        step(taken);
    std::vector<std::string> addresses;
    for (const auto& address : answer.addresses)
        addresses.push_back(address.to_string());
    const std::string records =
        std::string(type) + " " + (addresses.empty() ? "none" : joined(addresses, ", "));
    line(" answer      " + (answer.cname == nullptr ? records : "CNAME " + answer.cname->target) +
         "   ttl " + std::to_string(answer.ttl) +
         (answer.ttl < steering.ttl ? " (by health)" : "") + "   scope " +
         (answer.scope == 0 ? "none" : "/" + std::to_string(answer.scope)) + "   " +
         cacheability(facts.depends, answer.scope));
}

/// Of a name that may be one, what its being so or not means for the question.
void Explanation::cname(const Query& query, const Reply& reply) {
    if (reply.cname() != nullptr) {
        line(" a CNAME is the answer for every type, and nothing stands beside it");
    } else if (!reply.has_address() && !type_matches(query.type, "A") &&
               !type_matches(query.type, "AAAA")) {
        line(" the name has addresses or is a CNAME: ask for A or AAAA to see which");
    }
}

void Explanation::placeholder(const Reply& reply) {
    line(std::string(" the name exists and has nothing to answer: NODATA") +
         (reply.absence_scope == 0 ? "" : ", not kept by PowerDNS's query cache"));
}

void Explanation::nothing_of_this_type(const Query& query) {
    line(" the name exists and has no record of type " + std::string(query.type) + ": NODATA");
}

}  // namespace

std::string explain(const Catalog& catalog, const Conditions& conditions,
                    const geo::Locator& locator, const Query& query, const Reply& reply,
                    const Traces& traces, TimePoint now) {
    Explanation explanation(catalog, conditions, now);
    const auto* steering =
        reply.records != nullptr && reply.records->steering ? &*reply.records->steering : nullptr;
    explanation.question(
        query, locator,
        steering != nullptr && catalog.forest().facts(steering->root).depends.client);
    if (reply.records == nullptr) {
        explanation.nothing_there(query);
        return std::move(explanation).text();
    }
    const std::size_t before = explanation.length();
    explanation.statics(*reply.records, query);
    for (const auto family : kFamilies) {
        if (steering == nullptr || !shows_decision(query.type, reply, family)) continue;
        explanation.decision(family, *steering, reply.of(family), traces.of(family));
    }
    if (steering != nullptr && catalog.forest().facts(steering->root).may_be_cname) {
        explanation.cname(query, reply);
    }
    if (reply.placeholder) explanation.placeholder(reply);
    if (explanation.length() == before) explanation.nothing_of_this_type(query);
    return std::move(explanation).text();
}

}  // namespace fairlead::policy
