// SPDX-License-Identifier: Apache-2.0

// Targets that report in: what a report, and silence, make of their health.

#include "tests/checks/audience.h"
#include "tests/checks/recording_log.h"
#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;
using test::Audience;
using test::checker_of;
using test::RecordingLog;
using test::subject;

HealthCheck heartbeat(milliseconds ttl) {
    HealthCheck check;
    check.name = "alive";
    check.probe = Heartbeat{};
    check.interval = ttl;
    check.thresholds = {.fall = 1, .rise = 1};
    check.port = 0;
    return check;
}

constexpr milliseconds kLong{1h};

TEST_CASE("a target is as it says, and unknown before it has said so", "[checks][heartbeat]") {
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{heartbeat(kLong)}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());  // which does not wait for reports
    CHECK(audience.at_first_round()->health[0] == Health::unknown);

    checker->report({0}, {.is_up = true, .message = "serving"});
    REQUIRE(audience.wait_for_health(0, Health::healthy));
    CHECK(describe(audience.snapshots().back()->evidence[0].last) == "ok (serving)");
    checker->report({0}, {.is_up = false, .message = "disk\nfull"});
    REQUIRE(audience.wait_for_health(0, Health::unhealthy));
    checker->report({0}, {});
    REQUIRE(audience.wait_for_health(0, Health::healthy));
    checker->stop();
    CHECK(log.count("alive 127.0.0.1 is unhealthy: heartbeat down: disk?full (1 of 1)") == 1);
}

TEST_CASE("silence for the ttl is a failure, and a report ends it", "[checks][heartbeat]") {
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{heartbeat(1s)}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_health(0, Health::unhealthy));  // never heard of
    CHECK(describe(audience.snapshots().back()->evidence[0].last) ==
          "heartbeat timeout: nothing for 1 s");
    checker->report({0}, {});
    REQUIRE(audience.wait_for_health(0, Health::healthy));
    REQUIRE(audience.wait_for_health(0, Health::unhealthy));  // and no more
    checker->stop();
}

TEST_CASE("who goes on reporting stays healthy, beside one who does not", "[checks][heartbeat]") {
    Audience audience;
    RecordingLog log;
    const auto checker =
        checker_of({{heartbeat(5s)}, {subject("192.0.2.1"), subject("192.0.2.2")}}, audience, log);
    checker->start(audience.first_round());
    checker->report({0, 1}, {});
    REQUIRE(audience.wait_for_health(1, Health::healthy));
    const bool silent = audience.wait_for([&](const Snapshot& snapshot) {
        checker->report({0}, {});
        return snapshot.health[1] == Health::unhealthy;
    });
    CHECK(silent);
    checker->stop();
    for (const auto& snapshot : audience.snapshots())
        CHECK(snapshot->health[0] != Health::unhealthy);
}

TEST_CASE("a report outlives a reload, and its time to live goes on", "[checks][heartbeat]") {
    Audience audience;
    RecordingLog log;
    const auto before = checker_of({{heartbeat(2s)}, {subject()}}, audience, log);
    before->start(audience.first_round());
    before->report({0}, {});
    REQUIRE(audience.wait_for_health(0, Health::healthy));
    before->stop();

    const auto after = checker_of({{heartbeat(2s)}, {subject()}}, audience, log);
    after->inherit(before->memory());
    CHECK(after->snapshot()->health[0] == Health::healthy);
    after->start(audience.first_round());
    REQUIRE(audience.wait_for_health(0, Health::unhealthy));
    after->stop();
}

TEST_CASE("a disabled heartbeat check takes no reports", "[checks][heartbeat]") {
    auto check = heartbeat(kLong);
    check.enabled = false;
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of(
        {{check, heartbeat(kLong)}, {subject(), subject("127.0.0.1", 1)}}, audience, log);
    checker->start(audience.first_round());
    checker->report({0, 1}, {.is_up = false, .message = ""});
    REQUIRE(audience.wait_for_health(1, Health::unhealthy));
    CHECK(audience.snapshots().back()->health[0] == Health::healthy);
    checker->stop();
}

TEST_CASE("a calculated check turns with a report", "[checks][heartbeat]") {
    HealthCheck site;
    site.name = "site";
    site.probe = Calculation{.children = {0}, .at_least = 1};
    Audience audience;
    RecordingLog log;
    const auto checker =
        checker_of({{heartbeat(kLong), site}, {subject(), subject("127.0.0.1", 1)}}, audience, log);
    checker->start(audience.first_round());
    checker->report({0}, {.is_up = false, .message = ""});
    REQUIRE(audience.wait_for_health(1, Health::unhealthy));
    checker->report({0}, {});
    REQUIRE(audience.wait_for_health(1, Health::healthy));
    checker->stop();
}

}  // namespace
}  // namespace fairlead::checks
