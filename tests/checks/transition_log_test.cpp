// SPDX-License-Identifier: Apache-2.0
#include "checks/transition_log.h"

#include "tests/checks/recording_log.h"
#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;
using test::RecordingLog;

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

TEST_CASE("a transition says who, what and why", "[checks][transition_log]") {
    const auto v4 = *IpAddress::parse("203.0.113.10");
    const auto v6 = *IpAddress::parse("2001:db8::10");
    const Outcome refused{.layer = Layer::connect, .failure = Failure::refused};
    const Outcome good{.layer = Layer::http, .detail = "200 OK"};
    CHECK(transition_line(web(), v4, evidence(Health::unhealthy, refused), false) ==
          "web 203.0.113.10:443 is unhealthy: connect refused (3 of 3)");
    CHECK(transition_line(web(), v6, evidence(Health::unhealthy, refused), true) ==
          "web [2001:db8::10]:443 is unhealthy: connect refused (first result)");
    HealthCheck inverted = web();
    inverted.invert = true;
    inverted.thresholds.rise = 2;
    CHECK(transition_line(inverted, v4, evidence(Health::healthy, good), false) ==
          "web 203.0.113.10:443 is unhealthy (inverted): ok (200 OK) (2 of 2)");
}

TEST_CASE("a burst is twenty lines and a number", "[checks][transition_log]") {
    RecordingLog log;
    TransitionLog transitions(log);
    for (int i = 0; i < 120; ++i)
        transitions.write(LogLevel::warning, "line", kNow + i * 1ms);
    CHECK(log.lines().size() == 20);
    CHECK(transitions.due() == kNow + 1s);
    transitions.summarize(kNow + 999ms);
    CHECK(log.lines().size() == 20);
    transitions.summarize(kNow + 1s);
    REQUIRE(log.lines().size() == 21);
    CHECK(log.lines().back() == "and 100 more changes of health");
    CHECK(transitions.due() == TimePoint::max());
}

TEST_CASE("the number comes before the lines of the next burst", "[checks][transition_log]") {
    RecordingLog log;
    TransitionLog transitions(log);
    for (int i = 0; i < 21; ++i)
        transitions.write(LogLevel::info, "first", kNow);
    transitions.write(LogLevel::info, "second", kNow + 2s);
    REQUIRE(log.lines().size() == 22);
    CHECK(log.lines()[20] == "and 1 more changes of health");
    CHECK(log.lines()[21] == "second");
}

}  // namespace
}  // namespace fairlead::checks
