// SPDX-License-Identifier: Apache-2.0
#include "policy/catalog.h"

#include <algorithm>
#include <map>

#include "tests/support/catch.h"
#include "tests/support/dns_name.h"

namespace fairlead::policy {
namespace {

StaticRecord record(std::string type, std::string content) {
    return {.type = std::move(type), .ttl = 3600, .content = std::move(content), .auth = true};
}

/// What a zone holds, in its order.
std::vector<std::string> contents(const Catalog& catalog, std::string_view zone) {
    std::vector<std::string> names;
    for (const auto index : catalog.find_zone(name(zone))->contents) {
        names.push_back(catalog.record_set(index).name.to_string());
    }
    return names;
}

TEST_CASE("names between an owner and its apex exist and are empty", "[policy][catalog]") {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 1);
    builder.add_static(zone, name("example.com."), record("SOA", "..."));
    builder.add_static(zone, name("a.b.c.example.com."), record("A", "192.0.2.1"));
    const Catalog catalog = std::move(builder).build({});
    CHECK(contents(catalog, "example.com.") ==
          std::vector<std::string>{"example.com.", "c.example.com.", "b.c.example.com.",
                                   "a.b.c.example.com."});
    REQUIRE(catalog.find(name("c.example.com."), -1) != nullptr);
    CHECK(catalog.find(name("c.example.com."), -1)->is_empty_non_terminal());
    CHECK_FALSE(catalog.find(name("a.b.c.example.com."), -1)->is_empty_non_terminal());
    CHECK(catalog.find(name("x.example.com."), -1) == nullptr);
    CHECK(catalog.find(name("com."), -1) == nullptr);
}

TEST_CASE("an overlay is no zone of ours and has nothing where another backend has the SOA",
          "[policy][catalog]") {
    CatalogBuilder builder;
    builder.add_zone(name("example.org."), 1);
    const auto zone = builder.add_overlay(name("example.com."));
    builder.add_static(zone, name("a.b.example.com."), record("A", "192.0.2.1"));
    const Catalog catalog = std::move(builder).build({});
    CHECK(contents(catalog, "example.com.") ==
          std::vector<std::string>{"b.example.com.", "a.b.example.com."});
    CHECK(catalog.find(name("example.com."), -1) == nullptr);
    CHECK(catalog.find(name("a.b.example.com."), 17) != nullptr);
    CHECK(catalog.find_zone(name("example.com."))->overlay);
    CHECK(catalog.find_own_zone(name("example.com.")) == nullptr);
    CHECK(catalog.find_own_zone(name("example.org.")) != nullptr);
}

TEST_CASE("wildcards are names like any other and are never synthesised", "[policy][catalog]") {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 1);
    builder.add_static(zone, name("*.example.com."), record("A", "192.0.2.1"));
    const Catalog catalog = std::move(builder).build({});
    CHECK(catalog.find(name("*.EXAMPLE.com."), 0) != nullptr);
    CHECK(catalog.find(name("x.example.com."), 0) == nullptr);
}

TEST_CASE("the neighbours of a name are the owners of NSEC records around it",
          "[policy][catalog]") {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 1);
    for (const char* owner :
         {"example.com.", "*.example.com.", "a.ent.example.com.", "z.example.com.",
          "\\001.z.example.com.", "\\200.z.example.com.", "www.example.com."}) {
        builder.add_static(zone, name(owner), record("TXT", "\"\""));
    }
    builder.add_static(zone, name("sub.example.com."), record("NS", "ns.sub.example.com."));
    builder.add_static(zone, name("ns.sub.example.com."), record("A", "192.0.2.1"));
    builder.add_static(zone, name("deep.sub.example.com."), record("NS", "ns.example.net."));
    const Catalog catalog = std::move(builder).build({});
    struct Case {
        const char* name;
        const char* before;
        const char* after;
    };
    // In order: example.com, *, ent (nothing), a.ent, sub (glue below it), www, z, \001.z, \200.z.
    const std::vector<Case> cases{
        {"example.com.", "example.com.", "*.example.com."},
        {"!.example.com.", "example.com.", "*.example.com."},
        {"*.example.com.", "*.example.com.", "a.ent.example.com."},
        {"ent.example.com.", "*.example.com.", "a.ent.example.com."},
        {"A.Ent.example.com.", "a.ent.example.com.", "sub.example.com."},
        {"b.ent.example.com.", "a.ent.example.com.", "sub.example.com."},
        {"sub.example.com.", "sub.example.com.", "www.example.com."},
        {"ns.sub.example.com.", "sub.example.com.", "www.example.com."},
        {"deep.sub.example.com.", "sub.example.com.", "www.example.com."},
        {"z.example.com.", "z.example.com.", "\\001.z.example.com."},
        {"a.z.example.com.", "\\001.z.example.com.", "\\200.z.example.com."},
        {"zz.example.com.", "\\200.z.example.com.", "example.com."},
    };
    for (const auto& [asked, before, after] : cases) {
        CAPTURE(asked);
        const auto found =
            catalog.neighbours(*catalog.find_zone(name("example.com.")), name(asked));
        CHECK(found.before.name.to_string() == before);
        CHECK(found.after.name.to_string() == after);
    }
}

