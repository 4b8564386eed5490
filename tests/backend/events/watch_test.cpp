// SPDX-License-Identifier: Apache-2.0
#include "backend/events/watch.h"

#include <condition_variable>
#include <mutex>

#include "admin/status.h"
#include "backend/failover_moves.h"
#include "checks/checker.h"
#include "config/load.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;
using checks::Health;

const std::string kConfig = R"(
health_checks:
  web: {type: https, interval: 10s, timeout: 4s, min_days_left: 7}
  rare: {type: tcp, port: 25, interval: 1h}
pools:
  eu: {health_check: web, endpoints: [203.0.113.10, 203.0.113.11]}
  us: {health_check: web, endpoints: [198.51.100.10]}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      a: {policy: failover, targets: [{pool: eu}]}
      b: {policy: failover, targets: [{pool: eu}]}
      both: {policy: failover, targets: [{pool: eu}, {pool: us}]}
      single: {policy: failover, on_all_unhealthy: no_answer, health_check: web, targets: [192.0.2.1]}
      mail: {policy: failover, health_check: rare, targets: [192.0.2.25]}
)";

std::shared_ptr<const policy::Catalog> catalog_of(const std::string& config) {
    auto result = config::load_text(config);
    for (const auto& finding : result.diagnostics)
        UNSCOPED_INFO(finding.to_string());
    REQUIRE(result.loaded);
    return result.loaded->catalog;
}

/// A published state whose health, and the time, are in the test's hands.
struct Watched {
    explicit Watched(const std::string& config = kConfig) : catalog(catalog_of(config)) {
        health = checks::Snapshot::all_unknown(catalog->subjects().size());
        publish();
    }

    void publish() {
        state.update([&](const auto&) { return made(); });
    }
    std::shared_ptr<const ServingState> made() const {
        return std::make_shared<ServingState>(
            ServingState{.catalog = catalog,
                         .health = std::make_shared<checks::Snapshot>(health),
                         .overrides = overrides,
                         .health_at = now,
                         .traffic = traffic});
    }
    std::size_t slot(const std::string& address) const {
        const auto& subjects = catalog->subjects();
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            if (subjects[i].address == *IpAddress::parse(address)) return i;
        }
        FAIL("no such address: " << address);
        return 0;
    }
    void set(const std::string& address, Health to) { health.health[slot(address)] = to; }
    void certificate(const std::string& address, std::optional<std::int32_t> days) {
        health.evidence[slot(address)].last.certificate_days_left = days;
    }
    /// As a reload does; nothing is known of the health then.
    void replace_catalog(const std::string& config) {
        catalog = catalog_of(config);
        health = checks::Snapshot::all_unknown(catalog->subjects().size());
    }
    /// What the next looks, over `time`, tell; the checker is at work meanwhile.
    std::vector<Event> look(Duration time = 1s) {
        const auto before = log.events().size();
        now += time;
        publish();
        watch.tick(now);
        const auto all = log.events();
        return {all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
    }

    std::shared_ptr<const policy::Catalog> catalog;
    checks::Snapshot health;
    std::shared_ptr<const policy::Overrides> overrides;
    TimePoint now{24h};
    std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>(1, *catalog);
    PublishedState state{std::make_shared<ServingState>(
        ServingState{.catalog = std::make_shared<policy::Catalog>(),
                     .health = std::make_shared<checks::Snapshot>()})};
    MemoryLog log;
    Watch watch{state, log};
};

std::vector<Event> of_kind(EventKind kind, const std::vector<Event>& events) {
    std::vector<Event> list;
    std::copy_if(events.begin(), events.end(), std::back_inserter(list),
                 [&](const Event& event) { return event.kind == kind; });
    return list;
}

std::vector<std::string> subjects_of(const std::vector<Event>& events) {
    std::vector<std::string> list;
    for (const auto& event : events)
        list.push_back(event.subject);
    std::sort(list.begin(), list.end());
    return list;
}

using Names = std::vector<std::string>;

