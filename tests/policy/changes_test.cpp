// SPDX-License-Identifier: Apache-2.0
#include "policy/changes.h"

#include <functional>

#include "tests/support/catch.h"
#include "tests/support/dns_name.h"

namespace fairlead::policy {
namespace {

/// What a test changes: everything that a small configuration consists of.
struct Draft {
    checks::HealthCheck check{.name = "web", .probe = checks::TcpProbe{}};
    Endpoint endpoint{.name = "fra1"};
    Target target{.label = "fra1"};
    ClientSelector client;  // of the target
    Node pool{.label = "pool eu", .policy = Policy::weighted};
    Node root{.label = "www.example.com.", .policy = Policy::failover};
    Steering steering;
    bool checked = true;
    StaticRecord soa{"SOA", 3600, "ns1.example.com. host.example.com. 7 3600 600 86400 60"};
    StaticRecord text{"TXT", 300, "\"one\""};
    std::vector<std::string> more_names;
    std::vector<std::string> more_zones;
    std::vector<std::string> more_checks;
};

Catalog built(Draft draft) {
    CatalogBuilder builder;
    const auto zone = builder.add_zone(name("example.com."), 7);
    builder.add_static(zone, name("example.com."), draft.soa);
    builder.add_static(zone, name("text.example.com."), draft.text);
    for (const auto& owner : draft.more_names)
        builder.add_static(zone, name(owner), draft.text);
    for (const auto& apex : draft.more_zones)
        builder.add_static(builder.add_zone(name(apex), 7), name(apex), draft.soa);
    for (const auto& check : draft.more_checks)
        builder.add_check({.name = check, .probe = checks::TcpProbe{}});

    const auto check = builder.add_check(draft.check);
    const auto address = *IpAddress::parse("192.0.2.1");
    const auto subject = draft.checked ? builder.subject({check, address}) : checks::kUnchecked;
    draft.endpoint.v4.push_back({address, subject});
    draft.target.client = std::make_shared<const ClientSelector>(draft.client);
    draft.target.index = builder.forest.add(draft.endpoint);
    draft.pool.targets = {draft.target};
    const auto pool = *builder.forest.add(draft.pool);
    draft.root.targets = {{.kind = Target::Kind::node, .index = pool, .label = "pool eu"}};
    draft.steering.root = *builder.forest.add(draft.root);
    builder.add_steering(zone, name("www.example.com."), draft.steering);
    return std::move(builder).build({});
}

/// What `change` does to the draft.
Changes caused_by(const std::function<void(Draft&)>& change) {
    Draft changed;
    change(changed);
    return changes(built({}), built(changed));
}

TEST_CASE("equal configurations differ in nothing", "[policy][changes]") {
    CHECK(caused_by([](Draft&) {}) == Changes{});
    CHECK(to_string(Changes{}) == "nothing changed");
}

TEST_CASE("a name has changed when anything below it has", "[policy][changes]") {
    using Change = std::function<void(Draft&)>;
    const std::vector<Change> list{
        [](Draft& d) { d.text.content = "\"two\""; },
        [](Draft& d) { d.text.ttl = 301; },
        [](Draft& d) { d.text.type = "SPF"; },
        [](Draft& d) { d.soa.content += "1"; },
        [](Draft& d) { d.steering.ttl = 30; },
        [](Draft& d) { d.root.policy = Policy::multivalue; },
        [](Draft& d) { d.root.on_all_unhealthy = OnAllUnhealthy::no_answer; },
        [](Draft& d) { d.pool.min_healthy = {.percent = 50}; },
        [](Draft& d) { d.pool.max_answers = 2; },
        [](Draft& d) { d.pool.affinity = Affinity{}; },
        [](Draft& d) { d.target.weight = 5; },
        [](Draft& d) { d.endpoint.cname = std::make_shared<const Cname>(Cname{"a."}); },
        [](Draft& d) { d.client.asns = {64496}; },
        [](Draft& d) { d.client.european_union = true; },
        [](Draft& d) {
            d.client.location = geo::Coordinates{1, 2};
        },
        [](Draft& d) { d.client.subnets = {*Prefix::parse("192.0.2.0/24")}; },
        [](Draft& d) { d.client.areas = {{*geo::Area::parse("EU")}}; },
        [](Draft& d) { d.endpoint.state = State::drain; },
        [](Draft& d) { d.endpoint.v6.push_back({*IpAddress::parse("2001:db8::1")}); },
        [](Draft& d) { d.checked = false; },
    };
    for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(i);
        CHECK(caused_by(list[i]) == Changes{.names = {.changed = 1}});
    }
}

TEST_CASE("a new serial alone changes nothing", "[policy][changes]") {
    CHECK(caused_by([](Draft& d) {
              d.soa.content = "ns1.example.com. host.example.com. 8 3600 600 86400 60";
          }) == Changes{});
}

TEST_CASE("zones, names and checks come and go", "[policy][changes]") {
    Draft more;
    more.more_names = {"a.example.com.", "z.example.com."};
    more.more_zones = {"example.org."};
    more.more_checks = {"other"};
    CHECK(changes(built({}), built(more)) ==
          Changes{.zones = {.added = 1}, .names = {.added = 3}, .checks = {.added = 1}});
    CHECK(changes(built(more), built({})) ==
          Changes{.zones = {.removed = 1}, .names = {.removed = 3}, .checks = {.removed = 1}});
    CHECK(to_string(changes(built(more), built({}))) ==
          "zones: 1 removed; names: 3 removed; health checks: 1 removed");
}

TEST_CASE("a check that is defined anew is one changed check", "[policy][changes]") {
    const auto found = caused_by([](Draft& d) { d.check.port = 8080; });
    CHECK(found == Changes{.checks = {.changed = 1}});
    CHECK(to_string(found) == "health checks: 1 changed");
}

TEST_CASE("a check under another name is another check, and its name's answers depend on it",
          "[policy][changes]") {
    const auto found = caused_by([](Draft& d) { d.check.name = "site"; });
    CHECK(found == Changes{.names = {.changed = 1}, .checks = {.added = 1, .removed = 1}});
    CHECK(to_string(found) == "names: 1 changed; health checks: 1 added, 1 removed");
}

}  // namespace
}  // namespace fairlead::policy
