// SPDX-License-Identifier: Apache-2.0
#include "checks/checker.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "checks/command_slots.h"
#include "tests/checks/audience.h"
#include "tests/checks/recording_log.h"
#include "tests/checks/silent_listener.h"
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

TEST_CASE("a target that dies and comes back is published both times", "[checks][checker]") {
    HttpEndpoint endpoint;
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{quick_check(endpoint.port())}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_health(0, Health::healthy));

    endpoint.behave(replies_with_status("503 Service Unavailable"));
    REQUIRE(audience.wait_for_health(0, Health::unhealthy));
    const auto down = audience.snapshots().back();
    CHECK(describe(down->evidence[0].last) == "http status: 503 Service Unavailable");
    CHECK_FALSE(down->serves(0));

    endpoint.behave(replies());
    REQUIRE(audience.wait_for_health(0, Health::healthy));
    checker->stop();

    const auto name = "web 127.0.0.1:" + std::to_string(endpoint.port());
    CHECK(log.count(name + " is unhealthy: http status: 503 Service Unavailable (3 of 3)") == 1);
    CHECK(log.count(name + " is healthy: ok (200 OK) (3 of 3)") == 1);
    CHECK(log.count(name) == 2);
}

TEST_CASE("the first round is announced once, after its snapshot", "[checks][checker]") {
    HttpEndpoint good;
    const test::RefusingPort bad;
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{quick_check(good.port()), quick_check(bad.port())},
                                     {subject("127.0.0.1", 0), subject("127.0.0.1", 1)}},
                                    audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    CHECK(audience.at_first_round()->health == std::vector{Health::healthy, Health::unhealthy});
    REQUIRE(good.wait_for_connections(5));
    checker->stop();
    CHECK(audience.first_rounds() == 1);
    CHECK(log.count("first round of health checks complete: 1 healthy, 1 unhealthy, 0 unknown") ==
          1);
}

TEST_CASE("with nothing to check the first round is complete at once", "[checks][checker]") {
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    CHECK(audience.at_first_round()->generation == 1);
    CHECK(audience.at_first_round()->health.empty());
}

TEST_CASE("the thread stands back behind others, and the others stay as they were",
          "[checks][checker]") {
    constexpr int kBehind = 5;
    constexpr int kLast = 19;
    const auto mine = [] { return ::getpriority(PRIO_PROCESS, 0); };
    const int before = mine();
    std::promise<int> checkers;
    RecordingLog log;
    const auto checker = Checker::create(
        {}, [](const auto&) {}, log);
    REQUIRE(bool(checker));
    (*checker)->start([&] { checkers.set_value(mine()); });
    CHECK(checkers.get_future().get() == std::min(before + kBehind, kLast));
    CHECK(mine() == before);
}

