// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/responder.h"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "backend/protocol/administration.h"
#include "backend/protocol/search.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using checks::Health;
using nlohmann::json;

/// The reply to one line; checks that it is one line of JSON with a result.
json reply_to(Responder& responder, const ServingState& state, const std::string& line) {
    std::string out;
    auto request = parse_request(line);
    if (std::holds_alternative<Administrative>(request)) {
        NotifiedSerials notified;
        RefusedEdits refused_edits;
        const KeystoreKeeper::State nothing_kept;
        const auto next = administrate(line,
                                       {.state = state,
                                        .kept = nothing_kept,
                                        .notified = notified,
                                        .refused_edits = refused_edits},
                                       out);
        REQUIRE(std::holds_alternative<std::monostate>(next));
    } else {
        responder.respond(std::move(request), state, out);
    }
    REQUIRE(out.find('\n') == out.size() - 1);
    json reply = json::parse(out, nullptr, false);
    REQUIRE(reply.is_object());
    REQUIRE(reply.contains("result"));
    return reply;
}

json lookup(Responder& responder, const ServingState& state, const std::string& name,
            const std::string& type, const std::string& remote = "192.0.2.53") {
    const json request{{"method", "lookup"},
                       {"parameters",
                        {{"qname", name},
                         {"qtype", type},
                         {"remote", remote},
                         {"real-remote", remote + "/32"},
                         {"zone-id", state.catalog->zones().front().id}}}};
    return reply_to(responder, state, request.dump())["result"];
}

json lookup(const ServingState& state, const std::string& name, const std::string& type) {
    Responder responder(1);
    return lookup(responder, state, name, type);
}

std::vector<std::string> contents(const json& records) {
    std::vector<std::string> found;
    for (const auto& record : records)
        found.push_back(record["content"]);
    return found;
}

/// Lines in pairs, a request and the reply it must get; '#' opens a comment.
void replay(const std::string& file, const ServingState& state) {
    std::ifstream in(std::string(FAIRLEAD_SOURCE_DIR) + "/tests/transcripts/" + file);
    REQUIRE(in.is_open());
    Responder responder(1);
    std::string request;
    int replayed = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        if (request.empty()) {
            request = line;
            continue;
        }
        CAPTURE(file, request);
        CHECK(reply_to(responder, state, request) == json::parse(line));
        request.clear();
        ++replayed;
    }
    CHECK(request.empty());
    CHECK(replayed > 5);
}

TEST_CASE("replies are those of the transcripts", "[backend][responder]") {
    replay("all_healthy.jsonl", sample_state(Health::healthy));
    replay("first_target_down.jsonl", sample_state(Health::unhealthy));
}

TEST_CASE("the type is honoured strictly", "[backend][responder]") {
    const auto state = sample_state();
    CHECK(contents(lookup(state, "example.com.", "NS")) ==
          std::vector<std::string>{"ns1.example.com."});
    CHECK(contents(lookup(state, "example.com.", "ANY")).size() == 3);
    CHECK(lookup(state, "www.example.com.", "NS").empty());
    CHECK(lookup(state, "example.com.", "A").empty());
}

TEST_CASE("names match in any case and are answered as they were asked", "[backend][responder]") {
    for (const char* asked : {"wWw.EXAMPLE.com.", R"(ww\119.example.com.)"}) {
        const auto records = lookup(sample_state(), asked, "A");
        REQUIRE(records.size() == 1);
        CHECK(records[0]["qname"] == asked);
    }
}

TEST_CASE("domain ids agree between the zone list and the records", "[backend][responder]") {
    const auto state = sample_state();
    Responder responder(1);
    const json zones = reply_to(responder, state, R"({"method": "getAllDomains"})")["result"];
    REQUIRE(zones.size() == 2);
    for (const json& zone : zones) {
        const json soa = lookup(state, zone["zone"], "SOA");
        REQUIRE(soa.size() == 1);
        CHECK(soa[0]["domain_id"] == zone["id"]);
        CHECK(zone["id"] >= 0);
    }
}

TEST_CASE("of an overlay nothing is told but its names", "[backend][responder]") {
    policy::CatalogBuilder builder;
    builder.add_static(builder.add_overlay(*DnsName::parse("example.com.")),
                       *DnsName::parse("www.example.com."), {"A", 60, "192.0.2.1", true});
    ServingState state = sample_state();
    state.catalog = std::make_shared<policy::Catalog>(std::move(builder).build({}));
    Responder responder(1);
    const auto result = [&](const char* request) {
        return reply_to(responder, state, request)["result"];
    };
    CHECK(result(R"({"method": "getAllDomains"})") == json::array());
    CHECK(result(R"({"method": "getDomainInfo", "parameters": {"name": "example.com."}})") ==
          false);
    CHECK(result(R"({"method": "list", "parameters": {"zonename": "example.com."}})") == false);
    // The id is the other backend's.
    CHECK(contents(result(R"({"method": "lookup", "parameters":
        {"qname": "www.example.com.", "qtype": "A", "zone-id": 17}})")) ==
          std::vector<std::string>{"192.0.2.1"});
}

