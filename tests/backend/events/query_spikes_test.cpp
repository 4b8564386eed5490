// SPDX-License-Identifier: Apache-2.0
#include "backend/events/query_spikes.h"

#include "backend/traffic.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;

/// Seconds of one zone at a rate, and when its spikes began and ended.
struct Zone {
    QueryRate rate;
    SpikeLimits limits;
    int second = 0;
    std::vector<int> began{};
    std::vector<int> ended{};

    void run(int seconds, std::uint64_t per_s) {
        for (int i = 0; i < seconds; ++i, ++second) {
            if (!rate.sample(per_s, 1, limits)) continue;
            (rate.is_spike() ? began : ended).push_back(second);
        }
    }
};

TEST_CASE("a steady zone has no spike, from its first second on", "[backend][spikes]") {
    for (const std::uint64_t per_s : {0U, 1U, 100U, 100'000U}) {
        Zone zone;
        zone.run(3600, per_s);
        CHECK(zone.began.empty());
    }
}

TEST_CASE("ten times the usual is a spike within a window, and ends", "[backend][spikes]") {
    Zone zone;
    zone.run(3600, 100);
    zone.run(120, 1000);
    REQUIRE(zone.began.size() == 1);
    CHECK(zone.began[0] >= 3600 + 10);  // not one odd second
    CHECK(zone.began[0] <= 3600 + 60);
    zone.run(600, 100);
    REQUIRE(zone.ended.size() == 1);
    CHECK(zone.ended[0] <= 3720 + 180);
    CHECK(zone.began.size() == 1);
}

TEST_CASE("what goes on is the new normal", "[backend][spikes]") {
    Zone zone;
    zone.run(3600, 100);
    zone.run(4 * 3600, 1000);
    CHECK(zone.began.size() == 1);
    CHECK(zone.ended.size() == 1);
}

TEST_CASE("a few queries to a quiet zone are no spike", "[backend][spikes]") {
    Zone zone;
    zone.run(3600, 0);
    zone.run(600, 9);
    CHECK(zone.began.empty());
    zone.run(600, 100);
    CHECK(zone.began.size() == 1);
}

TEST_CASE("the factor is the configured one", "[backend][spikes]") {
    Zone zone{.rate = {}, .limits = {.factor = 20}};
    zone.run(3600, 100);
    zone.run(600, 1000);
    CHECK(zone.began.empty());
}

TEST_CASE("zones keep what is known of them over a reload", "[backend][spikes]") {
    QuerySpikes spikes;
    TimePoint now{1h};
    spikes.rename({"a.example.", "b.example."});
    std::vector<std::uint64_t> counts{0, 0};
    const auto run = [&](int seconds, std::uint64_t a, std::uint64_t b) {
        std::vector<Event> all;
        for (int i = 0; i < seconds; ++i) {
            now += 1s;
            counts[0] += a;
            counts[1] += b;
            for (auto& event : spikes.sample(counts, now))
                all.push_back(std::move(event));
        }
        return all;
    };
    CHECK(run(3600, 100, 50).empty());
    spikes.rename({"b.example.", "c.example."});
    counts = {0, 0};
    const auto events = run(120, 1000, 100);
    REQUIRE(events.size() == 1);
    CHECK(events[0].subject == "zone b.example.");
    CHECK(events[0].zone == "b.example.");
    CHECK(events[0].phase == Phase::begins);
}

TEST_CASE("workers count for themselves, and are added up", "[backend][spikes]") {
    WorkerCounts counts(3, 2);
    counts.add(0, 0);
    counts.add(1, 0);
    counts.add(2, 1);
    counts.add(2, static_cast<std::size_t>(-1));  // of no zone
    counts.add(2, 2);                             // of another backend's
    CHECK(counts.totals() == std::vector<std::uint64_t>{2, 1});
}

}  // namespace
}  // namespace fairlead::backend
