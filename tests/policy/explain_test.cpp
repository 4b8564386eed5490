// SPDX-License-Identifier: Apache-2.0
#include "policy/explain.h"

#include "tests/support/catch.h"
#include "tests/support/dns_name.h"

namespace fairlead::policy {
namespace {

using namespace std::chrono_literals;

/// api.example.com: failover of a weighted pool of two and one more.
struct World {
    Catalog catalog;
    checks::Snapshot health;
    std::shared_ptr<const geo::Locator> locator = *geo::Locator::open({});
    TimePoint now{1h};

    World() {
        CatalogBuilder builder;
        const auto zone = builder.add_zone(name("example.com."), 7);
        builder.add_static(zone, name("example.com."), {"TXT", 3600, "\"hello\"", true});
        const auto check = builder.add_check({.name = "tcp", .probe = checks::TcpProbe{}});
        const auto endpoint = [&](const char* label, const char* text, std::uint32_t weight) {
            const auto address = *IpAddress::parse(text);
            Target target{.weight = weight, .label = label};
            target.index = builder.forest.add(
                {.name = label, .v4 = {{address, builder.subject({check, address})}}, .v6 = {}});
            return target;
        };
        Node pool{
            .label = "pool eu", .policy = Policy::weighted, .targets = {}, .default_target = {}};
        pool.targets = {endpoint("fra1", "192.0.2.1", 3), endpoint("fra2", "192.0.2.2", 1)};
        Target eu{
            .kind = Target::Kind::node, .index = *builder.forest.add(pool), .label = "pool eu"};
        Node root{.label = "api.example.com.",
                  .policy = Policy::failover,
                  .targets = {},
                  .default_target = {}};
        root.targets = {eu, endpoint("ash1", "198.51.100.10", 1)};
        root.on_all_unhealthy = OnAllUnhealthy::serve_all;
        builder.add_steering(zone, name("api.example.com."),
                             {.root = *builder.forest.add(root), .ttl = 60});
        catalog = std::move(builder).build(locator->partition());
        health = checks::Snapshot::all_unknown(3);
        for (auto& state : health.health)
            state = checks::Health::healthy;
    }

    void down(std::size_t subject) {
        health.health[subject] = checks::Health::unhealthy;
        health.evidence[subject].since = now - 18s;
        health.evidence[subject].last = {.layer = checks::Layer::connect,
                                         .failure = checks::Failure::refused};
    }

    std::string explained(const char* owner, const char* type) const {
        const Query query{.name = name(owner),
                          .type = type,
                          .client = IpAddress::parse("203.0.113.9"),
                          .seed = 1};
        Reply reply;
        Traces traces;
        lookup(catalog, health, query, reply, &traces);
        return explain(catalog, health, *locator, query, reply, traces, now);
    }
};

TEST_CASE("an explanation shows each node, each target and why", "[policy][explain]") {
    World world;
    world.down(0);
    const auto text = world.explained("api.example.com.", "A");
    CAPTURE(text);
    CHECK(text ==
          "api.example.com. A   client 203.0.113.9\n"
          " failover    api.example.com.\n"
          "   > pool eu                             100 %   192.0.2.1 DOWN 18 s (connect refused)\n"
          "     ash1                                healthy\n"
          "   weighted    pool eu\n"
          "       fra1                                192.0.2.1 DOWN 18 s (connect refused)\n"
          "     > fra2                                100 %\n"
          " answer      A 192.0.2.2   ttl 60   scope /1   not cacheable by PowerDNS: depends on a "
          "random draw, "
          "health\n");
}

TEST_CASE("total failure is told as such", "[policy][explain]") {
    World world;
    for (std::size_t i = 0; i < 3; ++i)
        world.down(i);
    CHECK(world.explained("api.example.com.", "A").find("nothing healthy: serve_all") !=
          std::string::npos);
}

TEST_CASE("unknown health is visible", "[policy][explain]") {
    World world;
    world.health.health[2] = checks::Health::unknown;
    CHECK(
        world.explained("api.example.com.", "A").find("198.51.100.10 unknown, counts as healthy") !=
        std::string::npos);
}

TEST_CASE("static records, missing names and missing zones are explained too",
          "[policy][explain]") {
    const World world;
    CHECK(world.explained("example.com.", "TXT").find("TXT \"hello\"   ttl 3600   cacheable") !=
          std::string::npos);
    CHECK(world.explained("nope.example.com.", "A").find("no such name in zone example.com.") !=
          std::string::npos);
    CHECK(world.explained("example.net.", "A").find("no such zone") != std::string::npos);
    CHECK(world.explained("api.example.com.", "AAAA")
              .find("AAAA: no endpoint has an address of this type") != std::string::npos);
    CHECK(world.explained("api.example.com.", "MX")
              .find("the name exists and has no record of type MX: NODATA") != std::string::npos);
    CHECK(world.explained("example.com.", "TXT").find("NODATA") == std::string::npos);
}

/// A and AAAA of one endpoint, whose IPv6 address is down; its check may be inverted, its state
/// forced.
std::string explained_dual(const char* type, bool invert, State state) {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 7);
    const auto check =
        builder.add_check({.name = "tcp", .probe = checks::TcpProbe{}, .invert = invert});
    const auto v4 = *IpAddress::parse("192.0.2.1");
    const auto v6 = *IpAddress::parse("2001:db8::1");
    Target target{.label = "fra1"};
    target.index = builder.forest.add({.name = "fra1",
                                       .v4 = {{v4, builder.subject({check, v4})}},
                                       .v6 = {{v6, builder.subject({check, v6})}},
                                       .state = state});
    Node root{.label = "www.example.com.",
              .policy = Policy::failover,
              .targets = {target},
              .default_target = {}};
    builder.add_steering(zone, name("www.example.com."),
                         {.root = *builder.forest.add(root), .ttl = 60});
    const geo::Locator locator(geo::Partition{});
    const Catalog catalog = std::move(builder).build(locator.partition());
    auto health = checks::Snapshot::all_unknown(2);
    health.health = {checks::Health::healthy, checks::Health::unhealthy};
    const TimePoint now{1h};
    health.evidence[1].since = now - 5s;
    const Query query{.name = name("www.example.com."), .type = type};
    Reply reply;
    Traces traces;
    lookup(catalog, health, query, reply, &traces);
    return explain(catalog, health, locator, query, reply, traces, now);
}

TEST_CASE("an explanation blames only addresses of the asked family", "[policy][explain]") {
    CHECK(explained_dual("A", false, State::obey).find("DOWN") == std::string::npos);
    CHECK(explained_dual("AAAA", false, State::obey).find("2001:db8::1 DOWN 5 s (ok)") !=
          std::string::npos);
}

TEST_CASE("an explanation says that a check is inverted and that a state is forced",
          "[policy][explain]") {
    CHECK(explained_dual("AAAA", true, State::obey).find("(ok, inverted)") != std::string::npos);
    CHECK(explained_dual("AAAA", false, State::up).find("served by state: up") !=
          std::string::npos);
}

}  // namespace
}  // namespace fairlead::policy
