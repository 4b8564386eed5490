// SPDX-License-Identifier: Apache-2.0
#include "tests/scenarios/world.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <variant>

#include "backend/protocol/request.h"
#include "checks/health_table.h"
#include "policy/explain.h"
#include "policy/operator_names.h"

namespace fairlead::scenarios {
namespace {

/// What PowerDNS writes: an address without ECS is a network of its own, and what PowerDNS asks for
/// itself comes from nowhere.
std::string request_line(const Question& question) {
    const bool from_nowhere = question.client.empty();
    const auto remote = from_nowhere ? "0.0.0.0" : question.client;
    const auto* whole = remote.find(':') == remote.npos ? "/32" : "/128";
    const auto real = from_nowhere           ? "0.0.0.0/0"
                      : question.ecs.empty() ? remote + whole
                                             : question.ecs;
    return nlohmann::json{{"method", "lookup"},
                          {"parameters",
                           {{"local", "0.0.0.0"},
                            {"qname", question.name},
                            {"qtype", question.type},
                            {"real-remote", real},
                            {"remote", remote},
                            {"zone-id", -1}}}}
        .dump();
}

}  // namespace

World::World(config::Loaded loaded)
    : loaded_(std::move(loaded)),
      health_(*checks::HealthTable(loaded_.catalog->checks(), loaded_.catalog->subjects())
                   .next_snapshot()),
      places_(std::make_unique<Places>(*loaded_.catalog)),
      positions_(loaded_.catalog->forest()) {
    health_.aliases = places_->of.table(true);
    advance();
}

void World::advance() {
    (void)positions_.advance(loaded_.catalog->forest(), conditions(), now_);
}

Result<void> World::resolve(const std::string& alias, const std::vector<std::string>& addresses) {
    const auto& aliases = loaded_.catalog->aliases();
    if (std::ranges::find(aliases, alias, &checks::Alias::host) == aliases.end()) {
        return Error{alias + " is no alias"};
    }
    checks::NameState name{.host = alias};
    for (const auto& text : addresses) {
        const auto address = IpAddress::parse(text);
        if (!address) return Error{text + " is no address"};
        name.of(address->family()).addresses.push_back(*address);
    }
    const auto change = places_->of.update(name);
    const auto forget = [this](checks::SubjectIndex place) {
        health_.evidence[place] = {};
        health_.health[place] = checks::effective(checks::Health::unknown, check_of(place));
    };
    for (const auto& [place, left] : change.left)
        forget(place);
    for (const auto place : change.occupied)
        forget(place);
    health_.aliases = places_->of.table(true);
    advance();
    return boost::system::in_place_value;
}

void World::wait(Duration duration) {
    now_ += duration;
    advance();
}

Result<void> World::set_override(const std::string& target, std::optional<policy::State> state) {
    const auto& forest = loaded_.catalog->forest();
    const auto found = policy::endpoints_named(forest, target);
    if (found.empty()) return Error{policy::nothing_named(forest, target)};
    for (const auto index : found)
        state ? overrides_.set(index, *state) : overrides_.clear(index);
    advance();
    return boost::system::in_place_value;
}

Result<void> World::fail_back(const std::string& path) {
    const auto& forest = loaded_.catalog->forest();
    const auto node = policy::find_failback_node(forest, path);
    if (!node) return Error{"no node with a failback is at " + path};
    (void)positions_.fail_back(forest, *node, now_);
    return boost::system::in_place_value;
}

const checks::HealthCheck& World::check_of(checks::SubjectIndex subject) const {
    return loaded_.catalog->checks()[loaded_.catalog->subjects()[subject].check];
}

Result<std::vector<checks::SubjectIndex>> World::find(const std::string& endpoint,
                                                      const std::string& check) const {
    const auto asked = IpAddress::parse(endpoint);
    const auto& forest = loaded_.catalog->forest();
    bool known = false;
    std::vector<checks::SubjectIndex> found;
    const auto look_at = [&](const policy::EndpointAddress& address, bool named) {
        if (asked ? address.address != *asked : !named) return;
        known = true;
        if (address.subject == checks::kUnchecked || !check_of(address.subject).enabled) return;
        if (!check.empty() && check_of(address.subject).name != check) return;
        if (std::find(found.begin(), found.end(), address.subject) == found.end()) {
            found.push_back(address.subject);
        }
    };
    for (policy::EndpointIndex i = 0; i < forest.endpoint_count(); ++i) {
        const auto& candidate = forest.endpoint(i);
        for (const auto family : {Family::v4, Family::v6}) {
            for (const auto& address : conditions().addresses(candidate, family))
                look_at(address, candidate.name == endpoint);
        }
        if (candidate.cname) {
            look_at({.address = {}, .subject = candidate.cname->subject},
                    candidate.name == endpoint);
        }
    }
    if (!known) return Error{"no endpoint is called " + endpoint + " or has this address"};
    if (found.empty())
        return Error{endpoint + " is not probed" + (check.empty() ? "" : " by " + check)};
    return found;
}

void World::set_verdict(checks::SubjectIndex subject, checks::Health verdict) {
    health_.health[subject] = verdict;
    // Inverting twice gives the measured state: later probes count from there.
    health_.evidence[subject].state = {.health = checks::effective(verdict, check_of(subject))};
    advance();
}

checks::Health World::probe(checks::SubjectIndex subject, bool success) {
    const auto& check = check_of(subject);
    auto& state = health_.evidence[subject].state;
    state = checks::advance(state, success, check.thresholds);
    health_.health[subject] = checks::effective(state.health, check);
    health_.steady_s[subject] = checks::steady_s(check, state);
    advance();
    return health_.health[subject];
}

Result<policy::Reply> World::ask(const Question& question, std::uint64_t seed,
                                 std::string* explanation) const {
    const auto request = backend::parse_request(request_line(question));
    const auto* lookup = std::get_if<backend::Lookup>(&request);
    if (lookup == nullptr) return Error{question.name + " " + question.type + " is no question"};
    const policy::Query query{.name = lookup->name,
                              .type = lookup->type,
                              .zone_id = lookup->zone_id,
                              .client = lookup->client,
                              .seed = seed};
    policy::Reply reply;
    policy::Traces traces;
    policy::lookup(*loaded_.catalog, conditions(), query, reply,
                   explanation == nullptr ? nullptr : &traces);
    if (explanation != nullptr) {
        *explanation = policy::explain(*loaded_.catalog, conditions(), *loaded_.locator, query,
                                       reply, traces, now_);
    }
    return reply;
}

}  // namespace fairlead::scenarios
