// SPDX-License-Identifier: Apache-2.0
#include "checks/health_state.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

// The rules once more, read off the whole history instead of kept in counters.

using History = std::vector<bool>;  // true = success

/// True when `count` successes in a row lie within history[from, to).
bool has_run_of_successes(const History& history, std::size_t from, std::size_t to, int count) {
    int run = 0;
    for (std::size_t i = from; i < to; ++i) {
        run = history[i] ? run + 1 : 0;
        if (run >= count) return true;
    }
    return false;
}

/// How many results at the end of history[from, to) count against the state `healthy`.
int counted_against(const History& history, std::size_t from, std::size_t to, bool healthy,
                    const Thresholds& thresholds) {
    int count = 0;
    if (!healthy || thresholds.counting == Counting::consecutive) {
        for (std::size_t i = to; i > from && history[i - 1] != healthy; --i)
            ++count;
        return count;
    }
    for (std::size_t i = from; i < to; ++i) {
        if (!history[i] && !has_run_of_successes(history, i + 1, to, thresholds.rise)) ++count;
    }
    return count;
}

struct Verdict {
    bool healthy = false;
    bool in_doubt = false;
};

/// REQUIRES: history is not empty.
Verdict verdict_on(const History& history, const Thresholds& thresholds) {
    bool healthy = history[0];
    std::size_t since = 1;  // results before this one led to the state
    for (std::size_t end = 2; end <= history.size(); ++end) {
        const int needed = healthy ? thresholds.fall : thresholds.rise;
        if (counted_against(history, since, end, healthy, thresholds) >= needed) {
            healthy = !healthy;
            since = end;
        }
    }
    const bool doubt = counted_against(history, since, history.size(), healthy, thresholds) > 0;
    return {healthy, doubt};
}

std::string text_of(const History& history) {
    std::string text;
    for (const bool success : history)
        text += success ? '.' : 'x';
    return text;
}

/// Feeds every history of up to `length` results and says where state machine and rules part.
std::string first_difference(std::size_t length, const Thresholds& thresholds) {
    for (unsigned bits = 0; bits < (1U << length); ++bits) {
        HealthState state;
        History history;
        for (std::size_t i = 0; i < length; ++i) {
            history.push_back(((bits >> i) & 1U) != 0);
            state = advance(state, history.back(), thresholds);
            const Verdict verdict = verdict_on(history, thresholds);
            const bool agree =
                state.health == (verdict.healthy ? Health::healthy : Health::unhealthy) &&
                in_doubt(state) == verdict.in_doubt;
            if (!agree) return text_of(history);
        }
    }
    return "";
}

// The same with attempts that say nothing of the target.

/// '.' success, 'x' failure, '?' no data.
Health health_by_the_rules(const std::string& attempts, const HealthCheck& check) {
    History results;
    for (const char attempt : attempts)
        if (attempt != '?') results.push_back(attempt == '.');
    const auto last_result = attempts.find_last_not_of('?');
    const auto in_a_row =
        attempts.size() - (last_result == std::string::npos ? 0 : last_result + 1);
    const std::size_t bearable = results.empty() ? 1 : check.thresholds.fall;
    if (in_a_row >= bearable && check.insufficient_data != InsufficientData::last_known) {
        const bool healthy = check.insufficient_data == InsufficientData::healthy;
        return healthy ? Health::healthy : Health::unhealthy;
    }
    if (results.empty()) return Health::unknown;
    return verdict_on(results, check.thresholds).healthy ? Health::healthy : Health::unhealthy;
}

/// Tries what comes after `attempts`, up to `length`.
std::string first_difference_after(const std::string& attempts, const HealthState& state,
                                   std::size_t length, const HealthCheck& check) {
    if (effective(state, check) !=
        (attempts.empty() ? Health::unknown : health_by_the_rules(attempts, check))) {
        return attempts;
    }
    if (attempts.size() == length) return "";
    for (const char attempt : {'.', 'x', '?'}) {
        const HealthState next =
            attempt == '?' ? without_data(state) : advance(state, attempt == '.', check.thresholds);
        auto found = first_difference_after(attempts + attempt, next, length, check);
        if (!found.empty()) return found;
    }
    return "";
}

HealthState after(const std::string& results, const Thresholds& thresholds) {
    HealthState state;
    for (const char result : results)
        state = advance(state, result == '.', thresholds);
    return state;
}

