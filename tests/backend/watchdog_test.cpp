// SPDX-License-Identifier: Apache-2.0
#include "backend/watchdog.h"

#include <utility>

#include "tests/backend/memory_log.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using std::chrono::seconds;

TEST_CASE("the service manager hears of a process whose threads all live", "[backend][watchdog]") {
    const TimePoint begin{seconds(1000)};
    TimePoint sign = begin;
    int told = 0;
    MemoryLog log;
    Watchdog watchdog(seconds(20),
                      {.oldest_sign_of_life = [&] { return sign; }, .alive = [&] { ++told; }}, log);

    watchdog.tick(begin);
    CHECK(told == 1);
    watchdog.tick(begin + seconds(4));  // four times a period are enough
    CHECK(told == 1);
    watchdog.tick(begin + seconds(5));
    watchdog.tick(begin + seconds(10));  // no silence yet: half a period
    CHECK(told == 3);

    watchdog.tick(begin + seconds(15));
    CHECK(log.lines().empty());
    watchdog.tick(begin + seconds(16));
    watchdog.tick(begin + seconds(20));
    CHECK(told == 3);
    CHECK(log.lines().size() == 1);
    CHECK(log.has("no sign of life for 16 s"));

    sign = begin + seconds(20);
    watchdog.tick(begin + seconds(21));
    CHECK(told == 4);
}

TEST_CASE("a pause of the control thread is no silence of the others", "[backend][watchdog]") {
    const TimePoint begin{seconds(1000)};
    TimePoint answer = begin;
    TimePoint now = begin;
    int told = 0;
    MemoryLog log;
    // Like the checker: what it is asked for it gives by the next asking.
    Watchdog watchdog(seconds(20),
                      {.oldest_sign_of_life = [&] { return std::exchange(answer, now); },
                       .alive = [&] { ++told; }},
                      log);
    watchdog.tick(begin);
    now = begin + seconds(15);
    watchdog.tick(now);
    CHECK(told == 1);
    now += std::chrono::milliseconds(250);
    watchdog.tick(now);
    CHECK(told == 2);
    CHECK(log.lines().empty());
}

TEST_CASE("a short period is no reason to take a tick's pause for silence", "[backend][watchdog]") {
    const TimePoint begin{seconds(1000)};
    int told = 0;
    MemoryLog log;
    Watchdog watchdog(
        seconds(1), {.oldest_sign_of_life = [&] { return begin; }, .alive = [&] { ++told; }}, log);
    watchdog.tick(begin + seconds(4));
    CHECK(told == 1);
    watchdog.tick(begin + seconds(6));
    CHECK(told == 1);
}

}  // namespace
}  // namespace fairlead::backend