TEST_CASE("a thread that hangs gives no signs of life", "[checks][checker]") {
    RecordingLog log;
    std::promise<void> hangs;
    std::promise<void> end;
    const auto checker = Checker::create(
        {}, [](const auto&) {}, log);
    REQUIRE(bool(checker));
    (*checker)->start([&] {
        hangs.set_value();
        end.get_future().wait();
    });
    hangs.get_future().wait();
    const auto last = (*checker)->sign_of_life();
    CHECK((*checker)->sign_of_life() == last);

    end.set_value();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while ((*checker)->sign_of_life() == last && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    CHECK((*checker)->sign_of_life() > last);
}

TEST_CASE("a disabled check is never probed and decided from the start", "[checks][checker]") {
    HttpEndpoint endpoint;
    endpoint.behave(replies_with_status("500 Broken"));
    HealthCheck off = quick_check(endpoint.port());
    off.enabled = false;
    HealthCheck inverted = off;
    inverted.invert = true;
    HttpEndpoint other;
    Audience audience;
    RecordingLog log;
    const auto checker =
        checker_of({{off, inverted, quick_check(other.port())},
                    {subject("127.0.0.1", 0), subject("127.0.0.1", 1), subject("127.0.0.1", 2)}},
                   audience, log);
    checker->start(audience.first_round());
    REQUIRE(other.wait_for_connections(5));
    checker->stop();
    CHECK(endpoint.connections() == 0);
    CHECK(audience.at_first_round()->health ==
          std::vector{Health::healthy, Health::unhealthy, Health::healthy});
}

TEST_CASE("an inverted check is healthy where the probe fails", "[checks][checker]") {
    const test::RefusingPort refusing;
    HealthCheck check = quick_check(refusing.port());
    check.invert = true;
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{check}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    CHECK(audience.at_first_round()->health[0] == Health::healthy);
    CHECK(audience.at_first_round()->evidence[0].state.health == Health::unhealthy);
}

TEST_CASE("a subject is probed once an interval, whoever uses it", "[checks][checker]") {
    HttpEndpoint endpoint;
    HealthCheck check = quick_check(endpoint.port());
    check.interval = 200ms;
    Audience audience;
    RecordingLog log;
    const auto started = std::chrono::steady_clock::now();
    const auto checker = checker_of({{check}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(endpoint.wait_for_connections(6));
    checker->stop();
    const auto elapsed = std::chrono::steady_clock::now() - started;
    // The first, one somewhere in the first interval, and then one each 180 ms or later.
    CHECK(endpoint.connections() <= 2 + elapsed / 180ms);
    CHECK(endpoint.most_at_once() == 1);
    CHECK(elapsed >= 4 * 180ms);
}

TEST_CASE("in doubt a subject is probed after the fast interval", "[checks][checker]") {
    HttpEndpoint endpoint;
    HealthCheck check = quick_check(endpoint.port());
    check.interval = 2s;
    check.thresholds = {.fall = 20, .rise = 20};
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{check}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    endpoint.behave(replies_with_status("500 Broken"));
    // Twenty failures an interval apart would need forty seconds.
    CHECK(audience.wait_for_health(0, Health::unhealthy));
    const auto last = audience.snapshots().back()->evidence[0];
    CHECK(last.state.health == Health::unhealthy);
    CHECK(endpoint.connections() >= 21);
}

TEST_CASE("an IPv6 target is probed", "[checks][checker]") {
    const HttpEndpoint endpoint({.address = "::1"});
    Audience audience;
    RecordingLog log;
    const auto checker =
        checker_of({{quick_check(endpoint.port())}, {subject("::1")}}, audience, log);
    checker->start(audience.first_round());
    CHECK(audience.wait_for_health(0, Health::healthy));
}

TEST_CASE("generations grow by one and every snapshot has a slot for each subject",
          "[checks][checker]") {
    HttpEndpoint endpoint;
    std::vector<Subject> subjects;
    for (int i = 1; i <= 40; ++i)
        subjects.push_back(subject("127.0.0." + std::to_string(i)));
    const HttpEndpoint everywhere({.address = "0.0.0.0"});
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{quick_check(everywhere.port())}, subjects}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    checker->stop();
    const auto snapshots = audience.snapshots();
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        CHECK(snapshots[i]->generation == i + 1);
        CHECK(snapshots[i]->health.size() == subjects.size());
        CHECK(snapshots[i]->evidence.size() == subjects.size());
    }
    // Forty verdicts at once share snapshots.
    CHECK(snapshots.size() < 40);
}

TEST_CASE("a verdict is published promptly and fresh evidence now and then", "[checks][checker]") {
    HttpEndpoint endpoint;
    Audience audience;
    RecordingLog log;
    HealthCheck check = quick_check(endpoint.port());
    check.interval = 20ms;
    const auto checker = checker_of({{check}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(endpoint.wait_for_connections(40));
    endpoint.behave(replies_with_status("500 Broken"));
    REQUIRE(audience.wait_for_health(0, Health::unhealthy));
    checker->stop();
    const auto snapshots = audience.snapshots();
    const auto latency = audience.published_at().back() - snapshots.back()->evidence[0].since;
    CHECK(latency < 800ms);  // 10 ms are promised; evidence alone would wait a second
    // Start, first verdict, the turn, and one a second: not one for each of forty results.
    CHECK(snapshots.size() < 20);
}

TEST_CASE("no more probes are in flight than allowed", "[checks][checker]") {
    HttpEndpoint everywhere({.address = "0.0.0.0"});
    auto slow = replies();
    slow.pause = 20ms;
    everywhere.behave(slow);
    std::vector<Subject> subjects;
    for (int i = 0; i < 500; ++i) {
        subjects.push_back(
            subject("127.0." + std::to_string(1 + i / 250) + '.' + std::to_string(1 + i % 250)));
    }
    HealthCheck check = quick_check(everywhere.port());
    check.interval = 10s;
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{check}, subjects}, audience, log, {.probes_in_flight = 50});
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    checker->stop();
    CHECK(everywhere.connections() >= 500);
    CHECK(everywhere.most_at_once() <= 50);
    CHECK(everywhere.most_at_once() > 1);
    const auto last = audience.at_first_round();
    CHECK(std::ranges::count(last->health, Health::healthy) == 500);
}

TEST_CASE("probes that wait long for their turn are worth a warning", "[checks][checker]") {
    HttpEndpoint everywhere({.address = "0.0.0.0"});
    everywhere.behave(sends("", Behaviour::End::hang));
    HealthCheck check = quick_check(everywhere.port());
    check.timeout = 1200ms;
    check.interval = 10s;
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{check}, {subject("127.0.0.1"), subject("127.0.0.2")}},
                                    audience, log, {.probes_in_flight = 1});
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    checker->stop();
    CHECK(log.count(" late: all 1 probes that may be in flight at once are") == 1);
}

