// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/drill_report.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.h"

namespace fairlead::backend {
namespace {

using namespace std::chrono_literals;
using Json = DrillReport::Json;
using Shares = std::map<std::string, double>;

Json answer(const std::string& name, const Shares& shares, double unanswered = 0) {
    return {{"name", name},
            {"ttl", 60},
            {"A", {{"shares", {{"addresses", shares}, {"unanswered", unanswered}}}}}};
}

/// A reply of /api/v1/records.
Json records(std::vector<Json> answers, std::size_t total = 0) {
    const auto count = std::max(total, answers.size());
    return {{"total", count}, {"records", std::move(answers)}};
}

Json event(const char* kind, const char* subject, bool active, int lasted_ms = 0) {
    return {{"kind", kind},     {"subject", subject},     {"time", "2026-11-27T09:00:00.207Z"},
            {"active", active}, {"reason", "nothing is"}, {"lasted_ms", lasted_ms}};
}

std::string printed(const DrillReport& report) {
    std::ostringstream out;
    report.print(false, out);
    return out.str();
}

bool mentions(const std::string& text, const std::string& part) {
    CAPTURE(text, part);
    return text.find(part) != std::string::npos;
}

const Shares kHalves{{"192.0.2.1", 0.5}, {"192.0.2.2", 0.5}};
const Shares kSecond{{"192.0.2.2", 1}};

TEST_CASE("a report says what moved, how much of it, when it did and when it was back",
          "[backend][drill]") {
    DrillReport report(records({answer("a.", kHalves), answer("b.", kSecond)}, 5));
    report.look(20ms, records({answer("a.", kHalves), answer("b.", kSecond)}));
    report.look(270ms, records({answer("a.", kSecond), answer("b.", kSecond)}));
    CHECK_FALSE(report.is_restored());
    report.look(520ms, records({answer("a.", kSecond), answer("b.", kSecond)}));
    report.end(1000ms, DrillEnd::done, "");
    report.look(1010ms, records({answer("a.", kSecond), answer("b.", kSecond)}));
    report.look(1260ms, records({answer("a.", kHalves), answer("b.", kSecond)}));
    report.look(1510ms, records({answer("a.", kHalves), answer("b.", kSecond)}));
    CHECK(report.is_restored());

    const auto json = report.json({{"target", "fra1"}});
    CHECK(json["target"] == "fra1");
    CHECK(json["ended"] == "done");
    CHECK(json["lasted_ms"] == 1000);
    REQUIRE(json["names"].size() == 1);
    const auto& a = json["names"][0];
    CHECK(a["name"] == "a.");
    CHECK(a["moved"] == 0.5);
    CHECK(a["switched_after_ms"] == 270);
    CHECK(a["back_after_ms"] == 260);
    CHECK(a["from"] == Json(kHalves));
    CHECK(a["to"] == Json(kSecond));
    CHECK(json["restored_after_ms"] == 260);
    CHECK(json["names_unmoved"] == 1);
    CHECK(json["names_not_looked_at"] == 3);

    const auto text = printed(report);
    CHECK(mentions(text, "drill done after 1.0 s\n"));
    CHECK(mentions(text, "50 %"));
    CHECK(mentions(text, "not looked at: 3 more names"));
    CHECK(mentions(text, "switched within 0.3 s, back within 0.3 s"));
}

TEST_CASE("the largest move is what a report tells", "[backend][drill]") {
    const Shares third{{"192.0.2.3", 1}};
    DrillReport report(records({answer("a.", kHalves)}));
    report.look(100ms, records({answer("a.", kSecond)}));
    report.look(200ms, records({answer("a.", third)}));
    report.look(300ms, records({answer("a.", kSecond)}));
    report.end(400ms, DrillEnd::interrupted, "by a signal");
    const auto json = report.json({});
    CHECK(json["names"][0]["moved"] == 1);
    CHECK(json["names"][0]["to"] == Json(third));
    CHECK(json["names"][0]["switched_after_ms"] == 100);
    CHECK(json["why"] == "by a signal");
}

TEST_CASE("a name that does not return is not restored", "[backend][drill]") {
    DrillReport report(records({answer("a.", kHalves)}));
    report.look(100ms, records({answer("a.", kSecond)}));
    report.end(200ms, DrillEnd::done, "");
    report.look(210ms, records({answer("a.", kHalves)}));
    report.look(460ms, records({answer("a.", kSecond)}));  // it was only passing
    CHECK_FALSE(report.is_restored());
    const auto json = report.json({});
    CHECK(json["restored"] == false);
    CHECK(json["restored_after_ms"].is_null());
    CHECK(json["names"][0]["back_after_ms"].is_null());
    CHECK(mentions(printed(report), "not back"));
    CHECK(mentions(printed(report), "fairlead failback"));
}

TEST_CASE("an answer that is lost has moved", "[backend][drill]") {
    DrillReport report(records({answer("a.", kSecond)}));
    report.look(0ms, records({answer("a.", {}, 1)}));
    report.end(100ms, DrillEnd::done, "");
    const auto json = report.json({});
    CHECK(json["names"][0]["moved"] == 1);
    CHECK(json["names"][0]["to"] == Json(Shares{{"no answer", 1}}));
}

TEST_CASE("what was left without a healthy target is told with its time", "[backend][drill]") {
    DrillReport report(records({answer("a.", kSecond)}));
    report.add_event(event("all_unhealthy", "a. (A)", true));
    report.add_event(event("all_unhealthy", "b. (A)", true));
    report.add_event(event("all_unhealthy", "a. (A)", false, 2500));
    report.add_event(event("failover", "policies.eu (A)", false));
    report.add_event(event("health", "web 192.0.2.1:80", true));
    report.end(3000ms, DrillEnd::aborted, "a. all_unhealthy");
    const auto json = report.json({});
    REQUIRE(json["all_unhealthy"].size() == 2);
    CHECK(json["all_unhealthy"][0]["lasted_ms"] == 2500);
    CHECK(json["all_unhealthy"][1]["lasted_ms"].is_null());
    REQUIRE(json["moves"].size() == 1);
    CHECK(json["moves"][0]["subject"] == "policies.eu (A)");
    const auto text = printed(report);
    CHECK(mentions(text, "drill aborted after 3.0 s: a. all_unhealthy\n"));
    CHECK(mentions(text, "a. (A) for 2.5 s"));
    CHECK(mentions(text, "b. (A) still"));
    CHECK(mentions(text, "no answer has moved"));
}

TEST_CASE("a drill that moves nothing says so, and is restored", "[backend][drill]") {
    DrillReport report(records({answer("a.", kSecond)}));
    report.look(0ms, records({answer("a.", kSecond), answer("new.", kHalves)}));
    report.end(100ms, DrillEnd::done, "");
    CHECK(report.is_restored());
    const auto text = printed(report);
    CHECK(mentions(text, "no answer has moved\n"));
    CHECK(mentions(text, "nothing was left without a healthy target\n"));
    report.add_missed(7);
    CHECK(mentions(printed(report), "7 events came too fast to be seen\n"));
    CHECK_FALSE(mentions(printed(report), "nothing was left"));
    CHECK_FALSE(mentions(text, "switched within"));
}

}  // namespace
}  // namespace fairlead::backend
