// SPDX-License-Identifier: Apache-2.0

// One checker takes over from another: what is probed, what is kept.

#include <algorithm>

#include "checks/checker.h"
#include "tests/checks/audience.h"
#include "tests/checks/recording_log.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;
using test::Audience;
using test::Behaviour;
using test::checker_of;
using test::HttpEndpoint;
using test::quick_check;
using test::RecordingLog;
using test::replies;
using test::replies_with_status;
using test::sends;
using test::subject;

/// So long that a second probe would be a fault, though its time is drawn from all of the interval.
HealthCheck rare_check(std::uint16_t port) {
    HealthCheck check = quick_check(port);
    check.interval = 24h * 3650;
    return check;
}

/// One checker after the other, as a reload makes them.
class Succession {
  public:
    /// Stops the one before, and starts one that inherits from it.
    void replace(Checker::Plan plan) {
        auto next_audience = std::make_unique<Audience>();
        auto next = checker_of(std::move(plan), *next_audience, log);
        if (checker_) {
            checker_->stop();
            memory = checker_->memory();
            next->inherit(memory);
        }
        first = next->snapshot();
        checker_ = std::move(next);
        audience = std::move(next_audience);
        checker_->start(audience->first_round());
    }
    void stop() { checker_->stop(); }

    RecordingLog log;
    std::unique_ptr<Audience> audience;
    Memory memory;                          // what the newest began with
    std::shared_ptr<const Snapshot> first;  // of the newest, before its start

  private:
    std::unique_ptr<Checker> checker_;  // destroyed first: it uses the audience
};

TEST_CASE("after a reload only what is new is probed, and at once", "[checks][checker][reload]") {
    const HttpEndpoint old_target;
    const HttpEndpoint new_target;
    Succession checkers;
    checkers.replace({{rare_check(old_target.port())}, {subject()}});
    REQUIRE(checkers.audience->wait_for_first_round());

    HealthCheck added = rare_check(new_target.port());
    added.name = "added";
    checkers.replace({{added, rare_check(old_target.port())},
                      {subject("127.0.0.1", 0), subject("127.0.0.1", 1)}});
    CHECK(checkers.first->health == std::vector{Health::unknown, Health::healthy});
    REQUIRE(checkers.audience->wait_for_first_round());
    checkers.stop();
    CHECK(new_target.connections() == 1);
    CHECK(old_target.connections() == 1);
    for (const auto& snapshot : checkers.audience->snapshots())
        CHECK(snapshot->health[1] == Health::healthy);
}

TEST_CASE("a target that is down stays down through a reload", "[checks][checker][reload]") {
    HttpEndpoint endpoint;
    endpoint.behave(replies_with_status("503 Service Unavailable"));
    Succession checkers;
    checkers.replace({{rare_check(endpoint.port())}, {subject()}});
    REQUIRE(checkers.audience->wait_for_health(0, Health::unhealthy));
    const auto before = checkers.audience->snapshots().back();

    checkers.replace({{rare_check(endpoint.port())}, {subject()}});
    CHECK(checkers.first->generation == before->generation + 1);
    REQUIRE(checkers.audience->wait_for_first_round());
    checkers.stop();
    for (const auto& snapshot : checkers.audience->snapshots()) {
        CHECK(snapshot->health[0] == Health::unhealthy);
        CHECK(snapshot->evidence[0].since == before->evidence[0].since);
        CHECK(describe(snapshot->evidence[0].last) == "http status: 503 Service Unavailable");
    }
    CHECK(endpoint.connections() == 1);
    CHECK(checkers.log.count("first round of health checks complete") == 1);
    CHECK(checkers.log.count("is unhealthy") == 1);
}

TEST_CASE("evidence that was counted before a reload counts after it",
          "[checks][checker][reload]") {
    HttpEndpoint endpoint;
    HealthCheck check = quick_check(endpoint.port());
    check.fast_interval = 100ms;
    check.thresholds = {.fall = 20, .rise = 20};
    Succession checkers;
    checkers.replace({{check}, {subject()}});
    REQUIRE(checkers.audience->wait_for_first_round());
    const int good = endpoint.connections();
    endpoint.behave(replies_with_status("500 Broken"));
    REQUIRE(endpoint.wait_for_connections(good + 7));

    checkers.replace({{check}, {subject()}});
    const auto counted = checkers.first->evidence[0].state.against;
    const int probed = endpoint.connections();
    CHECK(checkers.first->health[0] == Health::healthy);
    CHECK(counted >= 5);
    REQUIRE(checkers.audience->wait_for_health(0, Health::unhealthy));
    checkers.stop();
    // One may have been cut short by the reload, another have followed the verdict, and the
    // endpoint may have seen one late. Twenty would be as many as without what was counted.
    CHECK(endpoint.connections() - probed <= 20 - counted + 3);
}

TEST_CASE("a check that asks something else keeps its verdict and is probed at once",
          "[checks][checker][reload]") {
    HttpEndpoint endpoint;
    endpoint.behave(replies_with_status("503 Service Unavailable"));
    Succession checkers;
    checkers.replace({{rare_check(endpoint.port())}, {subject()}});
    REQUIRE(checkers.audience->wait_for_health(0, Health::unhealthy));

    endpoint.behave(replies());
    HealthCheck changed = rare_check(endpoint.port());
    changed.thresholds.rise = 2;
    std::get<HttpProbe>(changed.probe).path = "/health";
    checkers.replace({{changed}, {subject()}});
    CHECK(checkers.first->health[0] == Health::unhealthy);
    CHECK(checkers.first->evidence[0].state == HealthState{.health = Health::unhealthy});
    REQUIRE(checkers.audience->wait_for_health(0, Health::healthy));
    checkers.stop();
    CHECK(endpoint.connections() == 3);  // one before, then as many as `rise` asks for
    CHECK(checkers.log.count("is healthy: ok (200 OK) (2 of 2)") == 1);
}

