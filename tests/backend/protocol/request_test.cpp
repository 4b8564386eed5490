// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/request.h"

#include <random>
#include <vector>

#include "backend/protocol/usual_lookup.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

Refused::Reason reason_for(const std::string& line) {
    const Request request = parse_request(line);
    CAPTURE(line);
    REQUIRE(std::holds_alternative<Refused>(request));
    return std::get<Refused>(request).reason;
}

Lookup lookup_in(const std::string& line) {
    const Request request = parse_request(line);
    CAPTURE(line);
    REQUIRE(std::holds_alternative<Lookup>(request));
    return std::get<Lookup>(request);
}

std::string lookup_with(const std::string& members) {
    return R"({"method": "lookup", "parameters": {"qname": "a.", "qtype": "A")" +
           (members.empty() ? "" : ", " + members) + "}}";
}

std::string client_of(const std::string& remote, const std::string& real_remote) {
    const auto client = lookup_in(lookup_with(R"("remote": ")" + remote + R"(", "real-remote": ")" +
                                              real_remote + "\""))
                            .client.network;
    return client ? client->to_string() : "none";
}

TEST_CASE("a lookup is read as PowerDNS writes it", "[backend][request]") {
    const auto lookup = lookup_in(
        R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": "WWW.example.com.", )"
        R"("qtype": "ANY", "real-remote": "203.0.113.77/24", "remote": "192.0.2.53", "zone-id": 7}})"
        "\n");
    CHECK(lookup.name == DnsName::parse("www.example.com."));
    CHECK(lookup.type == "ANY");
    CHECK(lookup.zone_id == 7);
    CHECK(lookup.client.network == IpAddress::parse("203.0.113.0"));
    CHECK(lookup.client.resolver == IpAddress::parse("192.0.2.53"));
}

TEST_CASE("every method has its request", "[backend][request]") {
    const auto is = [](const std::string& line, auto kind) {
        CAPTURE(line);
        CHECK(std::holds_alternative<decltype(kind)>(parse_request(line)));
    };
    is(R"({"method": "initialize", "parameters": {"path": "/run/x.sock"}})", Initialize{});
    is(R"({"method": "initialize"})", Initialize{});
    is(R"({"method": "getAllDomains", "parameters": {"include_disabled": true}})", GetAllDomains{});
    is(R"({"method": "getDomainInfo", "parameters": {"name": "example.com."}})", GetDomainInfo{});
    is(R"({"method": "getAllDomainMetadata", "parameters": {"name": "example.com."}})",
       Administrative{});
    is(R"({"method": "getDomainKeys", "parameters": {"name": "example.com."}})", Administrative{});
    is(R"({"method": "APILookup", "parameters": {"include-disabled": true, "qname": "a.", )"
       R"("qtype": "ANY", "zone-id": 0}})",
       ApiLookup{});
    is(R"({"method": "list", "parameters": {"domain_id": 1, "zonename": "example.com."}})", List{});
    is(R"({"method": "feedRecord", "parameters": {"rr": {"auth": true}, "trxid": 5}})",
       Unsupported{});
}

TEST_CASE("the client is the ECS network, else the resolver, else nobody", "[backend][request]") {
    CHECK(client_of("192.0.2.1", "192.0.2.1/32") == "192.0.2.1");
    CHECK(client_of("192.0.2.1", "203.0.113.255/20") == "203.0.112.0");
    CHECK(client_of("192.0.2.1", "2001:db8::ffff/56") == "2001:db8::");
    CHECK(client_of("fe80::1%eth0", "fe80::1/128") == "fe80::1");
    // Source length 0: the network is not to be used, the resolver is still there.
    CHECK(client_of("192.0.2.1", "0.0.0.0/0") == "192.0.2.1");
    CHECK(client_of("2001:db8::1", "::/0") == "2001:db8::1");
    // PowerDNS asking for itself.
    CHECK(client_of("0.0.0.0", "0.0.0.0/0") == "none");
    CHECK(client_of("::", "::/0") == "none");
    // Unreadable addresses cost the client, never the answer.
    CHECK(client_of("", "") == "none");
    CHECK(client_of("resolver", "192.0.2.1/32") == "none");
    CHECK(client_of("192.0.2.1", "192.0.2.1/33") == "192.0.2.1");
    CHECK(lookup_in(lookup_with("")).client == policy::Client());
    CHECK(lookup_in(lookup_with(R"("remote": 5, "real-remote": [])")).client == policy::Client());
}