TEST_CASE("a pool with nothing healthy left is told once, not for each name of it",
          "[backend][watch]") {
    Watched watched;
    CHECK(watched.look().empty());
    watched.set("203.0.113.10", Health::unhealthy);
    CHECK(watched.look().empty());
    watched.set("203.0.113.11", Health::unhealthy);
    auto events = of_kind(EventKind::all_unhealthy, watched.look());
    REQUIRE(subjects_of(events) == Names{"pool eu (A)"});
    CHECK(events[0].kind == EventKind::all_unhealthy);
    CHECK(events[0].phase == Phase::begins);
    CHECK(watched.look().empty());
    CHECK(watched.watch.dark_count() == 1);

    watched.set("198.51.100.10", Health::unhealthy);
    events = of_kind(EventKind::all_unhealthy, watched.look());
    CHECK(subjects_of(events) == Names{"both.example.com. (A)", "pool us (A)"});
    for (const auto& event : events)
        CHECK(event.zone == (event.subject.starts_with("both") ? "example.com." : ""));

    watched.set("203.0.113.11", Health::healthy);
    events = of_kind(EventKind::all_unhealthy, watched.look(60s));
    CHECK(subjects_of(events) == Names{"both.example.com. (A)", "pool eu (A)"});
    for (const auto& event : events) {
        CHECK(event.phase == Phase::ends);
        CHECK(event.lasted.value() >= 60s);
    }
    CHECK(watched.watch.dark_count() == 1);
}

/// "failover zones.example.com.records.both (A): pool eu > pool us", the failovers among them.
Names moves_in(const std::vector<Event>& events) {
    Names list;
    for (const auto& event : events) {
        if (event.kind != EventKind::failover && event.kind != EventKind::failback) continue;
        list.push_back(std::string(to_string(event.kind)) + " " + event.subject + ": " +
                       event.from + " > " + event.to);
    }
    return list;
}

TEST_CASE("a failover node that returns by itself is told when it goes and when it returns",
          "[backend][watch][failovers]") {
    const std::string both = "zones.example.com.records.both (A): ";
    Watched watched;
    watched.set("203.0.113.10", Health::unhealthy);
    CHECK(moves_in(watched.look()).empty());
    watched.set("203.0.113.11", Health::unhealthy);
    const auto events = of_kind(EventKind::failover, watched.look());
    REQUIRE(moves_in(events) == Names{"failover " + both + "pool eu > pool us"});
    CHECK(events[0].severity == LogLevel::warning);
    CHECK(events[0].text ==
          "failover: " + both.substr(0, both.size() - 2) + " goes from pool eu to pool us");
    CHECK(moves_in(watched.look()).empty());

    watched.set("203.0.113.10", Health::healthy);
    CHECK(moves_in(watched.look()) == Names{"failback " + both + "pool us > pool eu"});
    CHECK(watched.watch.failovers().failovers() == 1);
    CHECK(watched.watch.failovers().failbacks() == 1);
}

TEST_CASE("total failure moves no failover node", "[backend][watch][failovers]") {
    Watched watched;
    (void)watched.look();
    watched.set("203.0.113.10", Health::unhealthy);
    watched.set("203.0.113.11", Health::unhealthy);
    REQUIRE(moves_in(watched.look()).size() == 1);
    watched.set("198.51.100.10", Health::unhealthy);
    CHECK(moves_in(watched.look()).empty());
    watched.set("198.51.100.10", Health::healthy);
    CHECK(moves_in(watched.look()).empty());  // it is there already
}

const std::string kTwoFamilies = R"(
health_checks:
  web: {type: tcp, port: 80}
pools:
  dual: {health_check: web, endpoints: [192.0.2.1, "2001:db8::1"]}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      www:
        policy: failover
        health_check: web
        targets: [192.0.2.9, {pool: dual}, 192.0.2.2]
      db: {policy: failover, failback: manual, health_check: web, targets: [192.0.2.1, 192.0.2.2]}
)";