TEST_CASE("targets that hang do not hold up those that answer", "[checks][checker]") {
    HttpEndpoint endpoint;
    const test::SilentListener silent;
    HealthCheck hanging = quick_check(silent.port());
    hanging.timeout = 1s;
    hanging.interval = 1s;
    hanging.fast_interval = 100ms;
    std::vector<Subject> subjects(300, subject("127.0.0.1", 1));
    subjects.front() = subject("127.0.0.1", 0);
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{quick_check(endpoint.port()), hanging}, subjects}, audience,
                                    log, {.probes_in_flight = 20});
    checker->start(audience.first_round());
    // The ten places of the silent have been taken three times over, and others wait.
    REQUIRE(audience.wait_for([](const Snapshot& snapshot) {
        return std::ranges::count(snapshot.health, Health::unhealthy) >= 30;
    }));
    const CheckerLoad load = checker->load();
    CHECK(load.probes_in_flight_max == 20);
    CHECK(load.probes_in_flight >= 10);
    CHECK(load.probes_in_flight <= 20);
    CHECK(load.behind > 1s);
    CHECK(load.late > 0);

    // In one line with the silent, of which twenty places serve twenty a second, each of its three
    // probes would wait for as long as all this may take.
    endpoint.behave(replies_with_status("503 Service Unavailable"));
    CHECK(audience.wait_for_health(0, Health::unhealthy));
    endpoint.behave(replies());
    CHECK(audience.wait_for_health(0, Health::healthy));
    CHECK(log.count("late: 10 of the 20 probes that may be in flight at once wait for targets that "
                    "do not answer") > 0);
    CHECK(log.count("overloaded") == 0);
}

TEST_CASE("commands hold no place that others wait for", "[checks][checker]") {
    HttpEndpoint endpoint;
    HealthCheck command = quick_check(0);
    command.name = "command";
    command.timeout = 60s;
    command.probe = ExecProbe{.command = {"/bin/sleep", "1000"}};
    Audience audience;
    RecordingLog log;
    const auto checker =
        checker_of({{command, quick_check(endpoint.port())},
                    {subject("127.0.0.1", 0), subject("127.0.0.2", 0), subject("127.0.0.1", 1)}},
                   audience, log, {.probes_in_flight = 1});
    checker->start(audience.first_round());
    CHECK(endpoint.wait_for_connections(3));
    CHECK(checker->load().probes >= 5);
}

TEST_CASE("commands beyond the slots run when those before them are over", "[checks][checker]") {
    HealthCheck command = quick_check(0);
    command.interval = 24h;
    command.probe = ExecProbe{.command = {"/bin/sleep", "0.2"}};
    const std::vector<Subject> subjects(CommandSlots::kUsual + 20, subject());
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{command}, subjects}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    CHECK(std::ranges::count(audience.at_first_round()->health, Health::healthy) ==
          static_cast<std::ptrdiff_t>(subjects.size()));
}

