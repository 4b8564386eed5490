// SPDX-License-Identifier: Apache-2.0

// The targets of a node and the endpoints of a pool: the half of TreeReader that looks downwards.

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "config/rdata.h"
#include "config/tree_reader.h"

namespace fairlead::config {
namespace {

/// The keys of which a target has exactly one.
constexpr auto kForms = std::to_array<std::string_view>(
    {"address", "endpoint", "pool", "use", "policy", "alias", "cname"});

std::vector<std::string_view> forms_of(const Node& mapping) {
    std::vector<std::string_view> found;
    for (std::size_t i = 0; i < mapping.size(); ++i) {
        const auto key = mapping.key(i).text;
        if (std::find(kForms.begin(), kForms.end(), key) != kForms.end()) found.push_back(key);
    }
    return found;
}

/// What may stand in a target of this form: the selector of its parent's policy, and more.
Grammars grammars_of(const Cursor& at, std::string_view form, std::string_view selects) {
    const Grammar selector{Level::target, selects};
    if (form == "address" || form == "alias" || form == "cname") {
        return {selector, {Level::endpoint, selects}};
    }
    if (form != "policy") return selector;
    std::string_view kind;
    for (std::size_t i = 0; i < at.node().size(); ++i) {
        if (at.node().key(i).text == form) kind = at.node().value(i).text;
    }
    const bool known = has_word(find_key(Level::node, form)->words, kind);
    return {selector, {Level::node, known ? kind : std::string_view()}};
}

std::string list_text(const Node& node) {
    std::string text;
    for (const auto& item : node.items())
        text += (text.empty() ? "" : ", ") + std::string(item.text);
    return text;
}

/// What says for whom, or where, a target of this policy is, as an example; empty for policies that
/// do not ask for the client.
std::string_view selector_of(std::string_view policy) {
    if (policy == "geolocation") return "geos: [...]";
    if (policy == "subnet") return "subnets: [...]";
    if (policy == "latency") return "region: ...";
    return policy == "geoproximity" ? "location: {lat: ..., lon: ...}" : "";
}

/// "[EU, AS] ", "[AS 64496] ": what stands before the label of a target that is for some clients.
std::string selector_label(const Fields& fields) {
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (fields.find("geos") != nullptr) add(list_text(fields.find("geos")->node()));
    if (fields.find("european_union") != nullptr) add("European Union");
    if (fields.find("asns") != nullptr) add("AS " + list_text(fields.find("asns")->node()));
    if (fields.find("subnets") != nullptr) add(list_text(fields.find("subnets")->node()));
    if (fields.find("region") != nullptr) add(std::string(fields.find("region")->node().text));
    return text.empty() ? "" : "[" + text + "] ";
}

/// "static.example.net." as operators call a host.
std::string without_dot(const std::string& name) {
    return name.size() > 1 ? name.substr(0, name.size() - 1) : name;
}

}  // namespace

TreeReader::TargetResult TreeReader::read_target(const Cursor& at, std::string_view selects,
                                                 Reference inherited, int number,
                                                 TakenPlaces& taken) {
    if (at.node().is_scalar()) {
        if (const auto key = selector_of(selects); !key.empty()) {
            findings_.add(Rule::missing_selector, at,
                          "a target of policy " + std::string(selects) +
                              " needs a selector; write {" + std::string(key) +
                              ", address: " + std::string(at.node().text) + "}");
        }
        return read_bare_address(at, {.check = inherited});
    }
    if (!at.node().is_mapping()) {
        findings_.add(Rule::wrong_type, at,
                      "expected an address or a mapping, not " + describe(at.node()));
        return std::nullopt;
    }
    const auto forms = forms_of(at.node());
    const auto form = forms.empty() ? std::string_view() : forms.front();
    const auto errors = findings_.errors();
    const Fields fields(at, findings_, grammars_of(at, form, selects));
    const bool misspelt = forms.empty() && findings_.errors() > errors;
    TargetResult target;
    if (forms.size() == 1) {
        target = read_target_form(fields, form, inherited);
    } else if (!misspelt) {
        findings_.add(
            Rule::target_form, at,
            "a target is exactly one of address, alias, cname, endpoint, pool, use and policy, "
            "not " +
                (forms.empty() ? "none of them"
                               : std::string(forms[0]) + " and " + std::string(forms[1])));
    }
    auto selected = target.value_or(policy::Target{});
    read_selector(fields, selects, number, taken, selected);
    if (target) target = std::move(selected);
    return target;
}

TreeReader::TargetResult TreeReader::read_target_form(const Fields& fields, std::string_view form,
                                                      Reference inherited) {
    if (form == "address" || form == "alias" || form == "cname")
        return read_endpoint(fields, {.check = inherited}, nullptr);
    const Cursor* at = fields.find(form);
    if (at == nullptr) return std::nullopt;  // not supported yet, which has been reported
    if (form == "endpoint") return refer_to_endpoint(*at);

    NodeResult node;
    std::string label;
    if (form == "pool") {
        node = refer_to(pools_, *at);
        label = "pool " + std::string(at->node().text);
    } else if (form == "use") {
        node = refer_to(policies_, *at);
        label = "policy " + std::string(at->node().text);
    } else {
        label = fields.at().path();
        label.erase(0, label.rfind('.') + 1);  // "targets[1]", "default"
        node = read_node(fields, label, inherited, false);
    }
    if (!node) return std::nullopt;
    policy::Target target;
    target.kind = policy::Target::Kind::node;
    target.index = *node;
    // A node without a name is known by what it holds: its number changes with those around it.
    if (form == "policy") target.identity = facts(*node).identity;
    target.label = std::move(label);
    return target;
}

void TreeReader::read_selector(const Fields& fields, std::string_view selects, int number,
                               TakenPlaces& taken, policy::Target& target) {
    if (selects == "weighted") {
        target.weight = static_cast<std::uint32_t>(fields.integer("weight"));
    } else if (!selector_of(selects).empty()) {
        target.client = shared(places_.read_selector(fields, selects, number, taken));
        target.label = selector_label(fields) + target.label;
    }
}

/// Thousands of names may be steered by the same few continents.
std::shared_ptr<const policy::ClientSelector> TreeReader::shared(policy::ClientSelector selector) {
    auto& known = selectors_[selector];
    if (!known) known = std::make_shared<const policy::ClientSelector>(std::move(selector));
    return known;
}

TreeReader::TargetResult TreeReader::refer_to_endpoint(const Cursor& at) {
    const auto name = read_text(at, findings_);
    if (!name) return std::nullopt;
    const auto found = endpoints_.find(*name);
    if (found == endpoints_.end() || found->second.pool == nullptr) {
        std::vector<std::string_view> known;
        for (const auto& [endpoint, about] : endpoints_) {
            if (about.pool != nullptr) known.push_back(endpoint);
        }
        std::sort(known.begin(), known.end());  // the same hint every time
        findings_.add(Rule::undefined_endpoint, at,
                      "no pool has an endpoint with the name " + in_quotes(*name) +
                          did_you_mean(*name, known));
        return std::nullopt;
    }
    found->second.pool->used = true;
    if (!found->second.index) return std::nullopt;
    policy::Target target;
    target.index = *found->second.index;
    target.label = std::string(*name);
    return target;
}

TreeReader::TargetResult TreeReader::read_bare_address(const Cursor& at,
                                                       const Inherited& inherited) {
    const auto address = read_address(at, findings_);
    if (!address) return std::nullopt;
    policy::Endpoint endpoint;
    endpoint.name = address->to_string();
    endpoint.state = inherited.state;
    endpoint.labels = inherited.labels;
    add_address(endpoint, *address, inherited.check, {});
    policy::Target target;
    target.label = endpoint.name;
    target.index = builder_.forest.add(std::move(endpoint));
    return target;
}

TreeReader::TargetResult TreeReader::read_endpoint(const Fields& fields, const Inherited& inherited,
                                                   Named* pool) {
    bool complete = fields.has_one_of({"address", "alias", "cname"});
    if (!fields.is_mapping()) return std::nullopt;
    const auto errors = findings_.errors();
    const auto check = checks_.resolve(fields, inherited.check);
    const Cursor* probed_at = fields.find("check_target");
    const auto probed =
        probed_at == nullptr ? CheckTarget{} : read_check_target(*probed_at, findings_);
    policy::Endpoint endpoint;
    for (const auto& item : fields.list("address")) {
        const auto address = read_address(item, findings_);
        if (address) add_address(endpoint, *address, check, probed);
    }
    if (fields.find("alias") != nullptr) read_alias(fields, check, endpoint);
    if (fields.find("cname") != nullptr) read_cname(fields, check, probed, endpoint);
    endpoint.state = policy::state_named(fields.word("state")).value_or(inherited.state);
    endpoint.labels = read_labels(fields, inherited.labels);
    endpoint.name = fields.text("name");
    complete &= findings_.errors() == errors &&
                (endpoint.alias || endpoint.cname || !endpoint.v4.empty() || !endpoint.v6.empty());

    std::optional<policy::EndpointIndex> index;
    const Cursor* name_at = fields.find("name");
    const bool named = name_at != nullptr && !endpoint.name.empty();
    if (endpoint.name.empty() && complete) endpoint.name = name_of(endpoint);
    policy::Target target;
    target.label = endpoint.name;
    if (complete) {
        target.index = builder_.forest.add(endpoint);
        index = target.index;
    }
    if (named) claim_name(*name_at, endpoint, pool, index);
    if (!complete) return std::nullopt;
    return target;
}

std::shared_ptr<const policy::Labels> TreeReader::read_labels(
    const Fields& fields, const std::shared_ptr<const policy::Labels>& around) const {
    const Cursor* const at = fields.find("labels");
    if (at == nullptr) return around;
    auto labels = std::make_shared<policy::Labels>();
    for (const auto& label : fields.named("labels")) {
        const auto name = label.key().text;
        const auto value = read_text(label, findings_);
        if (!is_valid_name(name)) {
            findings_.add_at_key(Rule::bad_name, label,
                                 in_quotes(name) +
                                     " is no label; use letters, digits, '.', '_' "
                                     "and '-'");
        } else if (value && !is_valid_name(*value)) {
            findings_.add(Rule::bad_value, label,
                          in_quotes(*value) +
                              " is no label's value; use letters, digits, '.', "
                              "'_' and '-'");
        } else if (value) {
            labels->emplace(name, *value);
        }
    }
    if (around != nullptr) labels->insert(around->begin(), around->end());
    if (labels->size() > policy::kLabelsMax) {
        findings_.add(Rule::out_of_range, *at,
                      "an endpoint has at most " + std::to_string(policy::kLabelsMax) +
                          " labels, its pool's included; there are " +
                          std::to_string(labels->size()));
    }
    return labels;
}

/// What an endpoint is called that has been given no name.
std::string TreeReader::name_of(const policy::Endpoint& endpoint) const {
    if (endpoint.alias) return builder_.aliases()[endpoint.alias->index].host;
    if (endpoint.cname) return without_dot(endpoint.cname->target);
    const auto& first = endpoint.v4.empty() ? endpoint.v6.front() : endpoint.v4.front();
    return first.address.to_string();
}

void TreeReader::read_alias(const Fields& fields, Reference check, policy::Endpoint& endpoint) {
    const Cursor& at = *fields.find("alias");
    if (fields.find("address") != nullptr) {
        findings_.add_at_key(Rule::superfluous_key, at,
                             "an endpoint has addresses or is an alias; write two endpoints");
    }
    if (const Cursor* probed = fields.find("check_target")) {
        findings_.add_at_key(Rule::superfluous_key, *probed,
                             "each address of an alias is probed itself; take check_target away");
    }
    const auto text = read_text(at, findings_);
    if (!text) return;
    const auto host = host_name(*text);
    if (!host) {
        findings_.add(Rule::bad_value, at,
                      in_quotes(*text) + " is no host name" +
                          (IpAddress::parse(*text) ? "; write address: for an address" : ""));
        return;
    }
    endpoint.alias = builder_.alias(*host, check);
    aliases_written_.try_emplace(endpoint.alias->index,
                                 Place{.node = &at.node(), .path = at.path()});
}

/// A check that probes has to know where, and does not follow a CNAME.
bool TreeReader::needs_check_target(std::uint32_t index) const {
    const checks::HealthCheck& check = builder_.checks()[index];
    if (const auto* made = std::get_if<checks::Calculation>(&check.probe)) {
        return std::any_of(made->children.begin(), made->children.end(),
                           [this](std::uint32_t child) { return needs_check_target(child); });
    }
    const bool reports_in = std::holds_alternative<checks::Heartbeat>(check.probe);
    return !reports_in && !check.check_target && check.check_host.empty();
}

void TreeReader::read_cname(const Fields& fields, Reference check, const CheckTarget& probed,
                            policy::Endpoint& endpoint) {
    const Cursor& at = *fields.find("cname");
    if (fields.find("address") != nullptr || fields.find("alias") != nullptr) {
        findings_.add_at_key(Rule::superfluous_key, at,
                             "a CNAME stands alone; write two endpoints");
    }
    const auto text = read_text(at, findings_);
    if (!text) return;
    auto result = read_rdata({.number = kTypeCname, .mnemonic = "CNAME"}, *text);
    if (!result.rdata) {
        findings_.add(result.rule, at, "CNAME " + in_quotes(*text) + ": " + result.message);
        return;
    }
    policy::Cname cname{.target = DnsName::parse(result.rdata->content)->to_string()};
    if (check && (probed.is_given() || !needs_check_target(*check))) {
        const auto name = without_dot(cname.target);
        cname.subject = builder_.subject({.check = *check,
                                          .address = probed.address.value_or(IpAddress()),
                                          .host = probed.is_given() ? probed.host : name});
    } else if (const Cursor* own = fields.find("health_check"); own != nullptr && check) {
        findings_.add_at_key(Rule::missing_key, *own,
                             "a CNAME has no address to probe; write check_target: for what "
                             "stands for it, " +
                                 in_quotes(without_dot(cname.target)) + " for one");
    }
    endpoint.cname = std::make_shared<const policy::Cname>(std::move(cname));
}

void TreeReader::claim_name(const Cursor& at, const policy::Endpoint& endpoint, Named* pool,
                            std::optional<policy::EndpointIndex> index) {
    const auto name = at.node().text;
    if (!is_valid_name(name) || IpAddress::parse(name)) {
        findings_.add(Rule::bad_name, at,
                      in_quotes(endpoint.name) +
                          " is no name; use letters, digits, '.', '_' and '-', and no address");
        return;
    }
    const auto [first, is_new] =
        endpoints_.emplace(name, NamedEndpoint{.index = index, .where = &at.node(), .pool = pool});
    if (is_new) return;
    findings_.add(Rule::duplicate_endpoint, at,
                  "the endpoint at " + findings_.position(*first->second.where) + " has the name " +
                      in_quotes(name) + " already");
}

void TreeReader::add_address(policy::Endpoint& endpoint, const IpAddress& address, Reference check,
                             const CheckTarget& probed) const {
    policy::EndpointAddress entry{.address = address, .subject = checks::kUnchecked};
    if (check) {
        const auto probed_address =
            probed.is_given() ? probed.address.value_or(IpAddress()) : address;
        entry.subject =
            builder_.subject({.check = *check, .address = probed_address, .host = probed.host});
    }
    (address.is_v4() ? endpoint.v4 : endpoint.v6).push_back(entry);
}

}  // namespace fairlead::config
