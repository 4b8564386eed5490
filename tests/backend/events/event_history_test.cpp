// SPDX-License-Identifier: Apache-2.0
#include "backend/events/event_history.h"

#include <atomic>
#include <thread>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

constexpr std::uint64_t kFirst = 1000;

std::vector<std::uint64_t> ids_of(const EventBatch& batch) {
    std::vector<std::uint64_t> ids;
    for (const auto& event : batch.events)
        ids.push_back(event->id);
    return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST_CASE("events are numbered, and the newest are kept", "[backend][events]") {
    EventHistory history(kFirst, 4);
    CHECK(ids_of(history.newest(10)).empty());
    CHECK(history.newest_id() == kFirst - 1);
    for (int i = 0; i < 6; ++i)
        history.add({.kind = EventKind::reload}, WallTime(std::chrono::milliseconds(i)), {});
    CHECK(ids_of(history.newest(10)) == Ids{1002, 1003, 1004, 1005});
    CHECK(ids_of(history.newest(2)) == Ids{1004, 1005});
    CHECK(history.newest(1).events.front()->time == WallTime(std::chrono::milliseconds(5)));
    CHECK(history.newest_id() == 1005);
    CHECK(history.totals()[static_cast<std::size_t>(EventKind::reload)] == 6);
    CHECK(history.totals()[static_cast<std::size_t>(EventKind::health)] == 0);
}

TEST_CASE("a reader goes on after what it saw, and learns what it missed", "[backend][events]") {
    EventHistory history(kFirst, 4);
    for (int i = 0; i < 6; ++i)
        history.add({}, {}, {});
    struct Case {
        std::uint64_t after;
        Ids ids;
        std::uint64_t missed;
    };
    const std::vector<Case> cases{
        {0, {1002, 1003, 1004}, 2},    // never saw anything
        {500, {1002, 1003, 1004}, 2},  // saw the process before this one
        {1000, {1002, 1003, 1004}, 1},
        {1001, {1002, 1003, 1004}, 0},
        {1003, {1004, 1005}, 0},
        {1005, {}, 0},
        {9999, {}, 0},
    };
    for (const auto& [after, ids, missed] : cases) {
        INFO("after " << after);
        const auto batch = history.after(after, 3);
        CHECK(ids_of(batch) == ids);
        CHECK(batch.missed == missed);
    }
}

TEST_CASE("a burst is kept until everybody has had time to read it", "[backend][events]") {
    using std::chrono::milliseconds;
    const auto at = [](milliseconds time) { return TimePoint(time); };
    // The time of day goes back meanwhile, which is nothing to it.
    const auto day = [](int i) { return WallTime(milliseconds(1'000'000 - 10'000 * i)); };
    EventHistory history(kFirst, 4, 100);
    for (int i = 0; i < 90; ++i)
        history.add({}, day(i), at(milliseconds(i)));
    CHECK(history.after(kFirst - 1, 1000).events.size() == 90);
    for (int i = 90; i < 110; ++i)
        history.add({}, day(i), at(milliseconds(i)));
    CHECK(history.after(kFirst - 1, 1000).missed == 10);  // there is a bound on it
    history.tick(at(EventHistory::kBurst));
    CHECK(history.newest(1000).events.size() == 100);
    history.add({}, day(110), at(EventHistory::kBurst + milliseconds(50)));
    CHECK(history.newest(1000).events.size() == 60);             // 51 to 110
    history.tick(at(EventHistory::kBurst + milliseconds(200)));  // though no other one comes
    CHECK(history.newest(1000).events.size() == 4);
    CHECK(history.newest_id() == kFirst + 110);
}

TEST_CASE("many threads add while others read, and every event is read or missed",
          "[backend][events]") {
    constexpr int kThreads = 4;
    constexpr int kEach = 5000;
    EventHistory history(1, 100);
    std::vector<std::thread> adders;
    std::atomic<int> running{kThreads};
    for (int i = 0; i < kThreads; ++i) {
        adders.emplace_back([&] {
            for (int n = 0; n < kEach; ++n)
                history.add({.subject = "a"}, {}, {});
            --running;
        });
    }
    std::uint64_t seen = 0;
    std::uint64_t last = 0;
    const auto read = [&] {
        const auto batch = history.after(last, 10);
        seen += batch.missed + batch.events.size();
        if (!batch.events.empty()) last = batch.events.back()->id;
        return !batch.events.empty();
    };
    while (running > 0)
        (void)read();
    for (auto& adder : adders)
        adder.join();
    while (read()) {
    }
    CHECK(seen == std::uint64_t{kThreads} * kEach);
    CHECK(last == seen);
}

}  // namespace
}  // namespace fairlead::backend
