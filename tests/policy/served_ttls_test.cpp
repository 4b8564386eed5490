// SPDX-License-Identifier: Apache-2.0
#include "policy/served_ttls.h"

#include "tests/support/catch.h"

namespace fairlead::policy {
namespace {

using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::milliseconds(1763640000000)};

/// "www" with this TTL, answered with fra1 and ash1; both at `site`.
Catalog catalog(std::uint32_t ttl, const std::string& ash_site = "ash") {
    CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 1);
    const auto target = [&](const char* name, const char* address, const std::string& site) {
        Endpoint endpoint{.name = name};
        endpoint.v4.push_back({*IpAddress::parse(address), checks::kUnchecked});
        endpoint.labels = std::make_shared<const Labels>(Labels{{"site", site}});
        return Target{.index = builder.forest.add(std::move(endpoint)), .label = name};
    };
    const auto root = builder.forest.add(
        {.policy = Policy::failover,
         .targets = {target("fra1", "192.0.2.1", "fra"), target("ash1", "192.0.2.2", ash_site)}});
    REQUIRE(root);
    builder.add_steering(0, *DnsName::parse("www.example.com."), {.root = *root, .ttl = ttl});
    return std::move(builder).build({});
}

/// `target` is drained at `since`.
OverrideList drained(const ServedTtls& ttls, const Catalog& of, const std::string& target,
                     WallTime since) {
    OverrideList list;
    REQUIRE(list.set({.target = target,
                      .state = State::drain,
                      .since = since,
                      .safe_at = ttls.expiry(of, target, since)}));
    return list;
}

TEST_CASE("a drain is safe when the TTL that was served has passed", "[policy][drain]") {
    const ServedTtls ttls;
    CHECK(ttls.expiry(catalog(300), "fra1", kNow) == kNow + seconds(300));
    CHECK(ttls.expiry(catalog(300), "nosuch", kNow) == kNow);
}

TEST_CASE("a TTL that is lowered during a drain makes it safe no sooner", "[policy][drain]") {
    const auto before = catalog(3600);
    const auto after = catalog(60);
    ServedTtls ttls;
    auto list = drained(ttls, before, "fra1", kNow);
    ttls.replace(before, after, list, kNow + seconds(10));
    CHECK(list.find("fra1")->safe_at == kNow + seconds(3600));
    // A TTL that is raised was in no answer with it.
    ttls.replace(after, before, list, kNow + seconds(20));
    CHECK(list.find("fra1")->safe_at == kNow + seconds(3600));
}

TEST_CASE("a TTL that was lowered before a drain is waited for as far as it is left",
          "[policy][drain]") {
    const auto before = catalog(3600);
    const auto after = catalog(60);
    ServedTtls ttls;
    OverrideList none;
    ttls.replace(before, after, none, kNow);
    CHECK(ttls.expiry(after, "fra1", kNow + seconds(100)) == kNow + seconds(3600));
    CHECK(ttls.expiry(after, "fra1", kNow + seconds(3590)) == kNow + seconds(3650));
    // The next reload forgets what is over.
    ttls.replace(after, after, none, kNow + seconds(4000));
    CHECK(ttls.expiry(after, "fra1", kNow + seconds(4000)) == kNow + seconds(4060));
}

TEST_CASE("an endpoint that a reload gives a drained label was in answers until then",
          "[policy][drain]") {
    const auto before = catalog(300);
    const auto after = catalog(300, "fra");
    ServedTtls ttls;
    auto list = drained(ttls, before, "site=fra", kNow);
    ttls.replace(before, after, list, kNow + seconds(200));
    CHECK(list.find("site=fra")->safe_at == kNow + seconds(500));
    // One that keeps endpoints in answers has nothing to wait for.
    OverrideList up;
    REQUIRE(up.set({.target = "site=fra", .state = State::up, .since = kNow}));
    ttls.replace(before, after, up, kNow);
    CHECK_FALSE(up.find("site=fra")->safe_at);
}

}  // namespace
}  // namespace fairlead::policy