TEST_CASE("each family moves by itself, and a family without a choice does not",
          "[backend][watch][failovers]") {
    Watched watched(kTwoFamilies);
    CHECK(moves_in(watched.look()).empty());
    watched.set("192.0.2.9", Health::unhealthy);
    const std::string www = "zones.example.com.records.www (A): ";
    CHECK(moves_in(watched.look()) == Names{"failover " + www + "192.0.2.9 > pool dual"});
    watched.set("192.0.2.1", Health::unhealthy);
    CHECK(moves_in(watched.look()) == Names{"failover " + www + "pool dual > 192.0.2.2"});
    // IPv6 has the pool alone, and the node with a failback is told by who moves it.
    watched.set("2001:db8::1", Health::unhealthy);
    CHECK(moves_in(watched.look()).empty());
    const auto places = watched.watch.failovers().places(*watched.catalog);
    REQUIRE(places != nullptr);
    REQUIRE(places->size() == 1);
    const auto& forest = watched.catalog->forest();
    CHECK(policy::better_targets(forest, places->front().node, Family::v4, 1) == 1);
    CHECK(policy::better_targets(forest, places->front().node, Family::v6, 1) == 0);
}

TEST_CASE(
    "a failover to a CNAME is one of the family that decides, and the other has no part in it",
    "[backend][watch][failovers][cname]") {
    Watched watched(R"(
health_checks: {web: {type: tcp, port: 25}}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      www:
        policy: failover
        health_check: web
        targets:
          - {name: fra, address: [192.0.2.1, "2001:db8::1"]}
          - {name: ash, address: [192.0.2.2, "2001:db8::2"]}
          - {name: static, cname: static.example.net.}
      old: {policy: failover, health_check: web, targets: [192.0.2.3, {name: away, cname: away.example.net.}]}
)");
    (void)watched.look();
    const auto told = [&] {
        std::string text;
        for (const auto& event : of_kind(EventKind::failover, watched.look()))
            text += event.text + "; ";
        return text;
    };
    watched.set("2001:db8::1", Health::unhealthy);
    CHECK(told().find("www (AAAA) goes from fra to ash") != std::string::npos);
    watched.set("2001:db8::2", Health::unhealthy);
    CHECK(told().empty());  // AAAA is answered as if all were healthy while A has addresses
    watched.set("192.0.2.1", Health::unhealthy);
    watched.set("192.0.2.2", Health::unhealthy);
    watched.set("192.0.2.3", Health::unhealthy);
    const auto moves = told();
    CHECK(moves.find("www (A) goes from fra to static") != std::string::npos);
    CHECK(moves.find("old (A) goes from 192.0.2.3 to away") != std::string::npos);
    CHECK(moves.find("AAAA") == std::string::npos);
}

TEST_CASE("an override moves a failover node as a verdict does", "[backend][watch][failovers]") {
    Watched watched;
    (void)watched.look();
    policy::OverrideList list;
    REQUIRE(list.set({.target = "pool eu", .state = policy::State::drain, .reason = "x"}));
    watched.overrides =
        std::make_shared<const policy::Overrides>(list.resolve(watched.catalog->forest()));
    CHECK(moves_in(watched.look()).size() == 1);
    watched.overrides = nullptr;
    CHECK(moves_in(watched.look()).size() == 1);
}

TEST_CASE("what is first seen of a failover node is no move", "[backend][watch][failovers]") {
    Watched before;
    before.set("203.0.113.10", Health::unhealthy);
    before.set("203.0.113.11", Health::unhealthy);
    before.publish();
    MemoryLog log;
    Watch watch(before.state, log);  // as at a start with the verdicts of the last run
    watch.tick(before.now);
    CHECK(moves_in(log.events()).empty());
    before.set("203.0.113.11", Health::healthy);
    before.publish();
    watch.tick(before.now + 1s);
    CHECK(moves_in(log.events()).size() == 1);
}

TEST_CASE("a reload moves a failover node only where it has the same targets",
          "[backend][watch][failovers]") {
    Watched watched;
    (void)watched.look();
    watched.set("203.0.113.10", Health::unhealthy);
    watched.set("203.0.113.11", Health::unhealthy);
    REQUIRE(moves_in(watched.look()).size() == 1);

    watched.replace_catalog(kConfig);  // the same, and every verdict is unknown
    CHECK(moves_in(watched.look()) ==
          Names{"failback zones.example.com.records.both (A): pool us > pool eu"});

    auto config = kConfig;
    config.replace(config.find("[{pool: eu}, {pool: us}]"), 24, "[{pool: us}, {pool: eu}]");
    watched.replace_catalog(config);
    CHECK(watched.watch.failovers().places(*watched.catalog) == nullptr);
    CHECK(moves_in(watched.look()).empty());
    CHECK(watched.watch.failovers().places(*watched.catalog) != nullptr);
    CHECK(watched.watch.failovers().failovers() == 1);
}

