// SPDX-License-Identifier: Apache-2.0
#include "policy/override_list.h"

#include <array>
#include <utility>

#include "policy/operator_names.h"
#include "tests/support/catch.h"

namespace fairlead::policy {
namespace {

using std::chrono::seconds;

/// Two endpoints in a pool, one beside it; a name for each, of different TTLs.
struct Sample {
    Catalog catalog = make();
    const Forest& forest = catalog.forest();

    static Target target(CatalogBuilder& builder, const std::string& name, const char* address) {
        Endpoint endpoint{.name = name};
        endpoint.labels = std::make_shared<const Labels>(Labels{{"site", name.substr(0, 3)}});
        endpoint.v4.push_back({*IpAddress::parse(address), checks::kUnchecked});
        return {.index = builder.forest.add(std::move(endpoint)), .label = name};
    }
    static Catalog make() {
        CatalogBuilder builder;
        builder.add_zone(*DnsName::parse("example.com."), 1);
        const auto fra1 = target(builder, "fra1", "192.0.2.1");
        const auto fra2 = target(builder, "fra2", "192.0.2.2");
        const auto ash1 = target(builder, "ash1", "198.51.100.1");
        const auto pool = *builder.forest.add(
            {.label = "pool eu", .policy = Policy::weighted, .targets = {fra1, fra2}});
        const Target eu{.kind = Target::Kind::node, .index = pool, .label = "pool eu"};
        const auto www = *builder.forest.add({.policy = Policy::failover,
                                              .targets = {eu, ash1},
                                              .failback = {.mode = Failback::Mode::manual},
                                              .path = "policies.www"});
        const auto app = *builder.forest.add({.policy = Policy::failover, .targets = {ash1, fra2}});
        builder.add_steering(0, *DnsName::parse("www.example.com."), {.root = www, .ttl = 60});
        builder.add_steering(0, *DnsName::parse("app.example.com."), {.root = app, .ttl = 300});
        return std::move(builder).build({});
    }
};

OverrideEntry entry(const std::string& target, State state) {
    return {.target = target, .state = state, .reason = "test", .by = "local"};
}

TEST_CASE("an endpoint's own override goes before its pool's", "[policy][override]") {
    const Sample sample;
    OverrideList list;
    REQUIRE(list.set(entry("192.0.2.1", State::up)));
    REQUIRE(list.set(entry("pool eu", State::drain)));
    const auto overrides = list.resolve(sample.forest);
    CHECK(overrides.of(0) == State::up);
    CHECK(overrides.of(1) == State::drain);
    CHECK_FALSE(overrides.of(2));
    const auto governing = list.governing(sample.forest);
    CHECK(governing[0]->target == "192.0.2.1");
    CHECK(governing[1]->target == "pool eu");
    CHECK(governing[2] == nullptr);
}

TEST_CASE("of a pool and a label that was set last which an endpoint is in", "[policy][override]") {
    const Sample sample;
    OverrideList list;
    REQUIRE(list.set(entry("fra2", State::obey)));
    REQUIRE(list.set(entry("site=fra", State::drain)));
    CHECK(list.resolve(sample.forest).of(0) == State::drain);
    CHECK(list.resolve(sample.forest).of(1) == State::obey);
    CHECK_FALSE(list.resolve(sample.forest).of(2));
    REQUIRE(list.set(entry("pool eu", State::down)));
    CHECK(list.resolve(sample.forest).of(0) == State::down);
    REQUIRE(list.set(entry("site=fra", State::up)));
    CHECK(list.resolve(sample.forest).of(0) == State::up);
    CHECK(list.governing(sample.forest)[0]->target == "site=fra");
    CHECK(list.all().size() == 3);
}

TEST_CASE("a target that nothing is called gets the likest that there is", "[policy][override]") {
    const Sample sample;
    const std::array<std::pair<const char*, const char*>, 6> hints{{
        {"site=frq", "the label \"site=frq\"; did you mean \"site=fra\"?"},
        {"sit=ash", "did you mean \"site=ash\"?"},
        {"site=fra,", "no list of labels"},
        {"fra3", "did you mean \"fra1\"?"},
        {"pool eo", "did you mean \"pool eu\"?"},
        {"203.0.113.77", "so; a pool is written \"pool NAME\", a label NAME=VALUE"},
    }};
    for (const auto& [target, part] : hints) {
        CAPTURE(target);
        CHECK(endpoints_named(sample.forest, target).empty());
        CHECK(nothing_named(sample.forest, target).find(part) != std::string::npos);
    }
}

TEST_CASE("a later override of a target takes the place of the earlier one", "[policy][override]") {
    OverrideList list;
    REQUIRE(list.set(entry("fra1", State::drain)));
    REQUIRE(list.set(entry("fra1", State::down)));
    CHECK(list.all().size() == 1);
    CHECK(list.find("fra1")->state == State::down);
    CHECK(list.remove("fra1"));
    CHECK_FALSE(list.remove("fra1"));
    CHECK(list.empty());
}

TEST_CASE("names that are in the forest no more mean nothing", "[policy][override]") {
    const Sample sample;
    OverrideList list;
    REQUIRE(list.set(entry("gone", State::down)));
    REQUIRE(list.set(entry("pool gone", State::down)));
    for (EndpointIndex i = 0; i < 3; ++i)
        CHECK_FALSE(list.resolve(sample.forest).of(i));
}

TEST_CASE("what was set for a time ends then, and not before", "[policy][override]") {
    const WallTime now{std::chrono::milliseconds(1000)};
    OverrideList list;
    auto brief = entry("fra1", State::drain);
    brief.until = now + seconds(10);
    REQUIRE(list.set(brief));
    REQUIRE(list.set(entry("fra2", State::drain)));
    CHECK(list.next_expiry() == brief.until);
    CHECK(list.expire(now + seconds(9)).empty());
    const auto expired = list.expire(now + seconds(10));
    REQUIRE(expired.size() == 1);
    CHECK(expired.front() == brief);
    CHECK_FALSE(list.next_expiry());
    CHECK(list.all().size() == 1);
}

TEST_CASE("there is a limit, but what is set can be changed beyond it", "[policy][override]") {
    OverrideList list;
    for (std::size_t i = 0; i < kOverridesMax; ++i)
        REQUIRE(list.set(entry("e" + std::to_string(i), State::down)));
    CHECK_FALSE(list.set(entry("one more", State::down)));
    CHECK(list.set(entry("e7", State::up)));
}

TEST_CASE("the largest TTL of an endpoint is that of all names that may answer with it",
          "[policy][override]") {
    const Sample sample;
    CHECK(largest_ttls(sample.catalog) == std::vector<std::uint32_t>{60, 300, 300});
}

TEST_CASE("a failover node is found by record, policy and path", "[policy][override]") {
    const Sample sample;
    for (const auto* name : {"www.example.com", "WWW.example.com.", "www", "policies.www"}) {
        INFO(name);
        CHECK(failback_nodes_named(sample.catalog, name).size() == 1);
    }
    for (const auto* name : {"app.example.com", "nosuch.example.com", "", "pool eu"}) {
        INFO(name);
        CHECK(failback_nodes_named(sample.catalog, name).empty());
    }
}

}  // namespace
}  // namespace fairlead::policy