TEST_CASE("a name that has nothing now still exists", "[backend][responder]") {
    const auto state = sample_state(Health::unhealthy);
    const json gone = lookup(state, "gone.example.com.", "ANY");
    REQUIRE(gone.size() == 1);
    CHECK(gone[0]["qtype"] == "");
    CHECK(gone[0]["content"] == "");
    CHECK(gone[0]["scopeMask"] >= 1);

    const json between = lookup(state, "mail.example.com.", "ANY");
    REQUIRE(between.size() == 1);
    CHECK(between[0]["qtype"] == "");
    CHECK_FALSE(between[0].contains("scopeMask"));

    CHECK(lookup(state, "nosuch.example.com.", "ANY").empty());
}

TEST_CASE("draws follow the weights", "[backend][responder]") {
    const auto state = sample_state();
    Responder responder(42);
    std::map<std::string, int> seen;
    constexpr int kDraws = 10000;
    for (int i = 0; i < kDraws; ++i)
        ++seen[lookup(responder, state, "api.example.com.", "A")[0]["content"]];
    REQUIRE(seen.size() == 2);
    // Binomial with p = 1/2: 5 standard deviations are 250.
    CHECK(std::abs(seen["198.51.100.1"] - kDraws / 2) < 250);
}

TEST_CASE("a zone is listed with all that steered names can answer", "[backend][responder]") {
    const auto state = sample_state(Health::unhealthy);
    Responder responder(1);
    const auto list = [&](const std::string& zone) {
        return reply_to(responder, state,
                        json{{"method", "list"}, {"parameters", {{"zonename", zone}}}}.dump());
    };
    std::multimap<std::string, std::string> records;
    const json whole = list("example.com.");
    for (const auto& record : whole["result"]) {
        CHECK_FALSE(record.contains("scopeMask"));
        CHECK(record["qtype"] != "");
        records.emplace(record["qname"].get<std::string>() + " " + std::string(record["qtype"]),
                        record["content"]);
    }
    CHECK(records.count("www.example.com. A") == 2);
    CHECK(records.count("www.example.com. AAAA") == 1);
    CHECK(records.count("api.example.com. A") == 2);
    CHECK(records.count("app.example.com. A") == 1);
    CHECK(records.count("example.com. SOA") == 1);
    CHECK(records.count("*.dev.example.com. CNAME") == 1);
    CHECK(list("example.org.")["result"].size() == 1);
    CHECK(list("example.net.")["result"] == false);
    CHECK(list("www.example.com.")["result"] == false);
}

TEST_CASE("whatever comes in, one document goes out", "[backend][responder]") {
    const auto state = sample_state();
    Responder responder(1);
    std::minstd_rand random(7);
    const std::string seed =
        R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "www.example.com.", )"
        R"("qtype": "ANY", "real-remote": "192.0.2.53/32", "remote": "192.0.2.53", "zone-id": 0}})";
    for (int round = 0; round < 20000; ++round) {
        std::string line = seed;
        const auto edits = 1 + random() % 4;
        for (unsigned long i = 0; i < edits; ++i) {
            const auto at = random() % line.size();
            switch (random() % 3) {
                case 0:
                    line[at] = static_cast<char>(random());
                    break;
                case 1:
                    line.erase(at, random() % 8);
                    break;
                default:
                    line.insert(at, line.substr(random() % line.size(), random() % 16));
            }
            if (line.empty()) line = "x";
        }
        (void)reply_to(responder, state, line);
    }
}