TEST_CASE("thousands of failovers at once are told as many and a number",
          "[backend][watch][failovers]") {
    constexpr std::size_t kNodes = 2000;
    std::string config =
        "health_checks: {web: {type: http}}\nzones:\n  example.com:\n    ns: "
        "[ns.example.net.]\n    records:\n";
    for (std::size_t i = 0; i < kNodes; ++i) {
        config += "      n" + std::to_string(i) +
                  ": {policy: failover, health_check: web, targets: [192.0.2.1, 192.0.2.2]}\n";
    }
    Watched watched(config);
    // Names are looked at again after a multiple of what the last look took.
    constexpr Duration kNextLook = 1h;
    (void)watched.look();
    watched.set("192.0.2.1", Health::unhealthy);
    const auto events = of_kind(EventKind::failover, watched.look(kNextLook));
    REQUIRE(events.size() == kMovesToldMax + 1);
    CHECK(events.back().text == "failover: 1000 more failover nodes go to a worse target");
    CHECK(watched.watch.failovers().failovers() == kNodes);

    watched.set("192.0.2.1", Health::healthy);
    CHECK(of_kind(EventKind::failback, watched.look(kNextLook)).size() == kMovesToldMax + 1);
    CHECK(watched.watch.failovers().failbacks() == kNodes);
}

TEST_CASE("what is answered when nothing is healthy is said", "[backend][watch]") {
    Watched watched;
    watched.set("192.0.2.1", Health::unhealthy);
    watched.set("192.0.2.25", Health::unhealthy);
    const auto events = watched.look();
    REQUIRE(events.size() == 2);
    for (const auto& event : events) {
        CHECK(event.text ==
              (event.subject.starts_with("single")
                   ? "single.example.com. (A): nothing healthy is left: there is no answer"
                   : "mail.example.com. (A): nothing healthy is left: all are answered as if they "
                     "were healthy"));
    }
}

TEST_CASE("what a new configuration no longer has is not dark any more", "[backend][watch]") {
    Watched watched;
    watched.set("192.0.2.1", Health::unhealthy);
    CHECK(watched.look().size() == 1);
    watched.catalog = catalog_of("zones: {example.com: {ns: [ns.example.net.]}}\n");
    watched.health = checks::Snapshot::all_unknown(0);
    const auto events = watched.look();
    REQUIRE(events.size() == 1);
    CHECK(events[0].subject == "single.example.com. (A)");
    CHECK(events[0].phase == Phase::ends);
}

TEST_CASE("a checker that gives no results is told, and so is its return", "[backend][watch]") {
    Watched watched;
    CHECK(watched.look().empty());
    // No publication from here on: 10 s and 10 %, twice 4 s, and 5 s for a busy machine.
    watched.now += 24s;
    watched.watch.tick(watched.now);
    CHECK(watched.log.events().empty());
    watched.now += 1s;
    watched.watch.tick(watched.now);
    auto events = watched.log.events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == EventKind::checker);
    CHECK(events[0].severity == LogLevel::error);
    CHECK(events[0].phase == Phase::begins);
    CHECK(events[0].to == "stale");
    CHECK(events[0].text ==
          "health checks are stale: the checker is silent: no result for 25 s; answers go on from "
          "the last known state");
    watched.now += 10s;
    watched.watch.tick(watched.now);
    CHECK(watched.log.events().size() == 1);
    events = watched.look(5s);
    REQUIRE(events.size() == 1);
    CHECK(events[0].to == "fresh");
    CHECK(events[0].phase == Phase::ends);
    CHECK(events[0].lasted == Duration(15s));
}

TEST_CASE("a checker that leaves some checks out is stale, though others give results",
          "[backend][watch]") {
    Watched watched;
    watched.health.round_complete = watched.now;
    CHECK(watched.look(2h).empty());
    const auto events = watched.look(30min);
    REQUIRE(events.size() == 1);
    CHECK(events[0].to == "stale");
    CHECK(events[0].reason ==
          "the checker does not keep up: no complete round of all checks for 2 h");
}

