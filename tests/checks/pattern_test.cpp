// SPDX-License-Identifier: Apache-2.0
#include "checks/pattern.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

TEST_CASE("a pattern is found anywhere in a text", "[checks][pattern]") {
    const auto pattern = Pattern::compile(R"re("status": *"(ok|degraded)")re");
    REQUIRE(pattern.has_value());
    CHECK(pattern->occurs_in(R"({"status": "degraded", "more": 1})"));
    CHECK_FALSE(pattern->occurs_in(R"({"status": "down"})"));
    CHECK(Pattern::compile("^$")->occurs_in(""));
    CHECK(Pattern::compile("(?i)WELL")->occurs_in("all is well\xff"));
    CHECK(Pattern::compile("a.c$")->occurs_in(std::string("\0abc", 4)));
}

TEST_CASE("a wrong pattern is told with its place", "[checks][pattern]") {
    CHECK(Pattern::compile("ok|[a-").error().message == "missing ]: [a-, at character 4");
    CHECK(Pattern::compile("(ok").error().message == "missing ): (ok");
    CHECK(Pattern::compile("ok**?+*").error().message.find("repetition") != std::string::npos);
    CHECK(Pattern::compile("(a)\\1").has_error());  // what would need backtracking
    CHECK(Pattern::compile("((a{1000}){1000}){1000}").has_error());
}

TEST_CASE("what makes backtracking explode is nothing to a pattern", "[checks][pattern]") {
    const auto pattern = Pattern::compile("(a*)*(a|a)*(a+)+$b");
    REQUIRE(pattern.has_value());
    CHECK_FALSE(pattern->occurs_in(std::string(100000, 'a')));
}

}  // namespace
}  // namespace fairlead::checks
