// SPDX-License-Identifier: Apache-2.0
#include "backend/failover_moves.h"

#include "tests/backend/protocol/sample_state.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using checks::Health;
using policy::Failback;

const TimePoint kNow{std::chrono::hours(5)};

/// One failover node; 192.0.2.1 is checked, the others are not.
std::shared_ptr<const policy::Catalog> catalog_of(const std::vector<std::string>& targets,
                                                  const Failback& failback = {
                                                      .mode = Failback::Mode::manual}) {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7);
    const auto check = builder.add_check({.name = "web", .probe = checks::TcpProbe{}});
    const auto subject = builder.subject({check, *IpAddress::parse("192.0.2.1")});
    policy::Node node{.policy = policy::Policy::failover};
    for (const auto& target : targets) {
        node.targets.push_back(sample_target(builder, target, "",
                                             target == "192.0.2.1" ? subject : checks::kUnchecked));
    }
    node.failback = failback;
    node.path = "zones.example.com.records.www";
    add_sample_steering(builder, "www.example.com.", std::move(node), 30);
    return std::make_shared<policy::Catalog>(std::move(builder).build({}));
}

ServingState state_of(std::shared_ptr<const policy::Catalog> catalog, Health health) {
    auto snapshot = checks::Snapshot::all_unknown(1);
    snapshot.health[0] = health;
    return {.catalog = std::move(catalog),
            .health = std::make_shared<const checks::Snapshot>(std::move(snapshot))};
}

std::string target_of(const ServingState& state) {
    const auto& position = state.positions->all().front();
    return state.catalog->forest().node(position.node).targets[position.place].label;
}

TEST_CASE("a position is known by names, and taken up by a catalog that has them",
          "[backend][failover_moves]") {
    auto before = state_of(catalog_of({"192.0.2.1", "192.0.2.2"}), Health::unhealthy);
    CHECK(named_positions(before).empty());
    REQUIRE(advance_positions(before, kNow).size() == 1);
    const auto named = named_positions(before);
    REQUIRE(named.size() == 1);
    CHECK(named[0].node == "zones.example.com.records.www");
    CHECK(named[0].target == "192.0.2.2");
    CHECK(named[0].since == kNow);

    // Everything is healthy after the restart, and the node still waits for an operator.
    auto after = state_of(catalog_of({"192.0.2.1", "192.0.2.3", "192.0.2.2"}), Health::healthy);
    after.positions = restored_positions(*after.catalog, named);
    CHECK(advance_positions(after, kNow).empty());
    CHECK(target_of(after) == "192.0.2.2");
}

TEST_CASE("nothing is due while names have not been asked for yet, however late it is",
          "[backend][failover_moves]") {
    const auto catalog = catalog_of({"192.0.2.1", "192.0.2.2"}, {.mode = Failback::Mode::after,
                                                                 .after = std::chrono::minutes(5)});
    auto state = state_of(catalog, Health::unhealthy);
    REQUIRE(advance_positions(state, kNow).size() == 1);
    auto snapshot = *state.health;
    snapshot.health[0] = Health::healthy;
    state.health = std::make_shared<const checks::Snapshot>(snapshot);
    CHECK(advance_positions(state, kNow).empty());
    CHECK(next_failback(state) == kNow + std::chrono::minutes(5));

    snapshot.aliases = std::make_shared<const checks::AliasTable>();
    state.health = std::make_shared<const checks::Snapshot>(snapshot);
    REQUIRE_FALSE(state.health->has_asked());
    CHECK(next_failback(state) == TimePoint::max());
}

TEST_CASE("a position whose target or node is gone is forgotten", "[backend][failover_moves]") {
    const std::vector<NamedPosition> named{
        {"zones.example.com.records.www", Family::v4, "192.0.2.2", kNow},
        {"policies.gone", Family::v4, "192.0.2.2", kNow}};
    auto state = state_of(catalog_of({"192.0.2.1", "192.0.2.3"}), Health::healthy);
    state.positions = restored_positions(*state.catalog, named);
    CHECK(target_of(state) == "192.0.2.1");
    CHECK(restored_positions(*sample_catalog(), named) == nullptr);
}

}  // namespace
}  // namespace fairlead::backend
