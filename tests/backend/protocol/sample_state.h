// SPDX-License-Identifier: Apache-2.0
#pragma once

// A small configuration as the loader would make it: what most tests of backend/ ask.
//
//   zone 0, example.com.   may be signed; SOA, NS, MX at the apex; a delegation with glue; a TXT
//   below an empty
//                          non-terminal; a wildcard
//     www   failover   192.0.2.1 (checked, subject 0), then 192.0.2.2 and 2001:db8::2; ttl 30
//     api   weighted   198.51.100.1 and 198.51.100.2, one each; ttl 60
//     app   geolocation, default 203.0.113.1
//     gone  failover   192.0.2.1, no_answer when it is down
//   zone 1, example.org.   SOA alone

#include <memory>
#include <string>
#include <utility>

#include "backend/serving_state.h"
#include "policy/catalog.h"

namespace fairlead::backend {

inline constexpr const char* kSoa =
    "ns1.example.com. hostmaster.example.com. 7 3600 600 1209600 60";

inline policy::Target sample_target(policy::CatalogBuilder& builder, const std::string& v4,
                                    const std::string& v6, checks::SubjectIndex subject) {
    policy::Endpoint endpoint{.name = v4};
    endpoint.v4.push_back({*IpAddress::parse(v4), subject});
    if (!v6.empty()) endpoint.v6.push_back({*IpAddress::parse(v6), checks::kUnchecked});
    return {.kind = policy::Target::Kind::endpoint,
            .index = builder.forest.add(std::move(endpoint)),
            .label = v4};
}

inline void add_sample_steering(policy::CatalogBuilder& builder, const std::string& owner,
                                policy::Node node, std::uint32_t ttl) {
    node.label = owner;
    node.on_all_unhealthy = node.on_all_unhealthy == policy::OnAllUnhealthy::no_answer
                                ? policy::OnAllUnhealthy::no_answer
                                : policy::OnAllUnhealthy::serve_all;
    const auto root = *builder.forest.add(std::move(node));
    builder.add_steering(0, *DnsName::parse(owner), {.root = root, .ttl = ttl});
}

inline void add_sample_names(policy::CatalogBuilder& builder) {
    const auto check = builder.add_check({.name = "web", .probe = checks::TcpProbe{}});
    const auto subject = builder.subject({check, *IpAddress::parse("192.0.2.1")});
    using policy::Policy;
    add_sample_steering(
        builder, "www.example.com.",
        {.policy = Policy::failover,
         .targets = {sample_target(builder, "192.0.2.1", "", subject),
                     sample_target(builder, "192.0.2.2", "2001:db8::2", checks::kUnchecked)}},
        30);
    add_sample_steering(
        builder, "api.example.com.",
        {.policy = Policy::weighted,
         .targets = {sample_target(builder, "198.51.100.1", "", checks::kUnchecked),
                     sample_target(builder, "198.51.100.2", "", checks::kUnchecked)}},
        60);
    add_sample_steering(
        builder, "app.example.com.",
        {.policy = Policy::geolocation,
         .default_target = sample_target(builder, "203.0.113.1", "", checks::kUnchecked)},
        60);
    add_sample_steering(builder, "gone.example.com.",
                        {.policy = Policy::failover,
                         .targets = {sample_target(builder, "192.0.2.1", "", subject)},
                         .on_all_unhealthy = policy::OnAllUnhealthy::no_answer},
                        60);
}

inline std::shared_ptr<const policy::Catalog> sample_catalog() {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7, true);
    builder.add_zone(*DnsName::parse("example.org."), 7);
    const auto add = [&](policy::ZoneIndex zone, const char* owner, const char* type,
                         std::uint32_t ttl, const char* content) {
        builder.add_static(zone, *DnsName::parse(owner), {type, ttl, content, true});
    };
    add(0, "example.com.", "SOA", 3600, kSoa);
    add(0, "example.com.", "NS", 3600, "ns1.example.com.");
    add(0, "example.com.", "MX", 300, "10 mail.example.com.");
    add(0, "_dmarc.mail.example.com.", "TXT", 300, "\"v=DMARC1; p=\\\"none\\\"\"");
    add(0, "*.dev.example.com.", "CNAME", 300, "www.example.com.");
    add(0, "sub.example.com.", "NS", 300, "ns.sub.example.com.");
    add(0, "ns.sub.example.com.", "A", 300, "192.0.2.99");
    add(1, "example.org.", "SOA", 3600, kSoa);
    add_sample_names(builder);
    return std::make_shared<policy::Catalog>(std::move(builder).build({}));
}

/// One zone, example.com., with an SOA and nothing to check.
inline std::shared_ptr<const policy::Catalog> sample_catalog_without_checks() {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7);
    builder.add_static(0, *DnsName::parse("example.com."), {"SOA", 3600, kSoa, true});
    return std::make_shared<policy::Catalog>(std::move(builder).build({}));
}

/// Everything unknown, except that 192.0.2.1 has the health given.
inline ServingState sample_state(checks::Health of_192_0_2_1 = checks::Health::healthy) {
    ServingState state;
    state.catalog = sample_catalog();
    auto health = checks::Snapshot::all_unknown(state.catalog->subjects().size());
    health.health[0] = of_192_0_2_1;
    state.health = std::make_shared<checks::Snapshot>(std::move(health));
    return state;
}

}  // namespace fairlead::backend