TEST_CASE("a zone id that is no integer is unknown", "[backend][request]") {
    CHECK(lookup_in(lookup_with("")).zone_id == -1);
    CHECK(lookup_in(lookup_with(R"("zone-id": -1)")).zone_id == -1);
    CHECK(lookup_in(lookup_with(R"("zone-id": 3)")).zone_id == 3);
    CHECK(lookup_in(lookup_with(R"("zone-id": "3")")).zone_id == -1);
    CHECK(lookup_in(lookup_with(R"("zone-id": 18446744073709551615)")).zone_id == -1);
    CHECK(lookup_in(lookup_with(R"("zone-id": 1.5)")).zone_id == -1);
}

TEST_CASE("names can hold every byte", "[backend][request]") {
    const auto name = [](const std::string& text) {
        return lookup_in(R"({"method":"lookup","parameters":{"qtype":"A","qname":")" + text +
                         "\"}}")
            .name;
    };
    CHECK(name(R"(a\\.b\\\\c\\000\\255.)").to_string() == "a\\.b\\\\c\\000\\255.");
    CHECK(name(R"(\u0000.)").to_string() == "\\000.");
    CHECK(name(".").is_root());
}

TEST_CASE("what is no request is refused by its kind", "[backend][request]") {
    using Reason = Refused::Reason;
    for (const char* line :
         {"", "\r", "{", "}", "lookup", "{\"method\": \"lookup\"", R"({"method": "x"} {})",
          R"({"method": "x",})", "{'method': 'x'}", "\xff\xfe", "{\"method\": \"\xc3\x28\"}",
          "{\"method\": \"a\nb\"}", R"({"method": "\ud800"})", "1e999"}) {
        CHECK(reason_for(line) == Reason::not_json);
    }
    for (const char* line :
         {"[]", "null", "5", "\"lookup\"", "{}", R"({"method": 5})", R"({"method": null})",
          R"({"method": ["lookup"]})", R"([{"method": "lookup"}])",
          R"({"parameters": {"method": "list"}})", R"({"method": "lookup", "method": {}})"}) {
        CHECK(reason_for(line) == Reason::no_method);
    }
    for (const char* line :
         {R"({"method": "lookup"})", R"({"method": "lookup", "parameters": []})",
          R"({"method": "lookup", "parameters": {"qtype": "A"}})",
          R"({"method": "lookup", "parameters": {"qname": "a."}})",
          R"({"method": "lookup", "parameters": {"qname": "a.", "qtype": ""}})",
          R"({"method": "lookup", "parameters": {"qname": "a.", "qtype": 1}})",
          R"({"method": "lookup", "parameters": {"qname": "a..b.", "qtype": "A"}})",
          R"({"method": "lookup", "parameters": {"qname": "\\256.", "qtype": "A"}})",
          R"({"method": "lookup", "parameters": {"qname": ["a."], "qtype": "A"}})",
          R"({"method": "lookup", "parameters": [{"qname": "a.", "qtype": "A"}]})",
          R"({"method": "lookup", "parameters": {"x": {"qname": "a.", "qtype": "A"}}})",
          R"({"method": "lookup", "x": {"qname": "a.", "qtype": "A"}})",
          R"({"method": "lookup", "parameters": {"qname": "a.", "qtype": "A"}, "parameters": 1})",
          R"({"method": "getDomainInfo", "parameters": {"name": false}})",
          R"({"method": "list", "parameters": {"zonename": null}})"}) {
        CHECK(reason_for(line) == Reason::bad_parameters);
    }
}

TEST_CASE("of two members with one name the last counts", "[backend][request]") {
    const auto lookup = lookup_in(
        R"({"method": "list", "parameters": {"qname": "x.", "zone-id": 9}, "method": "lookup",)"
        R"( "parameters": {"qname": "a.", "qname": "b.", "qtype": "A"}})");
    CHECK(lookup.name == DnsName::parse("b."));
    CHECK(lookup.zone_id == -1);
}

TEST_CASE("members after nested values are still read", "[backend][request]") {
    const auto lookup = lookup_in(
        R"({"x": [{"parameters": {"qname": "no."}}], "parameters": {"y": {"qname": "no."},)"
        R"( "z": [[1]], "qname": "a.", "qtype": "A"}, "method": "lookup"})");
    CHECK(lookup.name == DnsName::parse("a."));
}