TEST_CASE("lookups are counted by zone, policy, outcome and endpoint", "[backend][responder]") {
    ServingState state = sample_state();
    const auto ask = [&](const ServingState& now, const std::string& name, const char* type) {
        Responder responder(1);
        (void)lookup(responder, now, name, type);
    };
    state.traffic = std::make_shared<Traffic>(1, *state.catalog);
    ask(state, "www.example.com.", "ANY");         // 192.0.2.1 and 2001:db8::2
    ask(state, "www.example.com.", "TXT");         // nothing of it, whoever asks
    ask(state, "api.example.com.", "AAAA");        // likewise
    ask(state, "example.com.", "SOA");             // static
    ask(state, "no.such.name.example.com.", "A");  // in a zone that was given
    ServingState down = sample_state(Health::unhealthy);
    down.traffic = state.traffic;
    down.catalog = state.catalog;
    ask(down, "www.example.com.", "A");   // 192.0.2.2
    ask(down, "gone.example.com.", "A");  // no_answer

    CHECK(state.traffic->zones() == std::vector<std::uint64_t>{7, 0});
    std::map<std::string, std::uint64_t> outcomes;
    for (const auto& [policy, outcome, count] : state.traffic->outcomes()) {
        if (count > 0) outcomes[std::string(policy) + " " + to_string(outcome)] = count;
    }
    CHECK(outcomes == std::map<std::string, std::uint64_t>{{"failover steered", 2},
                                                           {"failover unanswered", 1},
                                                           {"none no_data", 2},
                                                           {"none no_name", 1},
                                                           {"none static", 1}});
    std::map<std::string, std::uint64_t> answers;
    const auto by_endpoint = state.traffic->endpoints();
    for (policy::EndpointIndex i = 0; i < by_endpoint.size(); ++i)
        answers[state.catalog->forest().endpoint(i).name] += by_endpoint[i];
    CHECK(answers["192.0.2.1"] == 1);
    CHECK(answers["192.0.2.2"] == 2);  // its AAAA, too
    CHECK(answers["198.51.100.1"] == 0);
}

TEST_CASE("answers of last resort are counted as degraded", "[backend][responder]") {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 1);
    const auto check = builder.add_check({.name = "web", .probe = checks::TcpProbe{}});
    const auto subject = builder.subject({check, *IpAddress::parse("192.0.2.1")});
    for (const auto policy : {policy::Policy::multivalue, policy::Policy::simple}) {
        add_sample_steering(builder, std::string(to_string(policy)) + ".example.com.",
                            {.policy = policy,
                             .targets = {sample_target(builder, "192.0.2.1", "", subject)},
                             .max_answers = 8},
                            30);
    }
    ServingState state;
    state.catalog = std::make_shared<policy::Catalog>(std::move(builder).build({}));
    auto health = checks::Snapshot::all_unknown(1);
    health.health[0] = Health::unhealthy;
    state.health = std::make_shared<checks::Snapshot>(std::move(health));
    state.traffic = std::make_shared<Traffic>(1, *state.catalog);
    Responder responder(1);
    (void)lookup(responder, state, "multivalue.example.com.", "A");
    (void)lookup(responder, state, "simple.example.com.", "A");  // which looks at no health
    std::map<std::string, std::uint64_t> outcomes;
    for (const auto& [policy, outcome, count] : state.traffic->outcomes()) {
        if (count > 0) outcomes[std::string(policy) + " " + to_string(outcome)] = count;
    }
    CHECK(outcomes ==
          std::map<std::string, std::uint64_t>{{"multivalue degraded", 1}, {"simple steered", 1}});
    CHECK(state.traffic->endpoints() == std::vector<std::uint64_t>{1, 1});
}

TEST_CASE("what is shown to PowerDNS itself is kept from its caches", "[backend][responder]") {
    // gone has no address now. The query cache would hand what is shown instead to the next client.
    ServingState state = sample_state(Health::unhealthy);
    state.purges = true;
    Responder responder(1);
    const auto asked = [&](const char* remote) {
        const auto records = lookup(responder, state, "gone.example.com.", "ANY", remote);
        REQUIRE(records.size() == 1);
        return records[0];
    };
    const auto for_client = asked("192.0.2.53");
    CHECK(for_client.at("qtype") == "");
    CHECK(for_client.value("scopeMask", 0) == 0);
    const auto for_itself = asked("0.0.0.0");
    CHECK(for_itself.at("content") == "192.0.2.1");
    CHECK(for_itself.value("scopeMask", 0) == 1);
}

