// SPDX-License-Identifier: Apache-2.0

// Which names are purged, when, and what the purger does with a PowerDNS that answers, or does not.
// The other end here is a socket of the test; tests/integration/caches_test.py has a real PowerDNS.

#include <mutex>
#include <set>

#include "backend/powerdns/control_channel.h"
#include "backend/powerdns/purge_plan.h"
#include "backend/powerdns/purger.h"
#include "backend/protocol/unix_listener.h"
#include "checks/alias_places.h"
#include "config/load.h"
#include "policy/cached_answers.h"
#include "policy/lookup.h"
#include "tests/backend/memory_log.h"
#include "tests/backend/protocol/sample_state.h"
#include "tests/backend/protocol/unix_client.h"
#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using checks::Health;
using std::chrono::milliseconds;

// ---- which names ----

std::set<std::string> names(const policy::Catalog& catalog,
                            const std::vector<policy::RecordSetIndex>& found) {
    std::set<std::string> texts;
    for (const auto name : found)
        texts.insert(catalog.record_set(name).name.to_string());
    return texts;
}

TEST_CASE("the names whose answer follows from health alone are those that a verdict changes",
          "[backend][purge]") {
    const auto up = sample_state(Health::healthy);
    const auto down = sample_state(Health::unhealthy);
    policy::CachedAnswers answers(*up.catalog, up.conditions());
    CHECK(answers.changed(up.conditions()).empty());
    const std::set<std::string> expected{"gone.example.com.", "www.example.com."};
    CHECK(names(*up.catalog, answers.changed(policy::Conditions(*down.health))) == expected);
    CHECK(answers.changed(policy::Conditions(*down.health)).empty());
    CHECK(names(*up.catalog, answers.changed(up.conditions())) == expected);
}

TEST_CASE("only what the purger follows is cacheable, and only while it does", "[backend][purge]") {
    ServingState state = sample_state();
    const auto scope = [&](const char* name) {
        policy::Reply reply;
        policy::lookup(
            *state.catalog, state.conditions(),
            {.name = *DnsName::parse(name), .type = "A", .client = IpAddress::parse("203.0.113.9")},
            reply);
        return int{reply.v4.scope};
    };
    CHECK(scope("www.example.com.") == 1);
    CHECK(scope("api.example.com.") == 1);
    state.purges = true;
    CHECK(scope("www.example.com.") == 0);
    CHECK(scope("api.example.com.") == 1);  // drawn
}

TEST_CASE("the names whose answer follows from an alias are those that another address changes",
          "[backend][purge]") {
    const auto loaded = config::load_text(R"(
health_checks: {web: {type: http}}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      a: {policy: simple, targets: [{alias: lb.example.net}]}
      b: {policy: failover, health_check: web, targets: [{alias: lb.example.net}, 192.0.2.9]}
      c: {policy: simple, targets: [192.0.2.9]}
)");
    REQUIRE(loaded.loaded);
    const auto& catalog = *loaded.loaded->catalog;
    auto subjects = catalog.subjects();
    checks::AliasPlaces places(catalog.aliases(), subjects);
    auto health = checks::Snapshot::all_unknown(subjects.size());
    const auto resolve = [&](const char* text) {
        checks::NameState name{.host = "lb.example.net"};
        name.v4.addresses = {*IpAddress::parse(text)};
        static_cast<void>(places.update(name));
        health.aliases = places.table(true);
    };
    const std::set<std::string> both{"a.example.com.", "b.example.com."};
    policy::CachedAnswers answers(catalog, policy::Conditions(health));
    resolve("192.0.2.1");
    CHECK(names(catalog, answers.changed(policy::Conditions(health))) == both);
    resolve("192.0.2.1");
    CHECK(answers.changed(policy::Conditions(health)).empty());
    resolve("192.0.2.2");
    CHECK(names(catalog, answers.changed(policy::Conditions(health))) == both);
    health.health[catalog.aliases()[1].v4[0]] = Health::unhealthy;
    CHECK(names(catalog, answers.changed(policy::Conditions(health))) ==
          std::set<std::string>{"b.example.com."});
}