TEST_CASE("nesting without end is read without a stack", "[backend][request]") {
    const std::size_t depth = 1'000'000;
    const std::string open(depth, '[');
    const std::string closed = open + std::string(depth, ']');
    CHECK(reason_for(open) == Refused::Reason::not_json);
    CHECK(reason_for(closed) == Refused::Reason::no_method);
    CHECK(std::holds_alternative<Initialize>(
        parse_request(R"({"x": )" + closed + R"(, "method": "initialize"})")));
}

std::string usual_line(const std::string& name, const std::string& type,
                       const std::string& real_remote, const std::string& remote,
                       const std::string& zone_id) {
    return R"({"method": "lookup", "parameters": {"local": "127.0.0.1", "qname": ")" + name +
           R"(", "qtype": ")" + type + R"(", "real-remote": ")" + real_remote +
           R"(", "remote": ")" + remote + R"(", "zone-id": )" + zone_id + "}}";
}

bool is_usual(const std::string& line) {
    Lookup ignored;
    return read_usual_lookup(line, ignored);
}

TEST_CASE("the usual lookup is read without the JSON parser", "[backend][request]") {
    for (const auto& line :
         {usual_line("www.example.com.", "ANY", "203.0.113.0/24", "192.0.2.53", "7"),
          usual_line("WWW.example.com.", "TYPE65534", "2001:db8::/56", "2001:db8::1", "-1"),
          usual_line(".", "SOA", "0.0.0.0/0", "0.0.0.0", "0"),
          usual_line("*.example.com.", "A", "", "nobody", "9223372036854775807")}) {
        CAPTURE(line);
        CHECK(is_usual(line));
        CHECK(parse_request(line) == parse_json_request(line));
    }
    for (const auto& line :
         {usual_line("a\\\\.b.", "A", "", "", "0"), usual_line("a..b.", "A", "", "", "0"),
          usual_line("a.", "", "", "", "0"), usual_line("a.", "A", "", "", "00"),
          usual_line("a.", "A", "", "", "-0"), usual_line("a.", "A", "", "", "1.5"),
          usual_line("a.", "A", "", "", "9223372036854775808"), usual_line("a.", "A", "", "", ""),
          usual_line("\x7f.", "A", "", "", "0"), usual_line("\t.", "A", "", "", "0"),
          usual_line("\xc3\xa4.", "A", "", "", "0"), usual_line("a.", "A", "", "", "0") + " "}) {
        CAPTURE(line);
        CHECK_FALSE(is_usual(line));
        CHECK(parse_request(line) == parse_json_request(line));
    }
}

TEST_CASE("whatever is sent, the short way and the JSON parser agree", "[backend][request]") {
    // Usual lookups of random parts, in half of which one or two bytes are changed, taken out, put
    // in twice, or cut off.
    std::mt19937 random(20);
    const auto below = [&](std::size_t bound) { return random() % bound; };
    const auto one_of = [&](const std::vector<std::string>& choices) {
        return choices[below(choices.size())];
    };
    const auto spoil = [&](std::string& line) {
        static const std::string kBytes = "\"\\{}:, -0019aA./\n\x01\x7f\xc3\xff";
        const std::size_t at = below(line.size());
        switch (below(4)) {
            case 0:
                line[at] = kBytes[below(kBytes.size())];
                break;
            case 1:
                line.erase(at, 1);
                break;
            case 2:
                line.insert(at, 1, kBytes[below(kBytes.size())]);
                break;
            default:
                line.resize(at + 1);
        }
    };
    Request reused;
    int usual = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string line = usual_line(
            one_of({"www.example.com.", "a", ".", "*.b.", "x\\\\046y.", "\\u0061.", "..", ""}),
            one_of({"A", "AAAA", "ANY", "TYPE65534", ""}),
            one_of({"203.0.113.77/24", "2001:db8::ff/56", "0.0.0.0/0", "::/0", "1/2", ""}),
            one_of({"192.0.2.53", "2001:db8::1", "0.0.0.0", "::", "fe80::1%eth0", "x"}),
            one_of(
                {"0", "7", "-1", "-7", "12345678901", "1e3", "007", "-0", "null", "[1]", "\"3\""}));
        for (auto changes = below(4); changes >= 2; --changes)
            spoil(line);
        usual += is_usual(line) ? 1 : 0;
        parse_request(line, reused);
        const Request expected = parse_json_request(line);
        if (reused != expected) FAIL("not the same: " << line);
    }
    CHECK(usual > 5'000);  // else nothing has been compared
}

}  // namespace
}  // namespace fairlead::backend
