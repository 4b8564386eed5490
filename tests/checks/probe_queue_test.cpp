// SPDX-License-Identifier: Apache-2.0
#include "checks/probe_queue.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow{1h};

Timetable::Entry entry(SubjectIndex subject, Duration late = 0s) {
    return {.due = kNow - late, .subject = subject};
}

/// Starts all that may be, and says who.
std::vector<SubjectIndex> started(ProbeQueue& queue) {
    std::vector<SubjectIndex> subjects;
    while (const auto turn = queue.take_due(kNow)) {
        queue.begin(turn->lane);
        subjects.push_back(turn->entry.subject);
    }
    return subjects;
}

TEST_CASE("the silent have half of the places, those that answer all", "[checks][probe_queue]") {
    const CommandSlots slots;
    ProbeQueue queue(4, slots);
    for (SubjectIndex i = 0; i < 10; ++i)
        queue.add(Lane::silent, entry(i, 10s));
    CHECK(started(queue) == std::vector<SubjectIndex>{0, 1});
    CHECK(queue.held_up_since() == kNow - 10s);
    CHECK(queue.held_up_lane() == Lane::silent);
    CHECK(queue.next_due() == TimePoint::max());

    for (SubjectIndex i = 10; i < 13; ++i)
        queue.add(Lane::answering, entry(i));
    CHECK(started(queue) == std::vector<SubjectIndex>{10, 11});
    CHECK(queue.in_flight() == 4);
    // The place of one that answers is free again for those that answer only.
    queue.end(Lane::answering);
    CHECK(started(queue) == std::vector<SubjectIndex>{12});
    queue.end(Lane::silent);
    CHECK(started(queue) == std::vector<SubjectIndex>{2});
    CHECK(queue.waiting().size() == 7);
}

TEST_CASE("across lanes the longest due goes first, and nothing early", "[checks][probe_queue]") {
    const CommandSlots slots;
    ProbeQueue queue(100, slots);
    queue.add(Lane::answering, entry(1, 1s));
    queue.add(Lane::silent, entry(2, 3s));
    queue.add(Lane::command, entry(3, 2s));
    queue.add(Lane::free, entry(4, 4s));
    queue.add(Lane::answering, {.due = kNow + 1s, .subject = 5});
    CHECK(started(queue) == std::vector<SubjectIndex>{4, 2, 3, 1});
    CHECK(queue.next_due() == kNow + 1s);
    CHECK(queue.held_up_since() == TimePoint::max());
}

TEST_CASE("commands wait for slots and hold no place", "[checks][probe_queue]") {
    CommandSlots slots(1);
    ProbeQueue queue(1, slots);
    queue.add(Lane::command, entry(1));
    queue.add(Lane::command, entry(2));
    const auto first = queue.take_due(kNow);
    REQUIRE(first);
    queue.begin(first->lane);
    slots.take();
    CHECK_FALSE(queue.take_due(kNow));
    CHECK(queue.held_up_lane() == Lane::command);
    CHECK(queue.in_flight() == 0);
    CHECK(queue.has_room(Lane::answering));
    slots.give_back();
    CHECK(queue.take_due(kNow)->entry.subject == 2);
}

TEST_CASE("one place serves everybody in turn", "[checks][probe_queue]") {
    const CommandSlots slots;
    ProbeQueue queue(1, slots);
    queue.add(Lane::silent, entry(1, 1s));
    queue.add(Lane::answering, entry(2));
    queue.add(Lane::free, entry(3));
    CHECK(started(queue) == std::vector<SubjectIndex>{1, 3});
    queue.end(Lane::silent);
    CHECK(started(queue) == std::vector<SubjectIndex>{2});
}

TEST_CASE("what hung last time, or is new, is silent", "[checks][probe_queue]") {
    struct Case {
        const char* what;
        Evidence evidence;
        Lane lane;
    };
    const auto seen = [](Health health, Outcome last) {
        return Evidence{.state = {.health = health}, .last = std::move(last), .since = kNow};
    };
    const std::vector<Case> cases{
        {"new", {}, Lane::silent},
        {"answers", seen(Health::healthy, {.duration = 20ms}), Lane::answering},
        {"answers slowly", seen(Health::healthy, {.duration = 3s}), Lane::answering},
        {"refuses", seen(Health::unhealthy, {.failure = Failure::refused, .duration = 1ms}),
         Lane::answering},
        {"timed out", seen(Health::healthy, {.failure = Failure::timeout, .duration = 4s}),
         Lane::silent},
        {"is not there, says a router after a while",
         seen(Health::unhealthy, {.failure = Failure::unreachable, .duration = 3s}), Lane::silent},
        {"knows nothing", seen(Health::unknown, {.failure = Failure::no_data, .duration = 1ms}),
         Lane::answering},
        {"was up before a restart", seen(Health::healthy, {.detail = "last known"}),
         Lane::answering},
        {"was down before a restart", seen(Health::unhealthy, {.failure = Failure::remembered}),
         Lane::silent},
    };
    HealthCheck check;
    for (const auto& [what, evidence, lane] : cases) {
        CAPTURE(what);
        CHECK(lane_of(check, evidence) == lane);
    }
    check.timeout = 100ms;
    CHECK(lane_of(check, seen(Health::healthy, {.failure = Failure::timeout, .duration = 100ms})) ==
          Lane::silent);
    check.probe = ExecProbe{};
    CHECK(lane_of(check, {}) == Lane::command);
    check.probe = Heartbeat{};
    CHECK(lane_of(check, {}) == Lane::free);
}

}  // namespace
}  // namespace fairlead::checks
