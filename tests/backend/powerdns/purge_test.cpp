// SPDX-License-Identifier: Apache-2.0

// Which names are purged, when, and what the purger does with a PowerDNS that answers, or does not.
// The other end here is a socket of the test; tests/integration/caches_test.py has real ones.

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "backend/powerdns/control_channel.h"
#include "backend/powerdns/purge_plan.h"
#include "backend/powerdns/purge_targets.h"
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
    CHECK(purge_targets(catalog, many).names ==
          std::set<std::string>{"example.com.$", "w.example.org."});
    CHECK(purge_targets(catalog, {}).empty());
}

TEST_CASE("what answers for names below it is purged with them", "[backend][purge]") {
    policy::CatalogBuilder builder;
    builder.add_zone(*DnsName::parse("example.com."), 7);
    const auto add = [&](const char* owner, const char* type, const char* content) {
        builder.add_static(0, *DnsName::parse(owner), {type, 60, content, true});
    };
    add("example.com.", "NS", "ns.example.net.");
    add("*.wild.example.com.", "A", "192.0.2.1");
    add("sub.example.com.", "NS", "ns.example.com.");
    add("old.example.com.", "DNAME", "example.net.");
    const auto catalog = std::move(builder).build({});
    const auto target = [&](const char* name) {
        for (policy::RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
            if (catalog.record_set(i).name == *DnsName::parse(name))
                return *purge_targets(catalog, {i}).names.begin();
        }
        return std::string();
    };
    CHECK(target("*.wild.example.com.") == "wild.example.com.$");
    CHECK(target("sub.example.com.") == "sub.example.com.$");
    CHECK(target("old.example.com.") == "old.example.com.$");
    CHECK(target("example.com.") == "example.com.");
}

// ---- when ----

PurgeTargets only(const char* name) {
    return {.everything = false, .names = {name}};
}

TEST_CASE("a purge is repeated until no old answer can arrive any more", "[backend][purge]") {
    const TimePoint start = TimePoint{} + std::chrono::hours(1);
    PurgePlan plan;
    CHECK(plan.next_due() == TimePoint::max());
    plan.purged(only("a."), start);
    plan.purged({}, start);
    CHECK(plan.next_due() == start + milliseconds(100));
    CHECK(plan.take_due(start + milliseconds(99)).empty());
    CHECK(plan.take_due(start + milliseconds(100)) == only("a."));
    plan.purged(only("b."), start + milliseconds(910));  // shares the time that is left of a.
    CHECK(plan.take_due(start + milliseconds(1000)) == only("a."));
    CHECK(plan.take_due(start + milliseconds(2999)) == only("b."));
    CHECK(plan.take_due(start + milliseconds(4000)).names == std::set<std::string>{"a.", "b."});
    CHECK(plan.next_due() == TimePoint::max());
}

TEST_CASE("the last purge comes when PowerDNS waits for no old answer any more",
          "[backend][purge]") {
    struct Case {
        int timeout;
        std::vector<int> again;
    };
    const auto [timeout, again] = GENERATE(values<Case>({
        {1000, {100, 1000, 3000}},
        {2000, {100, 1000, 3000}},
        {3000, {100, 1000, 3000, 4000}},
        {60'000, {100, 1000, 3000, 10'000, 30'000, 61'000}},
    }));
    PurgePlan plan{milliseconds(timeout)};
    plan.purged(only("a."), TimePoint{});
    std::vector<int> found;
    while (plan.next_due() != TimePoint::max()) {
        const auto due = plan.next_due();
        found.push_back(static_cast<int>(
            std::chrono::duration_cast<milliseconds>(due.time_since_epoch()).count()));
        CHECK(plan.take_due(due) == only("a."));
    }
    CHECK(found == again);
}

TEST_CASE("names that flap for long do not make the plan long", "[backend][purge]") {
    PurgePlan plan;
    TimePoint now{};
    for (int i = 0; i < 10'000; ++i) {
        plan.purged(only("a."), now += milliseconds(1));
        (void)plan.take_due(now);
    }
    int left = 0;
    while (!plan.take_due(plan.next_due()).empty())
        ++left;
    CHECK(left <= 33);
}

// ---- its settings ----

