// SPDX-License-Identifier: Apache-2.0
#include "checks/metric_condition.h"

#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

TEST_CASE("a condition compares, and is written as it is read", "[checks][metric]") {
    struct Case {
        std::string text;
        std::vector<double> holds;
        std::vector<double> fails;
        std::string written;
    };
    const std::vector<Case> cases{
        {"> 0.9", {0.91, 1e9}, {0.9, -1}, "> 0.9"},
        {">=0.9", {0.9, 1}, {0.89}, ">= 0.9"},
        {"  <  -1e3 ", {-1000.5}, {-1000, 0}, "< -1000"},
        {"<= 100", {100, 0}, {100.5}, "<= 100"},
        {"== 1", {1}, {0, 1.5}, "== 1"},
        {"!= 0", {1, -1}, {0}, "!= 0"},
    };
    for (const auto& [text, holds, fails, written] : cases) {
        CAPTURE(text);
        const auto condition = MetricCondition::parse(text);
        REQUIRE(condition.has_value());
        for (const auto value : holds)
            CHECK(condition->holds(value));
        for (const auto value : fails)
            CHECK_FALSE(condition->holds(value));
        CHECK(condition->to_string() == written);
        CHECK(MetricCondition::parse(written).value() == *condition);
    }
}

TEST_CASE("a condition may be that an alert does not fire", "[checks][metric]") {
    const auto condition = MetricCondition::parse("alert High error rate not firing");
    REQUIRE(condition.has_value());
    CHECK(condition->alert == "High error rate");
    CHECK(condition->to_string() == "alert High error rate not firing");
    CHECK(firing_query(R"(a"b\c)") == R"(ALERTS{alertstate="firing",alertname="a\"b\\c"})");
}

TEST_CASE("anything else is no condition", "[checks][metric]") {
    for (const auto* text :
         {"", "1", ">", "> x", "> 1 2", "=> 1", "= 1", "> NaN", "> inf", "> 1e999", "alert",
          "alert not firing", "alert  not firing", "alert X firing", "alert X not firing ever"}) {
        CAPTURE(text);
        CHECK_FALSE(MetricCondition::parse(text).has_value());
    }
}

}  // namespace
}  // namespace fairlead::checks
