// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alert_groups.h"

#include <nlohmann/json.hpp>

#include "backend/alerts/alert_json.h"
#include "backend/alerts/backoff.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1h};

/// Feeds a grouper and numbers the events.
struct Feed {
    AlertGroups groups{EventKinds().set(), 30s};
    std::uint64_t next_id = 1;

    void add(EventKind kind, Phase phase, const std::string& subject, Duration at) {
        Event event{.kind = kind, .phase = phase, .subject = subject, .text = subject + " turned"};
        event.id = next_id++;
        event.time = WallTime(std::chrono::duration_cast<std::chrono::milliseconds>(at));
        groups.add(std::make_shared<const Event>(std::move(event)), kStart + at);
    }
    void down(const std::string& subject, Duration at) {
        add(EventKind::health, Phase::begins, subject, at);
    }
    void up(const std::string& subject, Duration at) {
        add(EventKind::health, Phase::ends, subject, at);
    }
    std::vector<AlertMessage> due(Duration at) { return groups.due(kStart + at); }
    std::size_t count(Duration at) { return due(at).size(); }
};

TEST_CASE("a site outage is one message, and its recovery one more", "[backend][alerts]") {
    Feed feed;
    for (int i = 0; i < 1000; ++i)
        feed.down("web " + std::to_string(i), i * 20ms);
    feed.add(EventKind::all_unhealthy, Phase::begins, "pool eu (A)", 20s);
    feed.add(EventKind::failover, Phase::instant, "policies.eu (A)", 20s);
    CHECK(feed.count(29s) == 0);
    const auto told = feed.due(30s);
    REQUIRE(told.size() == 1);
    CHECK(told[0].status == AlertStatus::firing);
    CHECK(told[0].group == "outage-1");
    CHECK(told[0].events.size() == AlertGroups::kEventsShown);
    CHECK(told[0].more == 1002 - AlertGroups::kEventsShown);
    CHECK(told[0].active == 1001);
    CHECK(summary_of(told[0]) ==
          "1000 unhealthy, 1 failover, 1 with nothing healthy left: pool eu (A)");
    CHECK(feed.count(10min) == 0);

    for (int i = 0; i < 1000; ++i)
        feed.up("web " + std::to_string(i), 10min + i * 20ms);
    CHECK(feed.count(11min) == 0);  // the pool is not back
    feed.add(EventKind::all_unhealthy, Phase::ends, "pool eu (A)", 11min);
    CHECK(feed.count(11min + 29s) == 0);
    const auto over = feed.due(11min + 30s);
    REQUIRE(over.size() == 1);
    CHECK(over[0].status == AlertStatus::resolved);
    CHECK(over[0].group == "outage-1");
    CHECK(over[0].active == 0);
    CHECK(
        summary_of(over[0]) ==
        "over after 11 min: 1000 unhealthy, 1 failover, 1 with nothing healthy left: pool eu (A)");
    CHECK(feed.count(1h) == 0);
}

TEST_CASE("what is dark is told by name, as far as one reads", "[backend][alerts]") {
    Feed feed;
    for (const auto* pool : {"fra", "ams", "nyc", "syd", "gru"}) {
        feed.down(std::string("web ") + pool, 0s);
        feed.add(EventKind::all_unhealthy, Phase::begins, std::string("pool ") + pool, 0s);
    }
    CHECK(summary_of(feed.due(30s).at(0)) ==
          "5 unhealthy, 5 with nothing healthy left: pool fra, pool ams, pool nyc and 2 more");
}

TEST_CASE("what was over before it was told is not told", "[backend][alerts]") {
    Feed feed;
    feed.down("web", 0s);
    feed.up("web", 10s);
    CHECK(feed.count(30s) == 0);
    CHECK(feed.count(1h) == 0);
}

TEST_CASE("what is told as over has been over for a window", "[backend][alerts]") {
    Feed feed;
    feed.down("web", 0s);
    CHECK(feed.count(30s) == 1);
    feed.up("web", 60s);
    feed.down("web", 80s);
    CHECK(feed.count(2min) == 0);
    feed.up("web", 3min);
    CHECK(feed.count(3min + 29s) == 0);
    CHECK(feed.count(3min + 30s) == 1);
}

TEST_CASE("what begins later is a message of its own", "[backend][alerts]") {
    Feed feed;
    feed.down("web 1", 0s);
    CHECK(feed.count(30s) == 1);
    feed.down("web 2", 31s);
    const auto second = feed.due(61s);
    REQUIRE(second.size() == 1);
    CHECK(second[0].group == "outage-2");
    CHECK(summary_of(second[0]) == "web 2 turned");
    feed.up("web 2", 2min);
    const auto over = feed.due(3min);
    REQUIRE(over.size() == 1);
    CHECK(over[0].group == "outage-2");
}

TEST_CASE("other things are other messages", "[backend][alerts]") {
    Feed feed;
    feed.down("web", 0s);
    feed.add(EventKind::reload, Phase::begins, "configuration", 1s);
    feed.add(EventKind::override, Phase::instant, "fra1", 2s);
    const auto told = feed.due(1min);
    REQUIRE(told.size() == 3);
    CHECK(told[0].about == "outage");
    CHECK(told[1].about == "reload");
    CHECK(told[2].about == "override");
    CHECK(told[2].status == AlertStatus::notice);
    feed.add(EventKind::reload, Phase::ends, "configuration", 2min);
    const auto over = feed.due(3min);
    REQUIRE(over.size() == 1);
    CHECK(over[0].about == "reload");
}