TEST_CASE("so many names of one zone are its zone", "[backend][purge]") {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7);
    builder.add_zone(*DnsName::parse("example.org."), 7);
    std::vector<policy::RecordSetIndex> many;
    for (std::size_t i = 0; i <= kNamesOfZone; ++i) {
        const auto owner = "w" + std::to_string(i) + ".example.com.";
        builder.add_static(0, *DnsName::parse(owner), {"A", 60, "192.0.2.1", true});
    }
    builder.add_static(1, *DnsName::parse("w.example.org."), {"A", 60, "192.0.2.1", true});
    const auto catalog = std::move(builder).build({});
    for (const auto& zone : catalog.zones()) {
        for (const auto name : zone.contents) {
            if (!catalog.record_set(name).statics.empty()) many.push_back(name);
        }
    }
    CHECK(purge_targets(catalog, many) == PurgeTargets{"example.com.$", "w.example.org."});
    CHECK(purge_targets(catalog, {}).empty());
}

// ---- when ----

TEST_CASE("a purge is repeated until no old answer can arrive any more", "[backend][purge]") {
    const TimePoint start = TimePoint{} + std::chrono::hours(1);
    PurgePlan plan;
    CHECK(plan.next_due() == TimePoint::max());
    plan.purged({"a."}, start);
    plan.purged({}, start);
    CHECK(plan.next_due() == start + milliseconds(100));
    CHECK(plan.take_due(start + milliseconds(99)).empty());
    CHECK(plan.take_due(start + milliseconds(100)) == PurgeTargets{"a."});
    plan.purged({"b."}, start + milliseconds(910));  // shares the time that is left of a.
    CHECK(plan.take_due(start + milliseconds(1000)) == PurgeTargets{"a."});
    CHECK(plan.take_due(start + milliseconds(2999)) == PurgeTargets{"b."});
    CHECK(plan.take_due(start + milliseconds(4000)) == PurgeTargets{"a.", "b."});
    CHECK(plan.next_due() == TimePoint::max());
}

TEST_CASE("names that flap for long do not make the plan long", "[backend][purge]") {
    PurgePlan plan;
    TimePoint now{};
    for (int i = 0; i < 10'000; ++i) {
        plan.purged({"a."}, now += milliseconds(1));
        (void)plan.take_due(now);
    }
    int left = 0;
    while (!plan.take_due(plan.next_due()).empty())
        ++left;
    CHECK(left <= 33);
}

// ---- the channel ----

/// A control socket that does what the test wants.
class FakePowerDns {
  public:
    explicit FakePowerDns(const std::filesystem::path& path)
        : listener_(*UnixListener::open({.path = path})), thread_([this] { run(); }) {}
    ~FakePowerDns() {
        ending_ = true;
        thread_.join();
    }
    FakePowerDns(const FakePowerDns&) = delete;
    FakePowerDns& operator=(const FakePowerDns&) = delete;

    std::vector<std::string> commands() {
        const std::lock_guard lock(mutex_);
        return commands_;
    }
    bool was_told(const std::string& command) {
        return comes_true([&] { return std::ranges::count(commands(), command) > 0; });
    }
    std::atomic<bool> silent{false};

  private:
    void run() {
        std::vector<Descriptor> unanswered;
        while (!ending_) {
            Descriptor peer(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!peer.is_open()) {
                std::this_thread::sleep_for(milliseconds(1));
                continue;
            }
            char line[4096];
            const auto got = ::recv(peer.get(), line, sizeof line, 0);
            if (got > 0) {
                const std::lock_guard lock(mutex_);
                commands_.emplace_back(line, static_cast<std::size_t>(got) - 1);
            }
            const std::string answer = "4.7.3";
            if (silent) {
                unanswered.push_back(std::move(peer));
            } else {
                (void)::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            }
        }
    }

