// SPDX-License-Identifier: Apache-2.0
#include "policy/lookup.h"

#include "tests/policy/forest_maker.h"
#include "tests/support/catch.h"
#include "tests/support/dns_name.h"

namespace fairlead::policy {
namespace {

/// example.com with www (failover of two checked IPv4 endpoints), mx (static), a.ent (static), and
/// geo (geolocation of nothing but `default: none`).
struct World {
    Catalog catalog;
    checks::Snapshot health;

    World() {
        CatalogBuilder builder;
        const auto zone = builder.add_zone(name("example.com."), 7);
        builder.add_static(zone, name("example.com."), {"SOA", 3600, "ns1 h 7 1 1 1 60", true});
        builder.add_static(zone, name("example.com."), {"NS", 3600, "ns1.example.com.", true});
        builder.add_static(zone, name("mx.example.com."),
                           {"MX", 300, "10 mail.example.com.", true});
        builder.add_static(zone, name("a.ent.example.com."), {"A", 300, "192.0.2.9", true});
        const auto check = builder.add_check({.name = "tcp", .probe = checks::TcpProbe{}});
        Node www{.label = "www", .policy = Policy::failover, .targets = {}, .default_target = {}};
        for (const auto* text : {"192.0.2.1", "192.0.2.2"}) {
            const auto address = *IpAddress::parse(text);
            Target target{.label = text};
            target.index = builder.forest.add(
                {.name = text, .v4 = {{address, builder.subject({check, address})}}, .v6 = {}});
            www.targets.push_back(target);
        }
        www.on_all_unhealthy = OnAllUnhealthy::serve_all;
        builder.add_steering(zone, name("www.example.com."),
                             {.root = *builder.forest.add(www), .ttl = 30});
        Node geo{.label = "geo",
                 .policy = Policy::geolocation,
                 .targets = {in("EU", www.targets[0])},
                 .default_target = {}};
        const auto geo_root = *builder.forest.add(geo);
        builder.add_steering(zone, name("geo.example.com."), {.root = geo_root, .ttl = 30});
        builder.add_steering(zone, name("mixed.example.com."), {.root = geo_root, .ttl = 30});
        builder.add_static(zone, name("mixed.example.com."), {"TXT", 300, "\"x\"", true});
        catalog = std::move(builder).build({});
        health = checks::Snapshot::all_unknown(catalog.subjects().size());
    }

    Reply ask(std::string_view owner, std::string_view type) const {
        Reply reply;
        lookup(catalog, health,
               {.name = name(owner), .type = type, .client = IpAddress::parse("203.0.113.9")},
               reply);
        return reply;
    }
};

TEST_CASE("a steered name answers A and ANY with its ttl and scope", "[policy][lookup]") {
    const World world;
    for (const auto* type : {"A", "ANY"}) {
        const auto reply = world.ask("WWW.example.com.", type);
        REQUIRE(reply.records != nullptr);
        CHECK(reply.v4.addresses == std::vector{*IpAddress::parse("192.0.2.1")});
        CHECK(reply.v4.ttl == 30);
        CHECK(reply.v4.scope == 1);
        CHECK(reply.v6.addresses.empty());
        CHECK_FALSE(reply.placeholder);
    }
}

TEST_CASE("the type is honoured strictly", "[policy][lookup]") {
    const World world;
    for (const auto* type : {"NS", "SOA", "AAAA", "MX", "TYPE65534"}) {
        const auto reply = world.ask("www.example.com.", type);
        REQUIRE(reply.records != nullptr);
        CHECK(reply.v4.addresses.empty());
        CHECK_FALSE(reply.placeholder);
    }
    CHECK(type_matches("MX", "MX"));
    CHECK(type_matches("ANY", "MX"));
    CHECK_FALSE(type_matches("A", "AAAA"));
    CHECK_FALSE(type_matches("NS", "ANY"));
}

TEST_CASE("the answer follows the health snapshot and nothing else", "[policy][lookup]") {
    World world;
    world.health.health[0] = checks::Health::unhealthy;
    CHECK(world.ask("www.example.com.", "A").v4.addresses ==
          std::vector{*IpAddress::parse("192.0.2.2")});
    world.health.health[1] = checks::Health::unhealthy;
    CHECK(world.ask("www.example.com.", "A").v4.addresses ==
          std::vector{*IpAddress::parse("192.0.2.1")});
}

TEST_CASE("an empty non-terminal is a placeholder that may be cached", "[policy][lookup]") {
    const World world;
    const auto reply = world.ask("ent.example.com.", "ANY");
    CHECK(reply.placeholder);
    CHECK(reply.absence_scope == 0);
    CHECK_FALSE(world.ask("ent.example.com.", "NS").placeholder);
}

TEST_CASE("a steered name with nothing for this client is a placeholder that may not",
          "[policy][lookup]") {
    const World world;
    const auto reply = world.ask("geo.example.com.", "ANY");
    CHECK(reply.placeholder);
    CHECK(reply.absence_scope >= 1);
}

TEST_CASE("what a name without an address answers besides may not be cached for everybody",
          "[policy][lookup]") {
    const World world;
    const auto reply = world.ask("mixed.example.com.", "ANY");
    CHECK_FALSE(reply.placeholder);  // its TXT says that the name exists
    CHECK(reply.absence_scope >= 1);
    CHECK(world.ask("mixed.example.com.", "TXT").absence_scope == 0);
    CHECK(world.ask("mx.example.com.", "ANY").absence_scope == 0);
    CHECK(world.ask("www.example.com.", "ANY").absence_scope == 0);
}

TEST_CASE("a name that does not exist has no records at all", "[policy][lookup]") {
    const World world;
    Reply reply = world.ask("www.example.com.", "ANY");
    lookup(world.catalog, world.health, {.name = name("nope.example.com."), .type = "ANY"}, reply);
    CHECK(reply.records == nullptr);
    CHECK(reply.v4.addresses.empty());  // nothing is left of the question before
    CHECK_FALSE(reply.placeholder);
}

}  // namespace
}  // namespace fairlead::policy
