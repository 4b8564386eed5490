// SPDX-License-Identifier: Apache-2.0
#include "admin/access.h"

#include "tests/support/catch.h"

namespace fairlead::admin {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";

TEST_CASE("a token says who asks, and nothing but the whole of it does", "[admin][access]") {
    const Access access({{"anna", kSecret}, {"deploy", "fedcba9876543210"}});
    REQUIRE(access.who("Bearer " + kSecret));
    CHECK(*access.who("Bearer " + kSecret) == "anna");
    CHECK(*access.who("bearer fedcba9876543210") == "deploy");
    for (const std::string wrong :
         {"", "Bearer", "Bearer ", "Basic abc", "Bearer fedcba987654321",
          "Bearer fedcba98765432100", "fedcba9876543210", "Bearer  fedcba9876543210"}) {
        INFO(wrong);
        const auto who = access.who(wrong);
        CHECK_FALSE(who);
        CHECK(who.error().message.find("admin.token_file") != std::string::npos);
        CHECK(who.error().message.find("fedcba") == std::string::npos);
    }
}

TEST_CASE("without tokens everybody is the user that connects, but not a web page",
          "[admin][access]") {
    const Access open({});
    CHECK(open.who("")->empty());
    CHECK(open.who("Bearer " + kSecret)->empty());
    for (const auto* host : {"", "localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080"}) {
        INFO(host);
        CHECK(open.is_no_browser(host, ""));
    }
    CHECK_FALSE(open.is_no_browser("rebound.example.com:8080", ""));
    CHECK_FALSE(open.is_no_browser("127.0.0.1:8080", "https://www.example.com"));
    CHECK_FALSE(open.is_no_browser("127.0.0.1:8080", "null"));

    const Access guarded({{"anna", kSecret}});
    CHECK(guarded.is_no_browser("fairlead.example.com", "https://dashboard.example.com"));
}

}  // namespace
}  // namespace fairlead::admin
