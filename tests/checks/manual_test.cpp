// SPDX-License-Identifier: Apache-2.0

// The times that docs/health-checks.md promises, held against the timetable and the verdict.

#include <cmath>
#include <regex>
#include <sstream>
#include <vector>

#include "checks/health_check.h"
#include "checks/health_state.h"
#include "checks/schedule.h"
#include "tests/support/catch.h"
#include "tests/support/source_file.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;

constexpr double kTtl = 60;  // seconds
const TimePoint kStart{1h};

double in_s(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// From the moment that a target turns, a part (`phase`) of the way from one probe to the next, to
/// the verdict. `draw` is every one; a probe that tells of the turn takes `duration`.
double verdict_after_s(const HealthCheck& check, bool comes_back, Duration duration, double phase,
                       double draw) {
    HealthState state{.health = comes_back ? Health::unhealthy : Health::healthy};
    const Health before = state.health;
    TimePoint at =
        next_probe(check, state, {.due = kStart, .started = kStart, .ended = kStart}, draw);
    const TimePoint turned = kStart + std::chrono::duration_cast<Duration>((at - kStart) * phase);
    for (;;) {
        state = advance(state, comes_back, check.thresholds);
        if (state.health != before) return in_s(at + duration - turned);
        at = next_probe(check, state, {.due = at, .started = at, .ended = at + duration}, draw);
    }
}

double worst_s(const HealthCheck& check, bool comes_back, Duration duration) {
    return verdict_after_s(check, comes_back, duration, 0, 0.999999);
}

double mean_s(const HealthCheck& check, bool comes_back) {
    return verdict_after_s(check, comes_back, 0ms, 0.5, 0.5);
}

/// A row of the table: its numbers, in seconds where they are times.
struct Row {
    HealthCheck check;
    std::vector<double> promised;
    std::string text;
};

std::vector<Row> rows() {
    static const std::regex number(R"((\d+(?:\.\d+)?)( ms)?)");
    const std::string manual = test::source_file("docs/health-checks.md");
    std::istringstream lines(manual.substr(manual.find("\n## How fast")));
    std::vector<Row> found;
    for (std::string line; std::getline(lines, line) && line != "### When the bound holds";) {
        std::vector<double> numbers;
        for (std::sregex_iterator at(line.begin(), line.end(), number), end; at != end; ++at)
            numbers.push_back(std::stod((*at)[1]) / ((*at)[2].matched ? 1000 : 1));
        if (!line.starts_with("| ") || numbers.size() != 11) continue;
        Row row{.check = {}, .promised = {numbers.begin() + 4, numbers.end()}, .text = line};
        const auto ms = [&](std::size_t i) {
            return milliseconds(static_cast<int>(std::lround(numbers[i] * 1000)));
        };
        row.check.interval = ms(0);
        row.check.timeout = ms(1);
        row.check.thresholds.fall = static_cast<decltype(row.check.thresholds.fall)>(numbers[2]);
        row.check.fast_interval = ms(3);
        found.push_back(std::move(row));
    }
    return found;
}

TEST_CASE("the times in the manual are those of the timetable", "[checks][manual]") {
    const auto table = rows();
    REQUIRE(table.size() == 5);
    for (const auto& [check, promised, text] : table) {
        CAPTURE(text);
        const double refuses = worst_s(check, false, 0ms);
        const double silent = worst_s(check, false, check.timeout);
        const std::vector<double> actual{
            mean_s(check, false),     refuses,       silent,
            refuses + kTtl,           silent + kTtl, mean_s(check, true),
            worst_s(check, true, 0ms)};
        REQUIRE(actual.size() == promised.size());
        for (std::size_t i = 0; i < actual.size(); ++i) {
            CAPTURE(i);
            CHECK(std::abs(actual[i] - promised[i]) < 0.001);
        }
    }
}

TEST_CASE("the first row of the manual's times is that of the defaults", "[checks][manual]") {
    const HealthCheck defaults;
    const HealthCheck check = rows().at(0).check;
    CHECK(check.interval == defaults.interval);
    CHECK(check.timeout == defaults.timeout);
    CHECK(check.fast_interval == defaults.fast_interval);
    CHECK(check.thresholds.fall == defaults.thresholds.fall);
    CHECK(check.jitter == 0.1);
}

TEST_CASE("the formula in the manual is that of the timetable", "[checks][manual]") {
    for (const auto& row : rows()) {
        const HealthCheck& check = row.check;
        CAPTURE(row.text);
        for (const Duration duration : {Duration(0), Duration(check.timeout)}) {
            const double formula = in_s(check.interval) * (1 + check.jitter) +
                                   check.thresholds.fall * in_s(duration) +
                                   (check.thresholds.fall - 1) * in_s(check.fast_interval);
            CHECK(std::abs(worst_s(check, false, duration) - formula) < 0.001);
        }
    }
}

}  // namespace
}  // namespace fairlead::checks
