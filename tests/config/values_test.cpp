// SPDX-License-Identifier: Apache-2.0
#include "config/values.h"

#include "tests/support/catch.h"

namespace fairlead::config {
namespace {

TEST_CASE("durations have units, or count seconds", "[config][values]") {
    struct Case {
        const char* text;
        std::int64_t milliseconds;
    };
    const auto c =
        GENERATE(Case{"10s", 10000}, Case{"500ms", 500}, Case{"5m", 300000}, Case{"1h", 3600000},
                 Case{"1d", 86400000}, Case{"7", 7000}, Case{"0", 0}, Case{"-5s", -5000});
    CHECK(parse_duration(c.text).value().count() == c.milliseconds);
}

TEST_CASE("what is no duration is none", "[config][values]") {
    const auto* text = GENERATE("", "s", "10 s", "10x", "1.5s", "ten", "1h30m", "+5s",
                                "99999999999999999999s", "9223372036854775807d");
    CHECK_FALSE(parse_duration(text));
}

TEST_CASE("periods of zone files may have several units", "[config][values]") {
    CHECK(parse_period("3600") == 3600U);
    CHECK(parse_period("1h30m") == 5400U);
    CHECK(parse_period("1W2d3H4m5s") == 604800U + 172800U + 10800U + 245U);
    CHECK(parse_period("4294967295") == 4294967295U);
    for (const auto* text : {"", "h", "1x", "-1", "1.5h", "4294967296", "4294967295s1s", "7102w"})
        CHECK_FALSE(parse_period(text));
}

TEST_CASE("modes are octal", "[config][values]") {
    CHECK(parse_mode("0660") == 0660U);
    CHECK(parse_mode("600") == 0600U);
    for (const auto* text : {"", "0", "66", "0888", "06600", "1777", "-660"})
        CHECK_FALSE(parse_mode(text));
}

TEST_CASE("statuses are single or ranges", "[config][values]") {
    CHECK(parse_integer_range("200-399").value().last == 399);
    CHECK(parse_integer_range("204").value().first == 204);
    CHECK_FALSE(parse_integer_range("200-"));
    CHECK_FALSE(parse_integer_range("2xx"));
    CHECK_FALSE(parse_integer_range(""));
}

TEST_CASE("texts that YAML would not read as texts are told apart", "[config][values]") {
    for (const auto* text : {"5", "-1.5", "1e3", "0x1f", "0o17", "1_000", ".5"})
        CHECK(yaml_meaning(text) == "a number");
    for (const auto* text : {"yes", "NO", "On", "off", "true", "False", "y", "N"})
        CHECK(yaml_meaning(text) == "a boolean");
    for (const auto* text : {"", "text", "192.0.2.1", "10s", "50%", "EU-DE", "v=spf1", "3 1 1 ab"})
        CHECK(yaml_meaning(text).empty());
}

TEST_CASE("names are letters, digits and three signs", "[config][values]") {
    for (const auto* text : {"eu", "eu-blue", "a.b_c", "1"})
        CHECK(is_valid_name(text));
    for (const auto* text : {"", "-a", "a b", "a/b", "ü", "a\n"})
        CHECK_FALSE(is_valid_name(text));
    CHECK_FALSE(is_valid_name(std::string(129, 'a')));
}

}  // namespace
}  // namespace fairlead::config
