// SPDX-License-Identifier: Apache-2.0
#include "checks/memory.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

const TimePoint kSince{std::chrono::hours(1)};
const TimePoint kNow{std::chrono::hours(2)};
const TimePoint kDue = kNow + std::chrono::seconds(7);
const HealthState kInDoubt{.health = Health::healthy, .against = 2, .agreeing = 1};

HealthCheck check_named(std::string name, std::string path = "/") {
    HealthCheck check;
    check.name = std::move(name);
    check.probe = HttpProbe{.path = std::move(path)};
    return check;
}

HealthCheck disabled(HealthCheck check) {
    check.enabled = false;
    return check;
}

IpAddress address(const char* text) {
    return *IpAddress::parse(text);
}

struct Listing {
    std::vector<HealthCheck> checks;
    std::vector<Subject> subjects;
};

/// Of one subject, 192.0.2.1 under "web", in doubt.
Memory memory_of(const HealthCheck& check, HealthState state = kInDoubt) {
    auto snapshot = Snapshot::all_unknown(1);
    snapshot.generation = 7;
    snapshot.evidence[0] = {.state = state, .last = {.detail = "200 OK"}, .since = kSince};
    return remember({check}, {{0, address("192.0.2.1")}}, snapshot, {kDue});
}

TEST_CASE("a subject inherits by the name of its check and its address", "[checks][memory]") {
    struct Case {
        const char* what;
        Memory before;
        HealthCheck after;
        const char* address;
        HealthState state;
        Place place;
    };
    const auto web = check_named("web");
    const HealthState nothing;
    const HealthState verdict_alone{.health = Health::healthy};
    HealthCheck judged = web;
    judged.thresholds.fall = 5;
    judged.timeout = std::chrono::seconds(2);
    HealthCheck rarer = web;
    rarer.interval = std::chrono::hours(1);
    HealthCheck often = web;
    often.interval = std::chrono::seconds(1);
    const std::vector<Case> cases{
        {"as before", memory_of(web), web, "192.0.2.1", kInDoubt, kDue},
        {"asks something else", memory_of(web), check_named("web", "/health"), "192.0.2.1",
         verdict_alone, kNow},
        {"judged otherwise", memory_of(web), judged, "192.0.2.1", verdict_alone, kDue},
        {"rarer", memory_of(web), rarer, "192.0.2.1", verdict_alone, kDue},
        {"far more often", memory_of(web), often, "192.0.2.1", verdict_alone, kNow},
        {"another name", memory_of(web), check_named("site"), "192.0.2.1", nothing, {}},
        {"another address", memory_of(web), web, "192.0.2.2", nothing, {}},
        {"another family", memory_of(web), web, "2001:db8::1", nothing, {}},
        {"unknown", memory_of(web, nothing), web, "192.0.2.1", nothing, kDue},
        {"disabled now", memory_of(web), disabled(web), "192.0.2.1", nothing, {}},
        {"disabled before", memory_of(disabled(web)), web, "192.0.2.1", nothing, {}},
    };
    for (const auto& [what, before, after, where, state, place] : cases) {
        CAPTURE(what);
        const auto begin = inherit(before, {after}, {{0, address(where)}}, kNow);
        REQUIRE(begin.size() == 1);
        CHECK(begin[0].evidence.state == state);
        CHECK(begin[0].place == place);
        const bool inherited = state.health != Health::unknown;
        CHECK((begin[0].evidence.since == kSince) == (inherited || place.has_value()));
    }
}