TEST_CASE("every target of a site that goes dark is an event", "[checks][checker]") {
    const test::RefusingPort refusing;
    HealthCheck check = quick_check(refusing.port());
    check.interval = 10s;
    std::vector<Subject> subjects(100, subject());
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{check}, subjects}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    checker->stop();
    const auto events = log.events();
    REQUIRE(events.size() == 100);
    for (const Event& event : events) {
        CHECK(event.kind == EventKind::health);
        CHECK(event.phase == Phase::begins);
        CHECK(event.from == "unknown");
        CHECK(event.to == "unhealthy");
        CHECK(event.outcome == "connect refused");
    }
}

/// While it lives, this process can open no further file.
class NoFilesLeft {
  public:
    NoFilesLeft() {
        getrlimit(RLIMIT_NOFILE, &before_);
        rlimit now = before_;
        now.rlim_cur = 1;  // what is open stays open, and poll(2) of one file is still allowed
        setrlimit(RLIMIT_NOFILE, &now);
    }
    ~NoFilesLeft() { setrlimit(RLIMIT_NOFILE, &before_); }
    NoFilesLeft(const NoFilesLeft&) = delete;
    NoFilesLeft& operator=(const NoFilesLeft&) = delete;

  private:
    rlimit before_{};
};

TEST_CASE("a machine that runs out of files takes no target down", "[checks][checker]") {
    const HttpEndpoint endpoint;
    Audience audience;
    RecordingLog log;
    HealthCheck check = quick_check(endpoint.port());
    // A connection is all that is asked for: the endpoint, in this process, cannot accept either.
    check.probe = TcpProbe{};
    check.interval = 20ms;
    check.thresholds = {.fall = 1, .rise = 1};
    const auto checker = checker_of({{check}, {subject()}}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    {
        const NoFilesLeft none;
        CHECK(audience.wait_for([](const Snapshot& snapshot) {
            return snapshot.evidence[0].last.failure == Failure::resource;
        }));
    }
    const int before = endpoint.connections();
    CHECK(endpoint.wait_for_connections(before + 2));
    checker->stop();
    CAPTURE(log.lines());
    for (const auto& snapshot : audience.snapshots()) {
        CHECK(snapshot->health[0] != Health::unhealthy);
    }
    CHECK(log.count("not possible here: Too many open files") == 1);
    CHECK(checker->load().not_possible > 0);
    CHECK(log.count("is unhealthy") == 0);
}

TEST_CASE("stop ends probes under way, and nothing is said after it", "[checks][checker]") {
    HttpEndpoint everywhere({.address = "0.0.0.0"});
    everywhere.behave(sends("", Behaviour::End::hang));
    std::vector<Subject> subjects;
    for (int i = 1; i <= 50; ++i)
        subjects.push_back(subject("127.0.0." + std::to_string(i)));
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{quick_check(everywhere.port())}, subjects}, audience, log);
    checker->start(audience.first_round());
    REQUIRE(everywhere.wait_for_connections(50));
    checker->stop();
    const auto published = audience.snapshots().size();
    CHECK(everywhere.wait_until_idle());  // every connection was closed
    CHECK(audience.snapshots().size() == published);
    CHECK(audience.first_rounds() == 0);
    checker->stop();
}

TEST_CASE("stop without start is nothing", "[checks][checker]") {
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of({{quick_check(80)}, {subject()}}, audience, log);
    checker->stop();
    checker->stop();
    CHECK(audience.snapshots().empty());
}

TEST_CASE("a check that cannot be prepared is named with its file", "[checks][checker]") {
    HealthCheck check = quick_check(443);
    HttpProbe probe;
    probe.tls = TlsSettings{.ca_file = "/nonexistent/ca.pem"};
    check.probe = probe;
    Audience audience;
    RecordingLog log;
    const auto checker = Checker::create({{check}, {subject()}}, audience.publish(), log);
    REQUIRE_FALSE(checker);
    CHECK(checker.error().message.starts_with(
        "health check web: cannot load ca_file /nonexistent/ca.pem: "));
}

}  // namespace
}  // namespace fairlead::checks
