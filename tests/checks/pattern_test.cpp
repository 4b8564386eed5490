// SPDX-License-Identifier: Apache-2.0
#include "checks/pattern.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

constexpr std::size_t kBytes = 5120;

TEST_CASE("a pattern is found anywhere in a text", "[checks][pattern]") {
    const auto pattern = Pattern::compile(R"re("status": *"(ok|degraded)")re", kBytes);
    REQUIRE(pattern.has_value());
    CHECK(pattern->occurs_in(R"({"status": "degraded", "more": 1})"));
    CHECK_FALSE(pattern->occurs_in(R"({"status": "down"})"));
    CHECK(Pattern::compile("^$", kBytes)->occurs_in(""));
    CHECK(Pattern::compile("(?i)WELL", kBytes)->occurs_in("all is well\xff"));
    CHECK(Pattern::compile("a.c$", kBytes)->occurs_in(std::string("\0abc", 4)));
}

TEST_CASE("a wrong pattern is told with its place", "[checks][pattern]") {
    CHECK(Pattern::compile("ok|[a-", kBytes).error().message == "missing ]: [a-, at character 4");
    CHECK(Pattern::compile("(ok", kBytes).error().message == "missing ): (ok");
    CHECK(Pattern::compile("ok**?+*", kBytes).error().message.find("repetition") !=
          std::string::npos);
    CHECK(Pattern::compile("(a)\\1", kBytes).has_error());  // what would need backtracking
    CHECK(Pattern::compile("((a{1000}){1000}){1000}", kBytes).has_error());
}

TEST_CASE("what makes backtracking explode is nothing to a pattern", "[checks][pattern]") {
    const auto pattern = Pattern::compile("(a*)*(a|a)*(a+)+$b", kBytes);
    REQUIRE(pattern.has_value());
    CHECK_FALSE(pattern->occurs_in(std::string(100000, 'a')));
}

TEST_CASE("a pattern that could hold up other checks is refused", "[checks][pattern]") {
    const std::string large = "[^x]{0,500}=[^x]{0,500}done";
    CHECK(Pattern::compile(large, kBytes).has_value());
    CHECK(Pattern::compile("status.*ok", 1U << 20U).has_value());
    REQUIRE(Pattern::compile(large, 1U << 20U).has_error());
    CHECK(Pattern::compile(large, 1U << 20U).error().message.find("max_body") != std::string::npos);
}

}  // namespace
}  // namespace fairlead::checks
