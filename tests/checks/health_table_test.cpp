// SPDX-License-Identifier: Apache-2.0
#include "checks/health_table.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

const TimePoint kNow{std::chrono::hours(1)};
const Outcome kGood{.layer = Layer::http, .detail = "200 OK"};
const Outcome kBad{.layer = Layer::connect, .failure = Failure::refused};
const Outcome kShort{.layer = Layer::connect, .failure = Failure::resource};

HealthCheck check_with(bool enabled, bool invert) {
    HealthCheck check;
    check.enabled = enabled;
    check.invert = invert;
    check.thresholds = {.fall = 2, .rise = 2};
    return check;
}

struct Plan {
    std::vector<HealthCheck> checks{check_with(true, false), check_with(false, false),
                                    check_with(true, true)};
    std::vector<Subject> subjects{{0, {}}, {1, {}}, {2, {}}};
};

TEST_CASE("the first round is complete when every enabled subject has been attempted",
          "[checks][health_table]") {
    const Plan plan;
    HealthTable table(plan.checks, plan.subjects);
    CHECK(table.next_snapshot()->health ==
          std::vector{Health::unknown, Health::healthy, Health::unknown});
    CHECK_FALSE(table.first_round_complete());
    CHECK(table.record(0, kGood, kNow).decided);
    CHECK_FALSE(table.first_round_complete());
    CHECK_FALSE(table.record(0, kGood, kNow).first);
    CHECK_FALSE(table.first_round_complete());
    CHECK(table.record(2, kGood, kNow).first);
    CHECK(table.first_round_complete());
    CHECK(table.next_snapshot()->health ==
          std::vector{Health::healthy, Health::healthy, Health::unhealthy});
    CHECK(table.count(Health::healthy) == 2);
}

TEST_CASE("a round is complete when every probed subject has come round once more",
          "[checks][health_table]") {
    const Plan plan;  // the middle one is disabled
    HealthTable table(plan.checks, plan.subjects);
    const auto at = [](int s) { return kNow + std::chrono::seconds(s); };
    const auto round = [&] { return table.next_snapshot()->round_complete; };
    table.record(0, kGood, at(1));
    table.record(0, kGood, at(2));
    CHECK(round() == TimePoint{});
    table.record(2, kShort, at(3));  // whatever came of it
    CHECK(round() == at(3));
    table.record(2, kGood, at(4));
    table.record(2, kGood, at(5));
    CHECK(round() == at(3));
    table.record(0, kBad, at(6));
    CHECK(round() == at(6));
}

TEST_CASE("with nothing to probe the first round is complete at once", "[checks][health_table]") {
    const Plan plan;
    const std::vector<Subject> disabled{{1, {}}};
    CHECK(HealthTable(plan.checks, disabled).first_round_complete());
    CHECK(HealthTable(plan.checks, {}).first_round_complete());
}

TEST_CASE("a shortage of this machine says nothing of the target", "[checks][health_table]") {
    const Plan plan;
    HealthTable table(plan.checks, plan.subjects);
    const auto first = table.record(0, kShort, kNow);
    CHECK(first.first);
    CHECK_FALSE(first.turned);
    CHECK(table.effective_health(0) == Health::unknown);
    table.record(2, kGood, kNow);
    CHECK(table.first_round_complete());

    table.record(0, kGood, kNow);
    table.record(0, kBad, kNow);
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(table.record(0, kShort, kNow).turned);
    CHECK(table.effective_health(0) == Health::healthy);
    CHECK(table.evidence(0).last.failure == Failure::resource);
    CHECK(table.record(0, kBad, kNow).turned);
    CHECK(table.effective_health(0) == Health::unhealthy);
}

TEST_CASE("a snapshot stays as it was and its generation is one further each time",
          "[checks][health_table]") {
    const Plan plan;
    HealthTable table(plan.checks, plan.subjects);
    const auto before = table.next_snapshot();
    table.record(0, kBad, kNow);
    const auto after = table.next_snapshot();
    CHECK(before->generation == 1);
    CHECK(after->generation == 2);
    CHECK(before->health[0] == Health::unknown);
    CHECK(after->health[0] == Health::unhealthy);
    CHECK(after->evidence[0].since == kNow);
    CHECK(after->evidence[0].last.failure == Failure::refused);
}

TEST_CASE("since says when the state last changed, not when it was last confirmed",
          "[checks][health_table]") {
    const Plan plan;
    HealthTable table(plan.checks, plan.subjects);
    using std::chrono::seconds;
    table.record(0, kGood, kNow);
    table.record(0, kGood, kNow + seconds(10));
    CHECK(table.evidence(0).since == kNow);
    table.record(0, kBad, kNow + seconds(20));
    CHECK(table.evidence(0).since == kNow);
    table.record(0, kBad, kNow + seconds(21));
    CHECK(table.evidence(0).since == kNow + seconds(21));
}

HealthCheck asking(InsufficientData what) {
    return {.name = "web",
            .probe = TcpProbe{},
            .thresholds = {.fall = 2, .rise = 2},
            .insufficient_data = what};
}