    UnixListener listener_;
    std::mutex mutex_;
    std::vector<std::string> commands_;  // guarded by mutex_
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

TEST_CASE("a control socket that is not there, or does not answer, is told with the remedy",
          "[backend][purge]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.controlsocket";
    const ControlChannel channel(path);
    CHECK(channel.ask("VERSION").error().message ==
          "PowerDNS's control socket " + path.string() +
              ": No such file or directory (is pdns_server running, with this path's directory as "
              "its socket-dir?)");
    FakePowerDns powerdns(path);
    CHECK(*channel.ask("VERSION") == "4.7.3");
    CHECK(powerdns.commands() == std::vector<std::string>{"VERSION"});
    powerdns.silent = true;
    CHECK(channel.ask("VERSION").error().message ==
          "PowerDNS's control socket " + path.string() + ": Connection timed out");
}

/// A published state, and the purger that follows it.
struct Followed {
    TemporaryDirectory directory;
    MemoryLog log;
    PublishedState state{std::make_shared<ServingState>(sample_state())};
    std::unique_ptr<Purger> purger;

    void start(std::initializer_list<const char*> sockets) {
        std::vector<ControlChannel> channels;
        channels.reserve(sockets.size());
        for (const auto* socket : sockets)
            channels.emplace_back(directory / socket);
        purger = std::make_unique<Purger>(
            std::move(channels), Needs{}, state,
            [this](bool purges) { change([=](ServingState& next) { next.purges = purges; }); },
            log);
        purger->start();
    }
    template <typename Change>
    void change(Change change) {
        state.update([&](const auto& current) {
            auto next = std::make_shared<ServingState>(*current);
            change(*next);
            return next;
        });
    }
    void set_health(Health health) {
        const auto made = sample_state(health);
        change([&](ServingState& next) { next.health = made.health; });
        purger->wake();
    }
    bool becomes(bool purges) {
        return comes_true([&] { return state.load()->purges == purges; });
    }
    /// What is logged of a change is logged after it.
    bool logs(std::string_view part) {
        return comes_true([&] { return log.has(part); });
    }
};

TEST_CASE("every PowerDNS is told of a verdict, and caches only while all of them can be",
          "[backend][purge]") {
    Followed followed;
    auto first = std::make_unique<FakePowerDns>(followed.directory / "a");
    FakePowerDns second(followed.directory / "b");
    followed.start({"a", "b"});
    REQUIRE(followed.becomes(true));
    CHECK(first->was_told("PURGE"));
    CHECK(second.was_told("PURGE"));

    followed.set_health(Health::unhealthy);
    const std::string purge = "PURGE gone.example.com. www.example.com.";
    CHECK(first->was_told(purge));
    CHECK(second.was_told(purge));
    const auto repeated = [&] { return std::ranges::count(second.commands(), purge) == 4; };
    CHECK(comes_true(repeated));

    first.reset();
    REQUIRE(followed.becomes(false));
    CHECK(followed.logs("until it answers, PowerDNS caches nothing that depends on health"));
    const auto told = second.commands().size();
    followed.set_health(Health::healthy);  // nobody has cached it
    first = std::make_unique<FakePowerDns>(followed.directory / "a");
    REQUIRE(followed.becomes(true));
    CHECK(std::ranges::count(second.commands(), purge) == 4);
    CHECK(second.commands().size() > told);
    REQUIRE(comes_true([&] { return followed.log.events().size() == 3; }));
    const auto phases = followed.log.events();
    CHECK(phases[1].phase == Phase::begins);
    CHECK(phases[2].phase == Phase::ends);
}

TEST_CASE("another catalog makes PowerDNS look for zones and forget everything",
          "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    const auto made = sample_state();
    followed.change([&](ServingState& next) {
        next.catalog = made.catalog;
        next.health = made.health;
    });
    followed.purger->wake();
    CHECK(powerdns.was_told("REDISCOVER"));
    CHECK(powerdns.was_told("PURGE .$"));
}

TEST_CASE("a PowerDNS that hangs is not waited for by anybody but the purger", "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    powerdns.silent = true;
    followed.set_health(Health::unhealthy);  // returns at once
    CHECK(followed.becomes(false));
    CHECK(followed.logs("Connection timed out"));
}

}  // namespace
}  // namespace fairlead::backend
