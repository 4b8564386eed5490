// SPDX-License-Identifier: Apache-2.0
#include "checks/schedule.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1h};
const HealthState kHealthy{.health = Health::healthy};
const HealthState kInDoubt{.health = Health::healthy, .against = 1};

TEST_CASE("the regular probe comes one interval after the last was due, give or take the jitter",
          "[checks][schedule]") {
    const HealthCheck check;  // 10 s, 10 %
    const Attempt attempt{.due = kStart, .started = kStart, .ended = kStart + 300ms};
    CHECK(next_probe(check, kHealthy, attempt, 0.0) == kStart + 9s);
    CHECK(next_probe(check, kHealthy, attempt, 0.5) == kStart + 10s);
    CHECK(next_probe(check, kHealthy, attempt, 0.75) == kStart + 10500ms);
    CHECK(next_probe(check, kHealthy, attempt, 0.999999) <= kStart + 11s);
}

TEST_CASE("a probe that was late does not put off the next", "[checks][schedule]") {
    const HealthCheck check;
    const auto after = [&](Duration late, double draw) {
        const TimePoint started = kStart + late;
        const Attempt attempt{.due = kStart, .started = started, .ended = started + 300ms};
        return next_probe(check, kHealthy, attempt, draw) - kStart;
    };
    CHECK(after(3s, 0.5) == 10s);
    CHECK(after(9s, 0.0) == 9310ms);  // not before it has had a rest
    CHECK(after(9s, 0.5) == 10s);
    // By an interval: it begins anew.
    CHECK(after(10s, 0.5) == 15300ms);
    CHECK(after(60s, 0.0) == 70300ms);
}

TEST_CASE("probes that are due within 10 ms begin together, and never early",
          "[checks][schedule]") {
    const HealthCheck check;
    const Attempt attempt{.due = kStart, .started = kStart, .ended = kStart + 300ms};
    std::set<TimePoint> moments;
    for (int i = 0; i < 10'000; ++i) {
        const double draw = i / 10'000.0;
        const auto due = next_probe(check, kHealthy, attempt, draw);
        const Duration late = due - (kStart + 9s + std::chrono::microseconds(200 * i));
        REQUIRE(late > -1us);  // the draw is a binary fraction
        REQUIRE(late <= 10ms);
        moments.insert(due);
    }
    CHECK(moments.size() == 201);  // of 9 to 11 seconds
}

TEST_CASE("in doubt the next probe comes one fast interval after the last ended",
          "[checks][schedule]") {
    const HealthCheck check;
    const Attempt attempt{.due = kStart, .started = kStart, .ended = kStart + 4s};
    for (const double draw : {0.0, 0.3, 0.999})
        CHECK(next_probe(check, kInDoubt, attempt, draw) == kStart + 5s);
}

TEST_CASE("after the first probe subjects spread over one interval", "[checks][schedule]") {
    const HealthCheck check;
    const Attempt attempt{.due = kStart, .started = kStart, .ended = kStart + 1s, .first = true};
    CHECK(next_probe(check, kHealthy, attempt, 0.0) == kStart + 11s);
    CHECK(next_probe(check, kHealthy, attempt, 0.5) == kStart + 6s);
    CHECK(next_probe(check, kHealthy, attempt, 0.999999) > kStart + 1s);
}

TEST_CASE("after a first round that takes its time probes are spread evenly",
          "[checks][schedule]") {
    // Twice as many can begin in a second as have to: the first round takes half an interval, and
    // the second begins before it is over.
    constexpr SubjectIndex kSubjects = 20'000;
    constexpr auto kEach = 250us;
    const HealthCheck check;
    std::mt19937_64 random(1);  // NOLINT: the same each time
    std::uniform_real_distribution<double> draw(0, 1);
    std::vector<int> attempts(kSubjects);
    Timetable timetable;
    for (SubjectIndex i = 0; i < kSubjects; ++i)
        timetable.add({.due = kStart, .subject = i});

    std::vector<int> in_second(60);
    for (TimePoint now = kStart; now < kStart + 60s; now += kEach) {
        now = std::max(now, timetable.next_due());
        const auto entry = timetable.take_due(now);
        REQUIRE(entry.has_value());
        const auto second = static_cast<std::size_t>((now - kStart) / 1s);
        if (second < in_second.size()) ++in_second[second];
        const Attempt attempt{.due = entry->due,
                              .started = now,
                              .ended = now,
                              .first = attempts[entry->subject]++ == 0};
        timetable.add(
            {.due = next_probe(check, kHealthy, attempt, draw(random)), .subject = entry->subject});
    }
    const int mean = kSubjects / 10;
    CHECK(in_second.front() == 4000);
    CHECK(*std::max_element(in_second.begin() + 10, in_second.end()) < mean * 11 / 10);
    CHECK(*std::min_element(in_second.begin() + 10, in_second.end()) > mean * 9 / 10);
}

TEST_CASE("no numbers make the checker spin on a target", "[checks][schedule]") {
    HealthCheck check;
    check.interval = 0ms;
    check.fast_interval = 0ms;
    const Attempt attempt{.due = kStart, .started = kStart, .ended = kStart + 20ms};
    CHECK(next_probe(check, kHealthy, attempt, 0.0) > attempt.ended);
    CHECK(next_probe(check, kInDoubt, attempt, 0.0) > attempt.ended);
}

TEST_CASE("defaults find a refused connection within the promised bound", "[checks][schedule]") {
    // The target dies just after a good probe; every draw is the worst one.
    const HealthCheck check;
    HealthState state = kHealthy;
    TimePoint at =
        next_probe(check, state, {.due = kStart, .started = kStart, .ended = kStart}, 0.999999);
    for (;;) {
        state = advance(state, false, check.thresholds);
        if (state.health == Health::unhealthy) break;
        at = next_probe(check, state, {.due = at, .started = at, .ended = at}, 0.999999);
    }
    const auto jitter = 1s;  // a tenth of the interval
    CHECK(at - kStart <= 12s + jitter);
}

TEST_CASE("the timetable hands out the longest due first and nothing early", "[checks][schedule]") {
    Timetable timetable;
    CHECK(timetable.next_due() == TimePoint::max());
    CHECK_FALSE(timetable.take_due(kStart).has_value());
    timetable.add({.due = kStart + 2s, .subject = 1});
    timetable.add({.due = kStart + 1s, .subject = 2});
    timetable.add({.due = kStart + 3s, .subject = 3});
    CHECK(timetable.next_due() == kStart + 1s);
    CHECK_FALSE(timetable.take_due(kStart + 999ms).has_value());
    CHECK(timetable.take_due(kStart + 2s)->subject == 2);
    CHECK(timetable.take_due(kStart + 2s)->subject == 1);
    CHECK_FALSE(timetable.take_due(kStart + 2s).has_value());
    CHECK(timetable.take_due(kStart + 9s)->subject == 3);
    CHECK(timetable.next_due() == TimePoint::max());
}

}  // namespace
}  // namespace fairlead::checks
