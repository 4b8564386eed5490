// SPDX-License-Identifier: Apache-2.0
#include "checks/transition.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow{1h};

HealthCheck web() {
    HealthCheck check;
    check.name = "web";
    check.port = 443;
    return check;
}

Evidence evidence(Health health, Outcome last) {
    return {.state = {.health = health}, .last = std::move(last)};
}

TEST_CASE("a transition says who, what and why", "[checks][transition]") {
    const Subject v4{0, *IpAddress::parse("203.0.113.10")};
    const Subject v6{0, *IpAddress::parse("2001:db8::10")};
    const Subject named{0, {}, "db.example.net"};
    const Outcome refused{.layer = Layer::connect, .failure = Failure::refused};
    const Outcome good{.layer = Layer::http, .detail = "200 OK"};
    CHECK(transition_line(web(), v4, evidence(Health::unhealthy, refused), false) ==
          "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)");
    CHECK(transition_line(web(), v6, evidence(Health::unhealthy, refused), true) ==
          "web [2001:db8::10]:443 is unhealthy: connect refused (first result)");
    CHECK(transition_line(web(), named, evidence(Health::unhealthy, refused), false) ==
          "web db.example.net:443 is unhealthy: connect refused (3 of 3)");
    HealthCheck inverted = web();
    inverted.invert = true;
    inverted.thresholds.rise = 2;
    CHECK(transition_line(inverted, v4, evidence(Health::healthy, good), false) ==
          "web 203.0.113.10:443 is unhealthy (inverted): ok (200 OK) (2 of 2)");
}

TEST_CASE("an event says from what, since when, and what the address's other checks say",
          "[checks][transition]") {
    const auto here = *IpAddress::parse("203.0.113.10");
    const auto elsewhere = *IpAddress::parse("203.0.113.11");
    HealthCheck ping;
    ping.name = "ping";
    const std::vector<HealthCheck> checks{web(), ping};
    const std::vector<Subject> subjects{{0, here}, {1, here}, {0, elsewhere}};
    HealthTable table(checks, subjects);
    Transitions transitions(checks, subjects, table);
    const Outcome refused{.layer = Layer::connect, .failure = Failure::refused};
    for (SubjectIndex i = 0; i < subjects.size(); ++i) {
        table.record(i, {}, kNow);
        CHECK(transitions.event(i, true, kNow).from == "unknown");
    }
    for (int i = 0; i < 3; ++i)
        table.record(0, refused, kNow + 60s);
    const Event down = transitions.event(0, false, kNow + 60s);
    CHECK(down.subject == "web 203.0.113.10:443");
    CHECK(down.from == "healthy");
    CHECK(down.to == "unhealthy");
    CHECK(down.phase == Phase::begins);
    CHECK(down.severity == LogLevel::warning);
    CHECK(down.outcome == "connect refused");
    CHECK(down.reason == "connect refused (3 of 3)");
    CHECK(down.lasted == Duration(60s));
    CHECK(down.checks == Agreement{.agreeing = 1, .checks = 2});
    CHECK(down.text == "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)");

    for (int i = 0; i < 3; ++i)
        table.record(0, {}, kNow + 90s);
    const Event up = transitions.event(0, false, kNow + 90s);
    CHECK(up.phase == Phase::ends);
    CHECK(up.lasted == Duration(30s));
    CHECK(up.checks == Agreement{.agreeing = 2, .checks = 2});
    CHECK_FALSE(transitions.event(2, false, kNow).checks);  // it is alone
}

TEST_CASE("what an alias has is called by address and name, and its trouble ends when it leaves",
          "[checks][transition]") {
    HealthCheck web;
    web.name = "web";
    web.port = 443;
    web.thresholds = {.fall = 1, .rise = 1};
    const std::vector<HealthCheck> checks{web};
    const Subject there{0, *IpAddress::parse("2001:db8::10"), "lb.example.net", 9};
    CHECK(subject_name(web, there) == "web [2001:db8::10]:443 of lb.example.net");

    const std::vector<Subject> subjects{there};
    HealthTable table(checks, subjects);
    Transitions transitions(checks, subjects, table);
    table.occupy(0, kNow);
    CHECK_FALSE(transitions.leave(0, there, kNow));  // nothing bad was told of it
    table.record(0, {.layer = Layer::connect, .failure = Failure::refused}, kNow);
    CHECK(transitions.event(0, true, kNow).phase == Phase::begins);
    const auto end = transitions.leave(0, there, kNow + 60s);
    REQUIRE(end);
    CHECK(end->phase == Phase::ends);
    CHECK(end->subject == "web [2001:db8::10]:443 of lb.example.net");
    CHECK(end->to == "removed");
    CHECK(end->lasted == Duration(60s));
    CHECK_FALSE(transitions.leave(0, there, kNow + 61s));
}

}  // namespace
}  // namespace fairlead::checks