TEST_CASE("what is judged or timed otherwise is not probed before it would have been",
          "[checks][checker][reload]") {
    const HttpEndpoint endpoint({.address = "0.0.0.0"});
    std::vector<Subject> subjects;
    for (int i = 1; i <= 100; ++i)
        subjects.push_back(subject("127.0.0." + std::to_string(i)));
    Succession checkers;
    checkers.replace({{rare_check(endpoint.port())}, subjects});
    REQUIRE(checkers.audience->wait_for_first_round());
    REQUIRE(endpoint.wait_for_connections(100));

    HealthCheck changed = rare_check(endpoint.port());
    changed.timeout = 3s;
    changed.thresholds.fall = 5;
    checkers.replace({{changed}, subjects});
    REQUIRE(checkers.audience->wait_for_first_round());

    // The next reload finds the places, too, and only what is new is probed.
    subjects.push_back(subject("127.0.0.101"));
    checkers.replace({{changed}, subjects});
    REQUIRE(checkers.audience->wait_for_first_round());
    checkers.stop();
    CHECK(endpoint.connections() == 101);
    CHECK(checkers.first->health.back() == Health::unknown);
    CHECK(checkers.audience->at_first_round()->health.back() == Health::healthy);
}

TEST_CASE("a shared check that asks something else is not probed in one burst",
          "[checks][checker][reload]") {
    HttpEndpoint endpoint({.address = "0.0.0.0"});
    std::vector<Subject> subjects;
    for (int i = 0; i < 500; ++i) {
        subjects.push_back(
            subject("127.0." + std::to_string(1 + i / 250) + '.' + std::to_string(1 + i % 250)));
    }
    Succession checkers;
    checkers.replace({{rare_check(endpoint.port())}, subjects});
    REQUIRE(checkers.audience->wait_for_first_round());

    HealthCheck changed = rare_check(endpoint.port());
    std::get<HttpProbe>(changed.probe).path = "/health";
    const auto before = std::chrono::steady_clock::now();
    checkers.replace({{changed}, subjects});
    REQUIRE(checkers.audience->wait_for_first_round());
    checkers.stop();
    CHECK(endpoint.connections() == 1000);
    // The last of 500 places that are a millisecond apart.
    CHECK(checkers.audience->published_at().back() - before >= 499ms);
}

TEST_CASE("a probe that a reload cuts short is made again at once", "[checks][checker][reload]") {
    HttpEndpoint endpoint;
    Succession checkers;
    checkers.replace({{quick_check(endpoint.port())}, {subject()}});
    REQUIRE(checkers.audience->wait_for_first_round());
    endpoint.behave(sends("", Behaviour::End::hang));
    REQUIRE(endpoint.wait_for_connections(endpoint.connections() + 1));

    endpoint.behave(replies_with_status("500 Broken"));
    checkers.replace({{quick_check(endpoint.port())}, {subject()}});
    REQUIRE(checkers.memory.subjects.size() == 1);
    REQUIRE(checkers.memory.subjects[0].place);
    CHECK(*checkers.memory.subjects[0].place <= std::chrono::steady_clock::now());
    CHECK(checkers.audience->wait_for_health(0, Health::unhealthy));
}

TEST_CASE("what was removed is probed no more", "[checks][checker][reload]") {
    const HttpEndpoint removed;
    const HttpEndpoint kept;
    HealthCheck other = quick_check(kept.port());
    other.name = "kept";
    Succession checkers;
    checkers.replace(
        {{quick_check(removed.port()), other}, {subject("127.0.0.1", 0), subject("127.0.0.1", 1)}});
    REQUIRE(checkers.audience->wait_for_first_round());
    checkers.replace({{other}, {subject()}});
    const int probes = removed.connections();
    REQUIRE(kept.wait_for_connections(kept.connections() + 5));
    CHECK(removed.connections() <= probes + 1);  // one may have been on its way
}

TEST_CASE("a reload in the middle of the first round loses nobody", "[checks][checker][reload]") {
    HttpEndpoint slow;
    slow.behave(sends("", Behaviour::End::hang));
    const HttpEndpoint quick;
    HealthCheck other = rare_check(quick.port());
    other.name = "quick";
    const Checker::Plan plan{{rare_check(slow.port()), other},
                             {subject("127.0.0.1", 0), subject("127.0.0.1", 1)}};
    Succession checkers;
    checkers.replace(plan);
    REQUIRE(checkers.audience->wait_for_health(1, Health::healthy));
    REQUIRE(slow.wait_for_connections(1));
    slow.behave(replies());
    checkers.replace(plan);
    CHECK(checkers.first->health == std::vector{Health::unknown, Health::healthy});
    REQUIRE(checkers.audience->wait_for_first_round());
    CHECK(checkers.audience->at_first_round()->health ==
          std::vector{Health::healthy, Health::healthy});
    CHECK(quick.connections() == 1);
}

}  // namespace
}  // namespace fairlead::checks