TEST_CASE("thousands that are asked something else come one after the other, as they were to",
          "[checks][memory]") {
    constexpr SubjectIndex kCount = 5000;
    std::vector<Subject> subjects;
    auto snapshot = Snapshot::all_unknown(kCount);
    std::vector<Place> places;
    for (SubjectIndex i = 0; i < kCount; ++i) {
        subjects.push_back(
            {0, address(
                    ("192.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250)).c_str())});
        snapshot.evidence[i].state.health = Health::healthy;
        // The last is due first; in two seconds, less than it takes to ask them all.
        places.emplace_back(kNow + std::chrono::microseconds(400) * (kCount - i));
    }
    const auto memory = remember({check_named("web")}, subjects, snapshot, places);
    const auto begin = inherit(memory, {check_named("web", "/health")}, subjects, kNow);
    CHECK(begin[kCount - 1].place == kNow);
    for (SubjectIndex i = 0; i < kCount; ++i) {
        REQUIRE(begin[i].place);
        CHECK_FALSE(begin[i].was_asked);
        CHECK(*begin[i].place <= *places[i]);
        if (i > 0) CHECK(*begin[i].place < *begin[i - 1].place);
    }
}

TEST_CASE("slots may be in any order, and be more or fewer", "[checks][memory]") {
    const Listing before{
        {check_named("a"), check_named("b")},
        {{0, address("192.0.2.1")}, {1, address("192.0.2.1")}, {1, address("192.0.2.2")}}};
    auto snapshot = Snapshot::all_unknown(3);
    snapshot.evidence[0].state.health = Health::healthy;
    snapshot.evidence[1].state.health = Health::unhealthy;
    snapshot.evidence[2].state.health = Health::healthy;
    const auto memory = remember(before.checks, before.subjects, snapshot);

    const Listing after{{check_named("b"), check_named("new"), check_named("a")},
                        {{1, address("192.0.2.1")},
                         {0, address("192.0.2.1")},
                         {2, address("192.0.2.1")},
                         {0, address("192.0.2.3")}}};
    const auto begin = inherit(memory, after.checks, after.subjects, kNow);
    std::vector<Health> health;
    for (const auto& one : begin)
        health.push_back(one.evidence.state.health);
    CHECK(health ==
          std::vector{Health::unknown, Health::unhealthy, Health::healthy, Health::unknown});
}

TEST_CASE("without evidence nothing is remembered", "[checks][memory]") {
    const Listing plan{{check_named("a")}, {{0, address("192.0.2.1")}}};
    Snapshot offline;
    offline.health = {Health::unhealthy};
    CHECK(remember(plan.checks, plan.subjects, offline).subjects.empty());
}

TEST_CASE("an address of an alias inherits at whatever place it lives now", "[checks][memory]") {
    auto snapshot = Snapshot::all_unknown(3);
    snapshot.evidence[0] = {.state = kInDoubt, .last = {}, .since = kSince};
    auto table = std::make_shared<AliasTable>();
    table->occupants = {{0, address("192.0.2.1")}};  // the second place is empty
    snapshot.aliases = table;
    snapshot.names = std::make_shared<const std::vector<NameState>>(
        std::vector<NameState>{{.host = "lb.example.net"}});
    const std::vector<HealthCheck> checks{check_named("web")};
    const auto memory = remember(
        checks,
        {{0, {}, "lb.example.net", 1}, {0, {}, "lb.example.net", 2}, {0, address("192.0.2.1")}},
        snapshot, {kDue, kDue, kDue});
    REQUIRE(memory.subjects.size() == 2);
    CHECK(memory.names.size() == 1);
    const auto begin = inherit(memory, checks,
                               {{0, address("192.0.2.2"), "lb.example.net", 1},
                                {0, address("192.0.2.1"), "lb.example.net", 2},
                                {0, address("192.0.2.1"), "other.example.net", 1}},
                               kNow);
    CHECK_FALSE(begin[0].place);
    CHECK(begin[1].evidence.state == kInDoubt);
    CHECK(begin[1].place == kDue);
    CHECK_FALSE(begin[2].place);  // of another name: another one may run behind it
}

TEST_CASE("of two that measured the same, the one before has the say", "[checks][memory]") {
    const auto web = check_named("web");
    Memory own = memory_of(web, {.health = Health::unhealthy});
    own.subjects.push_back(own.subjects.front());
    own.subjects.back().address = address("192.0.2.2");  // new
    const Memory theirs = memory_of(web, kInDoubt);

    const Memory both = joined(own, theirs);
    REQUIRE(both.subjects.size() == 2);
    CHECK(both.subjects[0].evidence.state == kInDoubt);
    CHECK(both.subjects[0].place == own.subjects[0].place);
    CHECK(both.subjects[1].evidence.state.health == Health::unhealthy);

    // What they do not know, or measured in another way, is this one's to say.
    CHECK(joined(own, memory_of(web, {})).subjects[0].evidence.state.health == Health::unhealthy);
    const Memory otherwise = memory_of(check_named("web", "/other"), kInDoubt);
    CHECK(joined(own, otherwise).subjects[0].evidence.state.health == Health::unhealthy);
    // And what only they know is nobody's any more.
    CHECK(joined({}, theirs).subjects.empty());
}

}  // namespace
}  // namespace fairlead::checks
