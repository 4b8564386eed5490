// SPDX-License-Identifier: Apache-2.0
#include "checks/calculation.h"

#include "checks/health_table.h"
#include "checks/transition.h"
#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

constexpr Health kUp = Health::healthy;
constexpr Health kDown = Health::unhealthy;
constexpr Health kNotYet = Health::unknown;

TEST_CASE("enough healthy children make a calculated check healthy", "[checks][calculation]") {
    const auto of = [](std::vector<Health> children, std::size_t at_least) {
        return calculate(children, at_least);
    };
    CHECK(of({kUp, kUp}, 2) == kUp);
    CHECK(of({kUp, kDown}, 2) == kDown);
    CHECK(of({kUp, kDown}, 1) == kUp);
    CHECK(of({kDown, kDown}, 0) == kUp);
    CHECK(of({kUp, kUp}, 3) == kDown);
    CHECK(of({}, 0) == kUp);
    CHECK(of({}, 1) == kDown);
}

TEST_CASE("a calculated check is unknown only while its unknown children can decide",
          "[checks][calculation]") {
    // Every list of up to four children, against the definition: unknown means that some outcome
    // of the unknown ones makes it healthy and another one does not.
    for (int size = 0; size <= 4; ++size) {
        int lists = 1;
        for (int i = 0; i < size; ++i)
            lists *= 3;
        for (int list = 0; list < lists; ++list) {
            std::vector<Health> children;
            for (int i = 0, rest = list; i < size; ++i, rest /= 3)
                children.push_back(static_cast<Health>(rest % 3));
            for (std::size_t at_least = 0; at_least <= 5; ++at_least) {
                auto best = children;
                auto worst = children;
                std::replace(best.begin(), best.end(), kNotYet, kUp);
                std::replace(worst.begin(), worst.end(), kNotYet, kDown);
                const auto at_best = calculate(best, at_least);
                const auto expected = at_best == calculate(worst, at_least) ? at_best : kNotYet;
                CHECK(calculate(children, at_least) == expected);
            }
        }
    }
}

HealthCheck probed(const std::string& name) {
    return {.name = name, .probe = TcpProbe{}, .thresholds = {.fall = 1, .rise = 1}};
}

HealthCheck calculated(const std::string& name, std::vector<std::uint32_t> children,
                       std::uint16_t at_least) {
    return {.name = name,
            .probe = Calculation{.children = std::move(children), .at_least = at_least},
            .port = 0};
}

using Turned = std::vector<HealthTable::Calculated>;

const IpAddress kHere = *IpAddress::parse("192.0.2.1");
const IpAddress kDatabase = *IpAddress::parse("192.0.2.9");
const Outcome kGood{.layer = Layer::connect};
const Outcome kBad{.layer = Layer::connect, .failure = Failure::refused};

/// site = both of web and db (which is at its own address); any = site or spare.
struct Site {
    Site() { checks[1].check_target = kDatabase; }
    std::vector<HealthCheck> checks{probed("web"), probed("db"), probed("spare"),
                                    calculated("site", {0, 1}, 2), calculated("any", {3, 2}, 1)};
    std::vector<Subject> subjects{{4, kHere}, {3, kHere}, {0, kHere}, {1, kDatabase}, {2, kHere}};
    enum : SubjectIndex { any, site, web, db, spare };
};

TEST_CASE("a calculated subject turns with its children, through all levels",
          "[checks][calculation]") {
    const Site s;
    HealthTable table(s.checks, s.subjects);
    const TimePoint at{};
    CHECK(table.effective_health(Site::any) == kNotYet);
    CHECK_FALSE(table.first_round_complete());
    table.record(Site::web, kGood, at);
    table.record(Site::spare, kBad, at);
    CHECK(table.effective_health(Site::site) == kNotYet);
    CHECK(table.take_calculated().empty());
    table.record(Site::db, kGood, at);
    CHECK(table.first_round_complete());  // nothing waits for what is not probed
    CHECK(table.effective_health(Site::site) == kUp);
    CHECK(table.effective_health(Site::any) == kUp);
    CHECK(table.take_calculated() == Turned{{Site::site, true}, {Site::any, true}});

    const TimePoint later = at + std::chrono::seconds(5);
    table.record(Site::db, kBad, later);
    CHECK(table.effective_health(Site::site) == kDown);
    CHECK(table.effective_health(Site::any) == kDown);
    CHECK(table.evidence(Site::site).since == later);
    CHECK(table.take_calculated() == Turned{{Site::site, false}, {Site::any, false}});
    CHECK(transition_line(s.checks[3], {3, kHere}, table.evidence(Site::site), false) ==
          "site 192.0.2.1 is unhealthy: children: 1 of 2 healthy, 2 needed; down: db");
    CHECK(transition_line(s.checks[4], {4, kHere}, table.evidence(Site::any), false) ==
          "any 192.0.2.1 is unhealthy: children: 0 of 2 healthy, 1 needed; down: site, spare");
    table.record(Site::spare, kGood, later);
    CHECK(table.effective_health(Site::any) == kUp);
    CHECK(table.effective_health(Site::site) == kDown);
    CHECK(transition_line(s.checks[4], {4, kHere}, table.evidence(Site::any), false) ==
          "any 192.0.2.1 is healthy: ok (1 of 2 healthy, 1 needed; down: site)");
}

TEST_CASE("a calculated check sees its children after enabled and invert",
          "[checks][calculation]") {
    Site s;
    s.checks[0].invert = true;
    s.checks[1].enabled = false;
    s.checks[4].invert = true;
    HealthTable table(s.checks, s.subjects);
    table.record(Site::web, kBad, {});  // inverted: healthy
    CHECK(table.effective_health(Site::site) == kUp);
    CHECK(table.effective_health(Site::any) == kDown);  // inverted
    s.checks[3].enabled = false;
    const HealthTable disabled(s.checks, s.subjects);
    CHECK(disabled.effective_health(Site::site) == kUp);
}

TEST_CASE("what needs no child is decided from the start", "[checks][calculation]") {
    const std::vector<HealthCheck> checks{probed("web"), calculated("always", {0}, 0),
                                          calculated("never", {0}, 2)};
    const std::vector<Subject> subjects{{0, kHere}, {1, kHere}, {2, kHere}};
    const HealthTable table(checks, subjects);
    CHECK(table.effective_health(1) == kUp);
    CHECK(table.effective_health(2) == kDown);
}

TEST_CASE("a calculated subject follows what its children inherit", "[checks][calculation]") {
    const Site s;
    HealthTable table(s.checks, s.subjects);
    const Evidence up{.state = {.health = kUp}, .last = kGood, .since = {}};
    table.inherit(Site::any, {.state = {.health = kDown}, .last = kBad, .since = {}}, true);
    table.inherit(Site::web, up, true);
    table.inherit(Site::db, up, true);
    CHECK(table.effective_health(Site::site) == kUp);
    CHECK(table.effective_health(Site::any) == kUp);
    CHECK(table.take_calculated().empty());
}

}  // namespace
}  // namespace fairlead::checks
