// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_lines.h"

#include "backend/events/event_recorder.h"
#include "tests/backend/memory_log.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow{1h};

TEST_CASE("a burst of one kind is twenty lines and a number", "[backend][events]") {
    EventLines lines;
    int admitted = 0;
    for (int i = 0; i < 120; ++i)
        admitted += lines.admits(EventKind::health, kNow + i * 1ms) ? 1 : 0;
    CHECK(admitted == 20);
    CHECK(lines.admits(EventKind::override, kNow));  // others are not held back
    CHECK(lines.summaries(kNow + 9999ms).empty());
    CHECK(lines.summaries(kNow + 10s) ==
          std::vector<std::string>{"and 100 more changes of health"});
    CHECK(lines.summaries(kNow + 11s).empty());
    CHECK(lines.admits(EventKind::health, kNow + 11s));
}

TEST_CASE("what operators ask for is always a line", "[backend][events]") {
    EventLines lines;
    for (int i = 0; i < 100; ++i) {
        CHECK(lines.admits(EventKind::reload, kNow));
        CHECK(lines.admits(EventKind::override, kNow));
    }
    CHECK(lines.summaries(kNow + 11s).empty());
}

TEST_CASE("the number comes before the lines of the next burst", "[backend][events]") {
    EventLines lines;
    for (int i = 0; i < 20; ++i)
        CHECK(lines.admits(EventKind::failover, kNow));
    CHECK_FALSE(lines.admits(EventKind::failover, kNow));
    CHECK_FALSE(lines.admits(EventKind::failover, kNow + 12s));
    CHECK(lines.summaries(kNow + 12s) == std::vector<std::string>{"and 2 more failovers"});
    CHECK(lines.admits(EventKind::failover, kNow + 12s));
}

TEST_CASE("ten thousand events are all kept, and few are lines", "[backend][events]") {
    MemoryLog log;
    EventRecorder recorder(log);
    for (int i = 0; i < 10'000; ++i)
        recorder.report({.kind = EventKind::health, .text = "web is unhealthy"});
    recorder.tick(SteadyClock().now() + 11s);
    CHECK(recorder.history().newest(20'000).events.size() == 10'000);
    // As many bursts as the machine took seconds, but each with its number.
    CHECK(log.lines().size() <= 21 * 100);
    CHECK(log.has(" more changes of health"));
    recorder.info("a line");
    CHECK(log.lines().back() == "a line");
}

}  // namespace
}  // namespace fairlead::backend
