// SPDX-License-Identifier: Apache-2.0
#include "base/log_line.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace fairlead {
namespace {

using Json = nlohmann::ordered_json;

constexpr WallTime kTime{std::chrono::milliseconds(1763640000123)};

TEST_CASE("control bytes cannot break a line for people", "[base][log]") {
    CHECK(text_line("plain \xc3\xa4") == "plain \xc3\xa4");
    CHECK(text_line("a\nerror b\r\x1b[2J\x7f") == "a\\x0aerror b\\x0d\\x1b[2J\\x7f");
    CHECK(text_line(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("a line for machines is one object, whatever is in it", "[base][log]") {
    CHECK(json_line(kTime, LogLevel::info, "listening", nullptr) ==
          R"({"time":"2025-11-20T12:00:00.123Z","level":"info","message":"listening"})");
    const std::vector<std::string> texts{std::string("a\nb\r\x1b\x7f"), std::string("\0\x01", 2),
                                         "\"quoted\\\"", "\xff\xfe not UTF-8",
                                         R"("},{"level":"error)"};
    for (const auto& text : texts) {
        const auto line = json_line(kTime, LogLevel::warning, text, nullptr);
        CAPTURE(line);
        CHECK(line.find('\n') == std::string::npos);
        const auto json = Json::parse(line, nullptr, false);
        REQUIRE(json.is_object());
        CHECK(json.size() == 3);
        CHECK(json["level"] == "warning");
        if (text.find('\xff') == std::string::npos) CHECK(json["message"] == text);
    }
}

TEST_CASE("an event's members stand beside its message", "[base][log]") {
    Event event{.kind = EventKind::override,
                .severity = LogLevel::warning,
                .subject = "fra1",
                .to = "drain",
                .reason = "new \"disks\"",
                .by = "anna",
                .text = "override: fra1 drain by anna"};
    const auto set = Json::parse(json_line(kTime, event.severity, event.text, &event));
    CHECK(set == Json{{"time", "2025-11-20T12:00:00.123Z"},
                      {"level", "warning"},
                      {"message", "override: fra1 drain by anna"},
                      {"kind", "override"},
                      {"subject", "fra1"},
                      {"to", "drain"},
                      {"reason", "new \"disks\""},
                      {"by", "anna"}});
    event.kind = EventKind::health;
    event.phase = Phase::begins;
    event.outcome = "connect refused";
    event.lasted = std::chrono::seconds(90);
    const auto health = Json::parse(json_line(kTime, event.severity, event.text, &event));
    CHECK(health["active"] == true);
    CHECK(health["outcome"] == "connect refused");
    CHECK(health["lasted_ms"] == 90000);
}

}  // namespace
}  // namespace fairlead