TEST_CASE("what lies at or below a delegation is not authoritative, its DS is",
          "[policy][catalog]") {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 1);
    builder.add_static(zone, name("example.com."), record("NS", "ns1.example.com."));
    builder.add_static(zone, name("sub.example.com."), record("NS", "ns.sub.example.com."));
    builder.add_static(zone, name("sub.example.com."), record("DS", "1 13 2 00"));
    builder.add_static(zone, name("ns.sub.example.com."), record("A", "192.0.2.1"));
    builder.add_static(zone, name("subx.example.com."), record("A", "192.0.2.2"));
    const auto root = *builder.forest.add(Node{.label = "steered"});
    for (const char* owner : {"sub.example.com.", "a.sub.example.com.", "suby.example.com."})
        builder.add_steering(zone, name(owner), {.root = root});
    const Catalog catalog = std::move(builder).build({});
    const auto auth = [&](std::string_view owner, std::size_t i) {
        return catalog.find(name(owner), -1)->statics.at(i).auth;
    };
    CHECK(auth("example.com.", 0));
    CHECK_FALSE(auth("sub.example.com.", 0));
    CHECK(auth("sub.example.com.", 1));
    CHECK_FALSE(auth("ns.sub.example.com.", 0));
    CHECK(auth("subx.example.com.", 0));
    CHECK_FALSE(catalog.find(name("sub.example.com."), -1)->steering->auth);
    CHECK_FALSE(catalog.find(name("a.sub.example.com."), -1)->steering->auth);
    CHECK(catalog.find(name("suby.example.com."), -1)->steering->auth);
}

TEST_CASE("a zone has its number whatever others are beside it", "[policy][catalog]") {
    const auto ids = [](const std::vector<std::string>& zones) {
        CatalogBuilder builder;
        for (const auto& zone : zones)
            builder.add_zone(name(zone), 1);
        const Catalog catalog = std::move(builder).build({});
        std::map<std::string, std::uint32_t> found;
        for (const Zone& zone : catalog.zones()) {
            CHECK(zone.id > 0);
            CHECK(zone.id <= 0x7fff'ffff);
            CHECK(catalog.find_zone(std::int64_t{zone.id}) == &zone);
            found[zone.name.to_string()] = zone.id;
        }
        CHECK(catalog.find_zone(std::int64_t{-1}) == nullptr);
        return found;
    };
    const auto before = ids({"example.com.", "example.org."});
    const auto after = ids({"example.net.", "EXAMPLE.org.", "example.com."});
    REQUIRE(after.size() == 3);
    CHECK(before.at("example.com.") == after.at("example.com."));
    CHECK(before.at("example.org.") == after.at("example.org."));
    CHECK(before.at("example.com.") != before.at("example.org."));
    CHECK(after.at("example.net.") != after.at("example.com."));
}

TEST_CASE("a name of two zones is told apart by the zone that is asked for", "[policy][catalog]") {
    CatalogBuilder builder;
    const auto child = builder.add_zone(name("sub.example.com."), 2);
    const auto parent = builder.add_zone(name("example.com."), 1);
    builder.add_static(child, name("sub.example.com."), record("SOA", "child"));
    builder.add_static(parent, name("sub.example.com."), record("DS", "parent"));
    const Catalog catalog = std::move(builder).build({});
    const auto content = [&](std::int64_t zone) {
        return catalog.find(name("sub.example.com."), zone)->statics.at(0).content;
    };
    CHECK(content(catalog.zones()[parent].id) == "parent");
    CHECK(content(catalog.zones()[child].id) == "child");
    CHECK(content(-1) == "child");
    CHECK(content(4711) == "child");  // another backend's zone id
}

TEST_CASE("one target and one check are one subject", "[policy][catalog]") {
    CatalogBuilder builder;
    const auto web = builder.add_check({.name = "web", .probe = checks::HttpProbe{}});
    const auto tcp = builder.add_check({.name = "tcp", .probe = checks::TcpProbe{}});
    const auto address = *IpAddress::parse("192.0.2.1");
    const auto other = *IpAddress::parse("192.0.2.2");
    CHECK(builder.subject({web, address}) == builder.subject({web, address}));
    CHECK(builder.subject({web, address}) != builder.subject({tcp, address}));
    CHECK(builder.subject({web, address}) != builder.subject({web, other}));
    CHECK(std::move(builder).build({}).subjects().size() == 3);
}

}  // namespace
}  // namespace fairlead::policy
