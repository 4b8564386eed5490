// SPDX-License-Identifier: Apache-2.0

// Whose answers show what stands at a name.

#include "policy/referrers.h"

#include <set>
#include <string>

#include "tests/support/catch.h"

namespace fairlead::policy {
namespace {

struct Line {
    const char* owner;
    const char* type;
    const char* content;
};

/// Zones example.com. and example.net., with these lines and the apexes' own.
Catalog catalog_of(const std::vector<Line>& lines) {
    CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 1);
    builder.add_zone(*DnsName::parse("example.net."), 1);
    for (const auto& [owner, type, content] : lines) {
        const ZoneIndex zone =
            DnsName::parse(owner)->is_at_or_below(*DnsName::parse("example.net.")) ? 1 : 0;
        builder.add_static(zone, *DnsName::parse(owner), {type, 60, content, true});
    }
    return std::move(builder).build({});
}

/// The names that are old when `changed` is.
std::set<std::string> reached(const std::vector<Line>& lines, const char* changed) {
    const Catalog catalog = catalog_of(lines);
    std::vector<RecordSetIndex> names;
    for (RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
        if (catalog.record_set(i).name == *DnsName::parse(changed)) names.push_back(i);
    }
    REQUIRE(!names.empty());
    std::set<std::string> found;
    for (const auto name : Referrers(catalog).reached_from(names))
        found.insert(catalog.record_set(name).name.to_string());
    return found;
}

using Names = std::set<std::string>;

TEST_CASE("a CNAME is reached from its target, and through others", "[policy][referrers]") {
    const std::vector<Line> lines{{"www.example.com.", "A", "192.0.2.1"},
                                  {"other.example.com.", "A", "192.0.2.2"},
                                  {"shop.example.com.", "CNAME", "www.example.com."},
                                  {"*.dev.example.com.", "CNAME", "shop.example.com."},
                                  {"far.example.net.", "CNAME", "qa.dev.example.com."},
                                  {"not.example.net.", "CNAME", "other.example.com."}};
    CHECK(reached(lines, "www.example.com.") ==
          Names{"www.example.com.", "shop.example.com.", "*.dev.example.com.", "far.example.net."});
    CHECK(reached(lines, "far.example.net.") == Names{"far.example.net."});
}

TEST_CASE("names in a ring are reached once", "[policy][referrers]") {
    const std::vector<Line> lines{{"a.example.com.", "CNAME", "b.example.com."},
                                  {"b.example.com.", "CNAME", "a.example.com."}};
    CHECK(reached(lines, "a.example.com.") == Names{"a.example.com.", "b.example.com."});
}

TEST_CASE("records that show addresses beside them are reached from those", "[policy][referrers]") {
    const auto record = GENERATE(values<Line>({
        {"example.com.", "MX", "10 www.example.com."},
        {"example.com.", "NS", "www.example.com."},
        {"_sip._tcp.example.com.", "SRV", "0 0 5060 www.example.com."},
        {"example.com.", "HTTPS", "1 www.example.com. alpn=h2"},
        {"x.example.net.", "SVCB", "0 www.example.com."},
        {"example.com.", "NAPTR", "100 10 \"A\" \"\" \"\" www.example.com."},
    }));
    CAPTURE(record.type);
    CHECK(reached({{"www.example.com.", "A", "192.0.2.1"}, record}, "www.example.com.") ==
          Names{"www.example.com.", record.owner});
}

TEST_CASE("what only looks like a reference is none", "[policy][referrers]") {
    const auto record = GENERATE(values<Line>({
        {"example.com.", "TXT", "\"see www.example.com. now\""},
        {"example.com.", "SOA", "www.example.com. h.example.com. 1 2 3 4 5"},
        {"example.com.", "A", "192.0.2.7"},
        {"example.com.", "MX", "0 ."},
        {"example.com.", "MX", "10 www.example.org."},
    }));
    CHECK(reached({{"www.example.com.", "A", "192.0.2.1"}, record}, "www.example.com.") ==
          Names{"www.example.com."});
}

TEST_CASE("a target below a delegation or a DNAME is answered from there", "[policy][referrers]") {
    const std::vector<Line> lines{{"ns.example.com.", "A", "192.0.2.1"},
                                  {"sub.example.com.", "NS", "ns.example.com."},
                                  {"in.example.net.", "CNAME", "a.b.sub.example.com."}};
    CHECK(reached(lines, "ns.example.com.") ==
          Names{"ns.example.com.", "sub.example.com.", "in.example.net."});
    // A DNAME can lead to any name, so it is reached from every one.
    CHECK(reached({{"old.example.com.", "DNAME", "example.net."},
                   {"in.example.net.", "CNAME", "www.old.example.com."},
                   {"www.example.net.", "A", "192.0.2.1"}},
                  "www.example.net.") ==
          Names{"www.example.net.", "old.example.com.", "in.example.net."});
}

TEST_CASE("nothing is reached from nothing", "[policy][referrers]") {
    const Catalog catalog = catalog_of({{"old.example.com.", "DNAME", "example.net."}});
    CHECK(Referrers(catalog).reached_from({}).empty());
}

TEST_CASE("a policy that can answer a CNAME is reached from where that leads",
          "[policy][referrers][cname]") {
    CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 1);
    const auto leads_to = [&](const char* target) {
        Endpoint endpoint{.name = target};
        if (target[0] == '1') {
            endpoint.v4 = {{*IpAddress::parse(target), checks::kUnchecked}};
        } else {
            endpoint.cname = std::make_shared<const Cname>(Cname{.target = target});
        }
        return Target{.index = builder.forest.add(std::move(endpoint)), .label = target};
    };
    const auto steer = [&](const char* owner, Node node) {
        node.label = owner;
        node.policy = Policy::failover;
        const auto root = *builder.forest.add(std::move(node));
        builder.add_steering(0, *DnsName::parse(owner), {.root = root});
        return root;
    };
    const auto sorry = steer("sorry.example.com.", {.targets = {leads_to("static.example.com.")}});
    steer("static.example.com.", {.targets = {leads_to("192.0.2.1")}});
    steer("www.example.com.", {.targets = {leads_to("192.0.2.2")},
                               .on_all_unhealthy = OnAllUnhealthy::use,
                               .fallback = sorry});
    steer("api.example.com.", {.targets = {leads_to("192.0.2.3"), leads_to("far.example.net.")}});
    builder.add_static(0, *DnsName::parse("shop.example.com."),
                       {"CNAME", 60, "www.example.com.", true});
    const Catalog catalog = std::move(builder).build({});
    const auto reached_from = [&](const char* changed) {
        std::vector<RecordSetIndex> names;
        for (RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
            if (catalog.record_set(i).name == *DnsName::parse(changed)) names.push_back(i);
        }
        Names found;
        for (const auto name : Referrers(catalog).reached_from(names))
            found.insert(catalog.record_set(name).name.to_string());
        return found;
    };
    CHECK(reached_from("static.example.com.") == Names{"static.example.com.", "sorry.example.com.",
                                                       "www.example.com.", "shop.example.com."});
    CHECK(reached_from("www.example.com.") == Names{"www.example.com.", "shop.example.com."});
    CHECK(reached_from("api.example.com.") == Names{"api.example.com."});
}

}  // namespace
}  // namespace fairlead::policy