/// example.com. with www (192.0.2.1 and 2001:db8::1, checked; then a CNAME), old (192.0.2.1, then a
/// CNAME) and alone (a CNAME, then another).
ServingState state_with_cnames(Health of_192_0_2_1) {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7, true);
    builder.add_static(0, *DnsName::parse("example.com."), {"SOA", 3600, kSoa, true});
    const auto check = builder.add_check({.name = "web", .probe = checks::TcpProbe{}});
    const auto subject = builder.subject({check, *IpAddress::parse("192.0.2.1")});
    const auto cname = [&](const char* target) {
        policy::Endpoint endpoint{.name = target};
        endpoint.cname = std::make_shared<const policy::Cname>(policy::Cname{.target = target});
        return policy::Target{.index = builder.forest.add(std::move(endpoint)), .label = target};
    };
    policy::Endpoint site{.name = "site",
                          .v4 = {{*IpAddress::parse("192.0.2.1"), subject}},
                          .v6 = {{*IpAddress::parse("2001:db8::1"), subject}}};
    const policy::Target both{.index = builder.forest.add(site), .label = "site"};
    using policy::Policy;
    add_sample_steering(
        builder, "www.example.com.",
        {.policy = Policy::failover, .targets = {both, cname("static.example.net.")}}, 30);
    add_sample_steering(builder, "old.example.com.",
                        {.policy = Policy::failover,
                         .targets = {sample_target(builder, "192.0.2.1", "", subject),
                                     cname("static.example.net.")}},
                        30);
    add_sample_steering(builder, "alone.example.com.",
                        {.policy = Policy::failover,
                         .targets = {cname("one.example.net."), cname("two.example.net.")}},
                        30);
    ServingState state;
    state.catalog = std::make_shared<policy::Catalog>(std::move(builder).build({}));
    auto health = checks::Snapshot::all_unknown(state.catalog->subjects().size());
    health.health[0] = of_192_0_2_1;
    state.health = std::make_shared<checks::Snapshot>(std::move(health));
    return state;
}

TEST_CASE("a CNAME is answered to ANY and CNAME, alone", "[backend][responder][cname]") {
    const auto state = state_with_cnames(Health::unhealthy);
    for (const auto* type : {"ANY", "CNAME"}) {
        CHECK(lookup(state, "www.example.com.", type) ==
              json::parse(R"([{"qname":"www.example.com.","qtype":"CNAME",
                               "content":"static.example.net.","ttl":30,"scopeMask":1}])"));
    }
    // Nobody asks for these but PowerDNS itself, which takes every record for one of the type.
    for (const auto* type : {"A", "AAAA", "NS", "SOA", "TXT"})
        CHECK(lookup(state, "www.example.com.", type).empty());
    CHECK(lookup(state, "alone.example.com.", "ANY") ==
          json::parse(R"([{"qname":"alone.example.com.","qtype":"CNAME",
                           "content":"one.example.net.","ttl":30}])"));
    const auto healthy = state_with_cnames(Health::healthy);
    CHECK(contents(lookup(healthy, "www.example.com.", "ANY")) ==
          std::vector<std::string>{"192.0.2.1", "2001:db8::1"});
    CHECK(contents(lookup(healthy, "old.example.com.", "ANY")) ==
          std::vector<std::string>{"192.0.2.1"});
    CHECK(lookup(healthy, "www.example.com.", "CNAME").empty());
}

TEST_CASE("PowerDNS itself sees a name's addresses, or else its CNAME, whatever the health",
          "[backend][responder][cname]") {
    const auto health = GENERATE(Health::healthy, Health::unhealthy);
    const auto state = state_with_cnames(health);
    const auto shown = [&](const std::string& name) {
        Responder responder(1);
        std::string text;
        const json records = lookup(responder, state, name, "ANY", "0.0.0.0");
        for (const auto& record : records) {
            CHECK(record["scopeMask"] == 1);  // nobody's answer
            text += record["qtype"].get<std::string>() + " " +
                    record["content"].get<std::string>() + "; ";
        }
        return text;
    };
    CHECK(shown("www.example.com.") == "A 192.0.2.1; AAAA 2001:db8::1; ");
    CHECK(shown("old.example.com.") == "A 192.0.2.1; ");
    CHECK(shown("alone.example.com.") == "CNAME one.example.net.; ");
}

TEST_CASE("a list and a search have a name's addresses, or else its CNAME",
          "[backend][responder][cname]") {
    const auto state = state_with_cnames(Health::unhealthy);
    Responder responder(1);
    const json request{{"method", "list"},
                       {"parameters", {{"zonename", "example.com."}, {"domain_id", 0}}}};
    std::string text;
    const json listed = reply_to(responder, state, request.dump())["result"];
    for (const auto& record : listed) {
        if (record["qtype"] == "SOA") continue;
        text +=
            record["qname"].get<std::string>() + " " + record["content"].get<std::string>() + "; ";
    }
    CHECK(text ==
          "alone.example.com. one.example.net.; old.example.com. 192.0.2.1; "
          "www.example.com. 192.0.2.1; www.example.com. 2001:db8::1; ");
    CHECK(search(*state.catalog, state.conditions(), "one*", 9).find("one.example.net.") !=
          std::string::npos);
}

}  // namespace
}  // namespace fairlead::backend