TEST_CASE("insufficient_data stands in after fall attempts without data, until the next result",
          "[checks][health_table]") {
    struct Case {
        InsufficientData what;
        std::string attempts;  // '.' success, 'x' failure, '?' not possible here
        std::string shown;     // '+' healthy, '-' unhealthy, 'o' unknown, after each of them
    };
    const std::vector<Case> cases{
        {InsufficientData::last_known, "???.????x?x", "ooo+++++++-"},
        {InsufficientData::last_known, "x????..", "------+"},
        {InsufficientData::unhealthy, "?.???.", "-++--+"},  // never a result: at once
        {InsufficientData::unhealthy, ".?.?.??x?", "++++++-++"},
        {InsufficientData::healthy, "?x???.", "+--++-"},
        {InsufficientData::healthy, "xx??x", "---+-"},
    };
    for (auto c : cases) {
        const std::vector<HealthCheck> checks{asking(c.what)};
        const std::vector<Subject> subjects{{0, *IpAddress::parse("192.0.2.1")}};
        HealthTable table(checks, subjects);
        std::string shown;
        for (const char attempt : c.attempts) {
            const Health before = table.effective_health(0);
            const auto recorded = table.record(0,
                                               attempt == '.'   ? kGood
                                               : attempt == 'x' ? kBad
                                                                : kShort,
                                               {});
            const Health after = table.effective_health(0);
            if (before != after) CHECK(recorded.turned);
            shown += after == Health::healthy ? '+' : after == Health::unhealthy ? '-' : 'o';
        }
        CAPTURE(c.attempts);
        CHECK(shown == c.shown);
    }
}

TEST_CASE("invert comes after insufficient_data", "[checks][health_table]") {
    std::vector<HealthCheck> checks{asking(InsufficientData::unhealthy)};
    checks[0].invert = true;
    const std::vector<Subject> subjects{{0, *IpAddress::parse("192.0.2.1")}};
    HealthTable table(checks, subjects);
    table.record(0, kShort, {});
    CHECK(table.effective_health(0) == Health::healthy);
}

TEST_CASE("a round is of what is probed: reports of targets neither end nor hold it up",
          "[checks][health_table]") {
    HealthCheck probed;
    HealthCheck reports;
    reports.probe = Heartbeat{};
    const std::vector<HealthCheck> checks{probed, reports};
    const auto here = *IpAddress::parse("192.0.2.1");
    const std::vector<Subject> subjects{{0, here}, {1, here}};
    HealthTable table(checks, subjects);
    CHECK_FALSE(table.first_round_complete());
    const TimePoint now{std::chrono::hours(1)};
    for (int i = 0; i < 3; ++i)
        (void)table.record(1, {}, now);
    CHECK_FALSE(table.first_round_complete());
    CHECK(table.current().round_complete == TimePoint{});
    (void)table.record(0, {}, now);
    CHECK(table.first_round_complete());
    CHECK(table.current().round_complete == now);
}

/// A subject, and a place of an alias behind it, each with a check that is probed.
struct PlanWithPlace {
    std::vector<HealthCheck> checks{check_with(true, false)};
    std::vector<Subject> subjects{{0, {}}, {0, {}, "lb.example.net", 1}};
};

TEST_CASE("nobody waits for an empty place, and everybody for who moves in",
          "[checks][health_table]") {
    const PlanWithPlace plan;
    HealthTable table(plan.checks, plan.subjects);
    table.record(0, kGood, kNow);
    CHECK(table.first_round_complete());
    CHECK(table.count(Health::unknown) == 0);

    table.occupy(1, kNow);
    CHECK_FALSE(table.first_round_complete());
    CHECK(table.count(Health::unknown) == 1);
    table.record(1, kBad, kNow);
    CHECK(table.first_round_complete());
    CHECK(table.effective_health(1) == Health::unhealthy);

    table.vacate(1, kNow);
    CHECK(table.effective_health(1) == Health::unknown);
    CHECK(table.evidence(1).since == TimePoint{});
    table.occupy(1, kNow);  // somebody else: nothing is inherited
    CHECK_FALSE(table.attempted(1));
    CHECK_FALSE(table.first_round_complete());
    table.vacate(1, kNow);  // who leaves before the first probe is not waited for
    CHECK(table.first_round_complete());
}

TEST_CASE("a round goes on without who has left", "[checks][health_table]") {
    const PlanWithPlace plan;
    HealthTable table(plan.checks, plan.subjects);
    const auto at = [](int s) { return kNow + std::chrono::seconds(s); };
    const auto round = [&] { return table.next_snapshot()->round_complete; };
    table.occupy(1, at(0));
    table.record(0, kGood, at(1));
    CHECK(round() == TimePoint{});
    table.vacate(1, at(2));
    CHECK(round() == at(2));
    table.record(0, kGood, at(3));
    CHECK(round() == at(3));
    table.occupy(1, at(4));
    table.record(0, kGood, at(5));
    CHECK(round() == at(3));
    table.record(1, kGood, at(6));
    CHECK(round() == at(6));
}

TEST_CASE("what is calculated of an address leaves with it", "[checks][health_table]") {
    HealthCheck sum = check_with(true, false);
    sum.probe = Calculation{.children = {1}, .at_least = 1};
    const std::vector<HealthCheck> checks{sum, check_with(true, false)};
    const std::vector<Subject> subjects{{0, {}, "lb.example.net", 1}, {1, {}, "lb.example.net", 1}};
    HealthTable table(checks, subjects);
    table.occupy(0, kNow);
    table.occupy(1, kNow);
    table.record(1, kBad, kNow);
    CHECK(table.effective_health(0) == Health::unhealthy);
    table.vacate(0, kNow);
    table.vacate(1, kNow);
    CHECK(table.effective_health(0) == Health::unknown);
    CHECK(table.effective_health(1) == Health::unknown);
}

}  // namespace
}  // namespace fairlead::checks