TEST_CASE("how long PowerDNS waits is what it waits on the slowest way", "[backend][purge]") {
    const auto timeout = [](const PowerDnsSettings& settings) {
        return connector_timeout(settings).count();
    };
    CHECK(timeout({}) == 2000);
    CHECK(timeout({{"remote-connection-string", "unix:path=/x"}}) == 2000);
    CHECK(timeout({{"remote-connection-string", "unix:path=/x,timeout=1000"}}) == 1000);
    CHECK(timeout({{"remote-connection-string", "unix:timeout=1000,path=/x"},
                   {"remote-b-connection-string", "http:url=http://192.0.2.1,timeout=60000"}}) ==
          60'000);
    CHECK(timeout({{"remote-connection-string", "unix:path=/x,timeout=soon"}}) == 2000);
}

TEST_CASE("only a PowerDNS with fairlead alone has no references that nobody knows of",
          "[backend][purge]") {
    CHECK_FALSE(has_other_backends({{"launch", "remote"}}));
    CHECK_FALSE(has_other_backends({{"launch", "remote:fairlead"}}));
    CHECK(has_other_backends({{"launch", "bind,remote"}}));
    CHECK(has_other_backends({{"launch", "remote bind"}}));
    CHECK(has_other_backends({{"launch", ""}}));
    CHECK(has_other_backends({{"launch", "remote,remote:other"}}));
    CHECK(has_other_backends({}));
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
    std::ptrdiff_t count(const std::string& command) {
        const auto all = commands();
        return std::ranges::count(all, command);
    }
    /// It was told at least twice, and what follows from the first time is over: 3 s after it.
    bool is_over(const std::string& command) {
        return comes_true([&] {
            const std::lock_guard lock(mutex_);
            if (std::ranges::count(commands_, command) < 2) return false;
            return SteadyClock().now() > first_[command] + std::chrono::seconds(4);
        });
    }
    /// From now on CURRENT-CONFIG is answered so.
    void has_settings(std::string text) {
        const std::lock_guard lock(mutex_);
        settings_ = std::move(text);
    }
    std::atomic<bool> silent{false};
    std::atomic<milliseconds> delay{milliseconds(0)};  // of every answer

  private:
    static std::optional<std::string> line_from(int peer) {
        std::string line;
        char piece[4096];
        while (!line.ends_with('\n')) {
            const auto got = ::recv(peer, piece, sizeof piece, 0);
            if (got <= 0) return std::nullopt;
            line.append(piece, static_cast<std::size_t>(got));
        }
        line.pop_back();
        return line;
    }
    std::string answer_to(std::string command) {
        const std::lock_guard lock(mutex_);
        first_.try_emplace(command, SteadyClock().now());
        commands_.push_back(std::move(command));
        return commands_.back() == "CURRENT-CONFIG" ? settings_ : "4.7.3";
    }
    void run() {
        std::vector<Descriptor> unanswered;
        while (!ending_) {
            Descriptor peer(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!peer.is_open()) {
                std::this_thread::sleep_for(milliseconds(1));
                continue;
            }
            const auto command = line_from(peer.get());
            if (!command) continue;
            std::this_thread::sleep_for(delay.load());
            const auto answer = answer_to(*command);
            if (silent) {
                unanswered.push_back(std::move(peer));
            } else {
                (void)::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            }
        }
    }

    UnixListener listener_;
    std::mutex mutex_;
    std::vector<std::string> commands_;       // guarded by mutex_
    std::map<std::string, TimePoint> first_;  // guarded by mutex_: when each came first
    std::string settings_ = "launch=remote\nremote-connection-string=unix:path=/x,timeout=1000\n";
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

TEST_CASE("a control socket that is not there, or does not answer, is told with the remedy",
          "[backend][purge]") {
    const TemporaryDirectory directory;
    const auto path = directory / "pdns.controlsocket";
    const ControlChannel channel(path);
    CHECK(channel.version().error().message ==
          "PowerDNS's control socket " + path.string() +
              ": No such file or directory (is pdns_server running, with this path's directory as "
              "its socket-dir?)");
    FakePowerDns powerdns(path);
    CHECK(*channel.version() == "4.7.3");
    CHECK(powerdns.commands() == std::vector<std::string>{"VERSION"});
    powerdns.silent = true;
    CHECK(channel.version().error().message ==
          "PowerDNS's control socket " + path.string() +
              ": Connection timed out (pdns_server hangs, or has too much to do; its log may "
              "say what with)");
}

TEST_CASE("names that take too long to be purged one by one are purged with everything",
          "[backend][purge]") {
    const TemporaryDirectory directory;
    FakePowerDns powerdns(directory / "pdns.controlsocket");
    const ControlChannel channel(directory / "pdns.controlsocket");
    PurgeTargets targets;
    for (int i = 0; i < 6000; ++i)
        targets.names.insert(std::string(90, 'x') + std::to_string(1000 + i) + ".");
    const auto kinds = [&] {  // of the commands: everything, or names
        std::string all;
        for (const auto& command : powerdns.commands())
            all += command == "PURGE" ? 'E' : 'n';
        return all;
    };
    REQUIRE(bool(channel.purge(targets)));
    CHECK(kinds() == std::string(10, 'n'));
    powerdns.delay = milliseconds(1100);  // two are longer than it may take
    REQUIRE(bool(channel.purge(targets)));
    const auto second = kinds().substr(10);
    CAPTURE(second);
    CHECK((second == "nnE" || second == "nE"));
}

/// A published state, and the purger that follows it.
struct Followed {
    TemporaryDirectory directory;
    MemoryLog log;
    PublishedState state{std::make_shared<ServingState>(sample_state())};
    std::unique_ptr<Purger> purger;

    void start(std::initializer_list<const char*> sockets) {
        std::vector<std::unique_ptr<const Channel>> channels;
        for (const auto* socket : sockets)
            channels.push_back(std::make_unique<ControlChannel>(directory / socket));
        purger = std::make_unique<Purger>(
            std::move(channels), state,
            [this](bool purges) { change([=](ServingState& next) { next.purges = purges; }); },
            log);
        purger->start();
    }
    template <typename Change>
    void change(Change change) {
        state.update([&](const auto& current) {
            auto next = std::make_shared<ServingState>(*current);
            change(*next);
            count_answers(*current, *next);
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

// *.dev is a CNAME to www.
const std::string kVerdict = "PURGE dev.example.com.$ gone.example.com. www.example.com.";

TEST_CASE("every PowerDNS is told of a verdict, now and again", "[backend][purge]") {
    Followed followed;
    FakePowerDns first(followed.directory / "a");
    FakePowerDns second(followed.directory / "b");
    followed.start({"a", "b"});
    REQUIRE(followed.becomes(true));
    for (auto* powerdns : {&first, &second})  // else everything takes the place of names
        REQUIRE(powerdns->is_over("PURGE"));
    followed.set_health(Health::unhealthy);
    for (auto* powerdns : {&first, &second})
        CHECK(powerdns->is_over(kVerdict));
    std::ptrdiff_t purges = 0;
    for (auto* powerdns : {&first, &second})
        purges += powerdns->count("PURGE") + 3 * powerdns->count(kVerdict);
    CHECK(static_cast<std::ptrdiff_t>(followed.purger->purges()) == purges);
}

TEST_CASE(
    "answers that came back to what they were before the purger looked are purged all the same",
    "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    REQUIRE(powerdns.is_over("PURGE"));
    const auto before = powerdns.count("PURGE");
    for (const auto health : {Health::unhealthy, Health::healthy})  // as it was
        followed.change([&](ServingState& next) { next.health = sample_state(health).health; });
    followed.purger->wake();
    CHECK(comes_true([&] { return powerdns.count("PURGE") > before; }));
}

TEST_CASE("what a state has for its PowerDNS alone changes no answer", "[backend][purge]") {
    Followed followed;
    const auto number = [&] { return followed.state.load()->answers; };
    followed.change([](ServingState& next) { next.purges = true; });
    CHECK(number() == 0);
    followed.change([](ServingState& next) {
        next.health = std::make_shared<checks::Snapshot>(*next.health);  // the same verdicts
    });
    CHECK(number() == 0);
    followed.change(
        [](ServingState& next) { next.health = sample_state(Health::unhealthy).health; });
    CHECK(number() == 1);
}

TEST_CASE("a PowerDNS that is there when fairlead starts is told of its zones",
          "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    followed.start({"a"});
    CHECK(powerdns.was_told("REDISCOVER"));
    REQUIRE(powerdns.is_over("PURGE"));
    CHECK(powerdns.count("REDISCOVER") == 1);
    const auto commands = powerdns.commands();
    const auto looked = std::ranges::find(commands, "REDISCOVER");
    CHECK(std::count(commands.begin(), looked, "PURGE") >= 1);
    CHECK(std::count(looked, commands.end(), "PURGE") >= 1);
}

TEST_CASE("what another catalog needs of PowerDNS is said when it comes", "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    powerdns.has_settings("launch=remote\nremote-dnssec=no\n");
    const auto serve = [&](const ServingState& state) {
        followed.change([&](ServingState& next) {
            next.catalog = state.catalog;
            next.health = state.health;
        });
    };
    const auto first = config::load_text(
        "zones: {example.com: {ns: [ns.example.net.], records: {a: {A: 192.0.2.1}}}}");
    REQUIRE(first.loaded);
    serve({.catalog = first.loaded->catalog,
           .health = std::make_shared<checks::Snapshot>(checks::Snapshot::all_unknown(0))});
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    REQUIRE(powerdns.was_told("REDISCOVER"));
    CHECK_FALSE(followed.log.has("remote-dnssec"));
    serve(sample_state());  // with a zone that is to be signed
    followed.purger->wake();
    CHECK(followed.logs("remote-dnssec"));
}

TEST_CASE("answers are cached only while every PowerDNS is reached", "[backend][purge]") {
    Followed followed;
    FakePowerDns first(followed.directory / "a");
    followed.start({"a", "b"});
    REQUIRE(followed.logs("until it answers, PowerDNS caches nothing that depends on health"));
    REQUIRE(first.was_told("PURGE"));
    CHECK_FALSE(followed.state.load()->purges);
    auto second = std::make_unique<FakePowerDns>(followed.directory / "b");
    REQUIRE(followed.becomes(true));
    CHECK(second->count("PURGE") >= 1);  // before it
    second.reset();
    REQUIRE(followed.becomes(false));
    REQUIRE(comes_true([&] { return followed.log.events().size() == 3; }));
    const auto phases = followed.log.events();
    CHECK(phases[0].phase == Phase::begins);
    CHECK(phases[1].phase == Phase::ends);
    CHECK(phases[2].phase == Phase::begins);
}

TEST_CASE("while one PowerDNS is lost the others are told on", "[backend][purge]") {
    Followed followed;
    auto first = std::make_unique<FakePowerDns>(followed.directory / "a");
    FakePowerDns second(followed.directory / "b");
    followed.start({"a", "b"});
    REQUIRE(followed.becomes(true));
    first.reset();
    REQUIRE(followed.becomes(false));
    REQUIRE(second.count(kVerdict) == 0);
    followed.set_health(Health::unhealthy);  // what it was is in the second one's cache
    CHECK(second.was_told(kVerdict));
    first = std::make_unique<FakePowerDns>(followed.directory / "a");
    REQUIRE(followed.becomes(true));
    CHECK(first->count("PURGE") >= 1);  // whole: it was told nothing meanwhile
    CHECK(first->count(kVerdict) == 0);
}

TEST_CASE("a PowerDNS that hangs holds up no other one", "[backend][purge]") {
    Followed followed;
    FakePowerDns first(followed.directory / "a");
    FakePowerDns second(followed.directory / "b");
    followed.start({"a", "b"});
    REQUIRE(followed.becomes(true));
    first.silent = true;
    followed.set_health(Health::unhealthy);
    CHECK(second.was_told(kVerdict));
    CHECK(followed.state.load()->purges);  // it was told before the first one was given up
    CHECK(followed.becomes(false));
}

TEST_CASE("a PowerDNS with other backends forgets everything on each change", "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    powerdns.has_settings("launch=bind,remote\n");
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    REQUIRE(powerdns.is_over("PURGE"));
    const auto before = powerdns.count("PURGE");
    followed.set_health(Health::unhealthy);
    CHECK(comes_true([&] { return powerdns.count("PURGE") > before; }));
    CHECK(powerdns.count(kVerdict) == 0);
}

TEST_CASE("a PowerDNS that came back with other settings is reached anew", "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    REQUIRE(comes_true([&] { return powerdns.count("VERSION") == 1; }));
    powerdns.has_settings("launch=remote\nconsistent-backends=yes\n");
    CHECK(comes_true([&] { return powerdns.count("VERSION") == 2; }));
    CHECK(followed.logs("has consistent-backends=yes: "));
    CHECK(followed.state.load()->purges);
}

TEST_CASE("another catalog makes PowerDNS look for zones and forget everything, before and after",
          "[backend][purge]") {
    Followed followed;
    FakePowerDns powerdns(followed.directory / "a");
    followed.start({"a"});
    REQUIRE(followed.becomes(true));
    REQUIRE(powerdns.is_over("PURGE"));
    const auto before = static_cast<std::ptrdiff_t>(powerdns.commands().size());
    const auto made = sample_state();
    followed.change([&](ServingState& next) {
        next.catalog = made.catalog;
        next.health = made.health;
    });
    followed.purger->wake();
    CHECK(comes_true([&] { return powerdns.count("REDISCOVER") == 2; }));
    const auto purged_after = [&] {
        const auto commands = powerdns.commands();
        const auto looked = std::find(commands.begin() + before, commands.end(), "REDISCOVER");
        CHECK(std::count(commands.begin() + before, looked, "PURGE") >= 1);
        return std::count(looked, commands.end(), "PURGE") >= 1;
    };
    CHECK(comes_true(purged_after));
}

TEST_CASE("a PowerDNS that was not reached when zones changed is told of them later",
          "[backend][purge]") {
    Followed followed;
    followed.start({"a"});
    REQUIRE(followed.logs("until it answers"));
    const auto made = sample_state();
    followed.change([&](ServingState& next) {
        next.catalog = made.catalog;
        next.health = made.health;
    });
    followed.purger->wake();
    FakePowerDns powerdns(followed.directory / "a");
    CHECK(powerdns.was_told("REDISCOVER"));
    CHECK(followed.becomes(true));
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