TEST_CASE("a return of something that is out goes along with its outage", "[backend][alerts]") {
    Feed feed;
    feed.down("web", 0s);
    feed.add(EventKind::failover, Phase::instant, "policies.eu (A)", 0s);
    CHECK(feed.count(30s) == 1);
    feed.up("web", 60s);
    feed.add(EventKind::failback, Phase::instant, "policies.eu (A)", 61s);
    const auto over = feed.due(2min);
    REQUIRE(over.size() == 1);
    CHECK(over[0].counts[static_cast<std::size_t>(EventKind::failback)] == 1);
    CHECK(feed.count(1h) == 0);
}

TEST_CASE("what lasts and is said again is told again", "[backend][alerts]") {
    Feed feed;
    feed.add(EventKind::certificate, Phase::begins, "web", 0s);
    CHECK(feed.count(30s) == 1);
    feed.add(EventKind::certificate, Phase::begins, "web", 24h);
    const auto again = feed.due(24h + 30s);
    REQUIRE(again.size() == 1);
    CHECK(again[0].status == AlertStatus::firing);
    CHECK(again[0].group == "certificate-1");
}

TEST_CASE("only what is wanted is told, and ends without a beginning are nothing",
          "[backend][alerts]") {
    Feed feed;
    feed.groups.configure(EventKinds().set(static_cast<std::size_t>(EventKind::reload)), 1s);
    feed.down("web", 0s);
    feed.add(EventKind::reload, Phase::ends, "configuration", 0s);
    CHECK(feed.count(1h) == 0);
}

TEST_CASE("an outage is over when all of it is, however large", "[backend][alerts]") {
    Feed feed;
    constexpr int kMany = 30'000;
    for (int i = 0; i < kMany; ++i)
        feed.down(std::to_string(i), 0s);
    const auto told = feed.due(30s);
    REQUIRE(told.size() == 1);
    CHECK(told[0].counts[0] == kMany);
    CHECK(told[0].active == kMany);
    for (int i = 0; i < kMany - 1; ++i)
        feed.up(std::to_string(i), 1min);
    CHECK(feed.count(10min) == 0);
    feed.up(std::to_string(kMany - 1), 10min);
    CHECK(feed.count(11min) == 1);
}

TEST_CASE("what is beyond the bound is counted", "[backend][alerts]") {
    Feed feed{.groups = AlertGroups(EventKinds().set(), 30s, 2)};
    for (const auto* name : {"1", "2", "3", "4"})
        feed.down(name, 0s);
    CHECK(feed.due(30s).at(0).active == 4);
    for (const auto* name : {"4", "1", "2"})
        feed.up(name, 1min);
    CHECK(feed.count(10min) == 0);
    feed.up("3", 10min);
    CHECK(feed.count(11min) == 1);
    feed.up("3", 12min);  // of nothing
    CHECK(feed.count(1h) == 0);
}

TEST_CASE("what was missed is made up for", "[backend][alerts]") {
    Feed feed;
    feed.down("web 1", 0s);
    feed.down("web 2", 0s);
    feed.add(EventKind::reload, Phase::begins, "configuration", 0s);
    CHECK(feed.count(30s) == 2);
    // The end of the second was missed, and the beginning of a third.
    feed.groups.reconcile(EventKind::health, {"web 1", "web 3"}, kStart + 1min);
    feed.up("web 1", 2min);
    CHECK(feed.count(10min) == 0);  // the third is down
    feed.up("web 3", 10min);
    const auto over = feed.due(11min);
    REQUIRE(over.size() == 1);
    CHECK(over[0].about == "outage");
    CHECK(over[0].counts[0] == 3);
    CHECK(over[0].events.size() == 2);
    CHECK(over[0].more == 1);

    feed.down("web 1", 20min);
    CHECK(feed.count(21min) == 1);
    feed.groups.reconcile(EventKind::health, {}, kStart + 22min);
    const auto again = feed.due(23min);
    REQUIRE(again.size() == 1);
    CHECK(again[0].status == AlertStatus::resolved);
    CHECK(again[0].time >= again[0].began);
    // With nothing open there is nothing to go along with.
    feed.groups.reconcile(EventKind::health, {"web 9"}, kStart + 24min);
    CHECK(feed.count(1h) == 0);
}

TEST_CASE("the body of a message", "[backend][alerts]") {
    Feed feed;
    feed.down("web", 0s);
    const auto json = nlohmann::json::parse(alert_json(feed.due(30s).at(0), "dns1"));
    CHECK(json["version"] == 1);
    CHECK(json["group"] == "outage-1");
    CHECK(json["status"] == "firing");
    CHECK(json["about"] == "outage");
    CHECK(json["instance"] == "dns1");
    CHECK(json["summary"] == "web turned");
    CHECK(json["began"] == "1970-01-01T00:00:00.000Z");
    CHECK(json["counts"] == nlohmann::json{{"health", 1}});
    CHECK(json["active"] == 1);
    CHECK(json["more"] == 0);
    REQUIRE(json["events"].size() == 1);
    CHECK(json["events"][0]["subject"] == "web");
}

TEST_CASE("waits double up to five minutes, and differ", "[backend][alerts]") {
    CHECK(backoff(1, 0) == 500ms);
    CHECK(backoff(1, 1) == 1s);
    CHECK(backoff(2, 1) == 2s);
    CHECK(backoff(9, 1) == 256s);
    CHECK(backoff(10, 1) == 5min);
    CHECK(backoff(1'000'000, 1) == 5min);
    CHECK(backoff(1'000'000, 0) == 150s);
}

}  // namespace
}  // namespace fairlead::backend