TEST_CASE("a checker thread that is blocked is found out, and answers go on", "[backend][watch]") {
    std::mutex mutex;
    std::condition_variable changed;
    bool blocked = false;
    bool let_go = false;
    MemoryLog log;
    const auto catalog = catalog_of(kConfig);
    PublishedState state{std::make_shared<ServingState>(
        ServingState{.catalog = catalog,
                     .health = std::make_shared<checks::Snapshot>(
                         checks::Snapshot::all_unknown(catalog->subjects().size()))})};
    auto checker = checks::Checker::create(
        {.checks = catalog->checks(), .subjects = catalog->subjects()},
        [&](auto snapshot) {
            state.update([&](const auto& current) {
                auto next = std::make_shared<ServingState>(*current);
                next->health = std::move(snapshot);
                next->health_at = SteadyClock().now();
                return next;
            });
            std::unique_lock lock(mutex);
            blocked = true;
            changed.notify_all();
            changed.wait(lock, [&] { return let_go; });
        },
        log);
    REQUIRE(checker);
    (*checker)->start([] {});
    {
        std::unique_lock lock(mutex);
        REQUIRE(changed.wait_for(lock, kPatience, [&] { return blocked; }));
    }
    Watch watch(state, log);
    const auto since = state.load()->health_at;
    watch.tick(since + 1s);
    CHECK(log.events().empty());
    watch.tick(since + 30s);
    REQUIRE(log.events().size() == 1);
    CHECK(log.events()[0].to == "stale");
    CHECK(state.load()->health->health.size() == catalog->subjects().size());
    {
        const std::lock_guard lock(mutex);
        let_go = true;
    }
    changed.notify_all();
    (*checker)->stop();
}

TEST_CASE("a certificate is told before it fails its check, once a day, until it is renewed",
          "[backend][watch]") {
    Watched watched;
    watched.certificate("203.0.113.10", 22);
    CHECK(watched.look(2min).empty());
    watched.certificate("203.0.113.10", 21);  // min_days_left 7, and 14 more
    auto events = watched.look(2min);
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == EventKind::certificate);
    CHECK(events[0].phase == Phase::begins);
    CHECK(events[0].text ==
          "web 203.0.113.10:443: its certificate expires in 21 days, and makes it unhealthy with "
          "fewer than 7");
    watched.certificate("203.0.113.10", 20);
    CHECK(watched.look(23h).empty());
    CHECK(watched.look(2h).size() == 1);
    watched.certificate("203.0.113.10", std::nullopt);  // not seen: the connection failed
    CHECK(watched.look(2min).empty());
    watched.certificate("203.0.113.10", 90);
    events = watched.look(2min);
    REQUIRE(events.size() == 1);
    CHECK(events[0].phase == Phase::ends);
    CHECK(events[0].to == "renewed");
    CHECK(watched.look(2min).empty());
}

TEST_CASE("a spike of queries is told with its zone", "[backend][watch]") {
    Watched watched;
    const policy::Reply no_name;
    const auto zone = watched.catalog->zones().front().id;
    const auto run = [&](int seconds, int per_s) {
        std::vector<Event> all;
        for (int i = 0; i < seconds; ++i) {
            for (int n = 0; n < per_s; ++n)
                watched.traffic->count(0, zone, *watched.catalog, no_name);
            for (auto& event : watched.look())
                all.push_back(std::move(event));
        }
        return all;
    };
    CHECK(run(300, 20).empty());
    const auto events = run(60, 400);
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == EventKind::query_spike);
    CHECK(events[0].subject == "zone example.com.");
    CHECK(watched.watch.spike_count() == 1);
    (void)run(600, 20);
    CHECK(watched.watch.spike_count() == 0);
}

TEST_CASE("two thousand names of one dark pool are one event", "[backend][watch]") {
    std::string config =
        "health_checks: {web: {type: http}}\npools: {eu: {health_check: web, "
        "endpoints: [192.0.2.1]}}\nzones:\n  example.com:\n    ns: "
        "[ns.example.net.]\n    records:\n";
    for (int i = 0; i < 2000; ++i)
        config += "      n" + std::to_string(i) + ": {policy: failover, targets: [{pool: eu}]}\n";
    Watched watched(config);
    watched.set("192.0.2.1", Health::unhealthy);
    CHECK(watched.look().size() == 1);  // the pool, not two thousand names
}

}  // namespace
}  // namespace fairlead::backend
