// SPDX-License-Identifier: Apache-2.0

// Targets that do what they can to keep a probe busy, or to make it hold what they send.

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <list>

#include "checks/http_probe.h"
#include "tests/checks/audience.h"
#include "tests/checks/recording_log.h"
#include "tests/checks/run_probe.h"
#include "tests/support/catch.h"
#include "tests/support/http_endpoint.h"
#include "tests/support/sanitizers.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;
using test::Audience;
using test::Behaviour;
using test::checker_of;
using test::floods;
using test::HttpEndpoint;
using test::quick_check;
using test::RecordingLog;
using test::sends;
using test::subject;

constexpr const char* kHeader = "HTTP/1.1 200 OK\r\n";
constexpr const char* kGigabyte = "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n";
constexpr const char* kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Hostile {
    const char* what;
    Behaviour behaviour;
    const char* outcome;  // how it begins
};

/// As much of it as a flood sends at once.
std::string many(const std::string& unit) {
    std::string all;
    while (all.size() < 4096)
        all += unit;
    return all;
}

/// Every one of them is asked for a text that never comes.
std::vector<Hostile> hostile_kinds() {
    const std::string page(4096, 'x');
    return {
        {"says nothing", sends("", Behaviour::End::hang), "http timeout"},
        {"body byte by byte", floods(kGigabyte, "x", 20ms), "http timeout"},
        {"header byte by byte", floods(kHeader, "x", 20ms), "http timeout"},
        {"headers without end", floods(kHeader, many("X-Name: value\r\n")), "http protocol error"},
        {"one header without end", floods(std::string(kHeader) + "X-Name: ", page),
         "http protocol error"},
        {"a gigabyte", floods(kGigabyte, page), "http body: text not found in 5120 bytes"},
        {"a body until it closes, which it never does", floods(std::string(kHeader) + "\r\n", page),
         "http body: text not found in 5120 bytes"},
        {"chunks without end", floods(kChunked, "1000\r\n" + page + "\r\n"),
         "http body: text not found in 5120 bytes"},
        {"chunks of one byte without end", floods(kChunked, many("1\r\nx\r\n")),
         "http body: text not found in 5120 bytes"},
        {"one chunk extension without end", floods(std::string(kChunked) + "1000;name=", page),
         "http protocol error"},
        {"interim replies without end", floods("", many("HTTP/1.1 103 Early Hints\r\n\r\n")),
         "http protocol error: too many interim replies"},
        {"garbage without end", floods("", page), "http protocol error"},
    };
}

HttpProbe wants(const char* text) {
    HttpProbe probe;
    probe.body_contains = text;
    return probe;
}

HealthCheck hostile_check(std::uint16_t port, milliseconds timeout) {
    HealthCheck check = quick_check(port);
    check.name = "hostile";
    check.timeout = timeout;
    check.probe = wants("never");
    return check;
}

/// Of this process.
std::size_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    in >> all >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST_CASE("a hostile target is given up, and why is said", "[checks][hostile]") {
    for (const auto& [what, behaviour, outcome] : hostile_kinds()) {
        CAPTURE(what);
        HttpEndpoint endpoint;
        endpoint.behave(behaviour);
        const bool waits = std::string(outcome) == "http timeout";
        const auto probe =
            make_http_probe(hostile_check(endpoint.port(), waits ? 300ms : 30000ms), nullptr);
        REQUIRE(probe);
        const std::string told = describe(run_probe(**probe));
        CAPTURE(told);
        CHECK(told.starts_with(outcome));
        CHECK(endpoint.wait_until_idle());
    }
}

TEST_CASE("a gigabyte after the verdict is not drained", "[checks][hostile]") {
    HttpEndpoint endpoint;
    endpoint.behave(floods(std::string(kGigabyte) + "well", std::string(4096, 'x')));
    HealthCheck check = quick_check(endpoint.port());
    HttpProbe probe = wants("well");
    probe.keep_alive = true;
    check.probe = probe;
    check.timeout = 30s;
    const auto made = make_http_probe(check, nullptr);
    REQUIRE(made);
    for (int i = 1; i <= 2; ++i) {
        CHECK(describe(run_probe(**made)) == "ok (200 OK)");
        CHECK(endpoint.wait_until_idle());
        CHECK(endpoint.connections() == i);
    }
}

TEST_CASE("hostile targets of all kinds take nothing from a healthy one", "[checks][hostile]") {
    constexpr int kOfEach = 3;
    HttpEndpoint healthy;
    std::list<HttpEndpoint> endpoints;
    Checker::Plan plan;
    plan.checks.push_back(quick_check(healthy.port()));
    plan.subjects.push_back(subject("127.0.0.1", 0));
    for (const auto& kind : hostile_kinds()) {
        auto& endpoint = endpoints.emplace_back(HttpEndpoint::Options{.address = "0.0.0.0"});
        endpoint.behave(kind.behaviour);
        const auto index = static_cast<std::uint32_t>(plan.checks.size());
        HealthCheck check = hostile_check(endpoint.port(), 300ms);
        check.name += std::to_string(index);
        check.interval = 500ms;
        plan.checks.push_back(check);
        for (int i = 1; i <= kOfEach; ++i)
            plan.subjects.push_back(subject("127.0.0." + std::to_string(i), index));
    }
    Audience audience;
    RecordingLog log;
    const auto checker = checker_of(std::move(plan), audience, log);
    checker->start(audience.first_round());
    REQUIRE(audience.wait_for_first_round());
    const auto before = resident_bytes();
    const int probed = healthy.connections();
    std::vector<int> rounds;
    for (const auto& endpoint : endpoints) {
        rounds.push_back(endpoint.connections());
        REQUIRE(endpoint.wait_for_connections(rounds.back() + 2 * kOfEach));
    }
    const auto after = resident_bytes();
    const int healthy_rounds = healthy.connections() - probed;
    checker->stop();

    // It is due ten times as often as they are.
    CHECK(healthy_rounds >= 5);
    const auto last = audience.snapshots().back();
    CHECK(last->health[0] == Health::healthy);
    CHECK(std::ranges::count(last->health, Health::unhealthy) ==
          static_cast<std::ptrdiff_t>(endpoints.size()) * kOfEach);
    CHECK(log.count("web 127.0.0.1") == 0);  // it never turned
    if (kMemoryIsTheProgramsOwn) CHECK(after < before + 32'000'000);
}

}  // namespace
}  // namespace fairlead::checks