TEST_CASE("every history of results leads where the rules say", "[checks][health_state]") {
    for (const auto counting : {Counting::consecutive, Counting::cumulative}) {
        for (std::uint16_t fall = 1; fall <= 4; ++fall) {
            for (std::uint16_t rise = 1; rise <= 4; ++rise) {
                CAPTURE(fall, rise, counting == Counting::cumulative);
                CHECK(first_difference(12, {fall, rise, counting}).empty());
            }
        }
    }
}

TEST_CASE("attempts without data, wherever they fall, lead where the rules say",
          "[checks][health_state]") {
    for (const auto counting : {Counting::consecutive, Counting::cumulative}) {
        for (const auto lacking : {InsufficientData::last_known, InsufficientData::healthy,
                                   InsufficientData::unhealthy}) {
            for (std::uint16_t fall = 1; fall <= 3; ++fall) {
                for (std::uint16_t rise = 1; rise <= 3; ++rise) {
                    CAPTURE(fall, rise, counting == Counting::cumulative,
                            static_cast<int>(lacking));
                    HealthCheck check;
                    check.thresholds = {fall, rise, counting};
                    check.insufficient_data = lacking;
                    CHECK(first_difference_after("", {}, 7, check).empty());
                }
            }
        }
    }
}

TEST_CASE("the first result decides at once", "[checks][health_state]") {
    CHECK(after(".", {}).health == Health::healthy);
    CHECK(after("x", {}).health == Health::unhealthy);
    CHECK_FALSE(in_doubt(after(".", {})));
    CHECK_FALSE(in_doubt(after("x", {})));
    CHECK(HealthState{}.health == Health::unknown);
}

TEST_CASE("slow loss trips cumulative counting and not consecutive", "[checks][health_state]") {
    const std::string lossy = "..x..x..x";
    CHECK(after(lossy, {3, 3, Counting::consecutive}).health == Health::healthy);
    CHECK(after(lossy, {3, 3, Counting::cumulative}).health == Health::unhealthy);
    CHECK(after("..x..x...x", {3, 3, Counting::cumulative}).health == Health::healthy);
}

TEST_CASE("thresholds that shrink between two results take effect at the next",
          "[checks][health_state]") {
    const auto state = after(".xxx", {10, 3, Counting::consecutive});
    REQUIRE(state.health == Health::healthy);
    CHECK(advance(state, false, {2, 3, Counting::consecutive}).health == Health::unhealthy);
}

TEST_CASE("counters saturate", "[checks][health_state]") {
    const Thresholds most{65535, 65535, Counting::consecutive};
    HealthState state{.health = Health::healthy, .against = 65533};
    state = advance(state, false, most);
    CHECK(state.health == Health::healthy);
    CHECK(advance(state, false, most).health == Health::unhealthy);
    CHECK(advance({.health = Health::healthy, .against = 65535}, false, most).health ==
          Health::unhealthy);
}

TEST_CASE("a disabled check is healthy, then invert applies, and unknown stays unknown",
          "[checks][health_state]") {
    struct Case {
        Health measured;
        bool enabled;
        bool invert;
        Health expected;
    };
    const std::vector<Case> cases{
        {Health::healthy, true, false, Health::healthy},
        {Health::unhealthy, true, false, Health::unhealthy},
        {Health::unknown, true, false, Health::unknown},
        {Health::healthy, true, true, Health::unhealthy},
        {Health::unhealthy, true, true, Health::healthy},
        {Health::unknown, true, true, Health::unknown},
        {Health::unknown, false, false, Health::healthy},
        {Health::unhealthy, false, false, Health::healthy},
        {Health::unknown, false, true, Health::unhealthy},
        {Health::unhealthy, false, true, Health::unhealthy},
    };
    for (const auto& c : cases) {
        HealthCheck check;
        check.enabled = c.enabled;
        check.invert = c.invert;
        CAPTURE(static_cast<int>(c.measured), c.enabled, c.invert);
        CHECK(effective(c.measured, check) == c.expected);
    }
}

TEST_CASE("a verdict stands for the results that it would take to turn it", "[checks][state]") {
    HealthCheck check;
    check.interval = std::chrono::seconds(20);
    check.thresholds = {.fall = 5, .rise = 3};
    CHECK(steady_s(check, {}) == 20);  // the first result decides
    CHECK(steady_s(check, {.health = Health::healthy}) == 100);
    CHECK(steady_s(check, {.health = Health::healthy, .against = 4}) == 20);
    CHECK(steady_s(check, {.health = Health::unhealthy}) == 60);
    CHECK(steady_s(check, {.health = Health::unhealthy, .against = 1}) == 40);
}

}  // namespace
}  // namespace fairlead::checks
