// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include <arpa/inet.h>

#include <array>
#include <random>
#include <string>

#include "tests/support/catch.h"

namespace fairlead {
namespace {

TEST_CASE("addresses of both families survive a round trip", "[base][ip]") {
    const auto* text = GENERATE("0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1",
                                "2001:db8::61", "2001:db8:1:2:3:4:5:6");
    const auto address = IpAddress::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == text);
}

TEST_CASE("what is not exactly one address is refused", "[base][ip]") {
    const auto* text = GENERATE("", " ", "192.0.2", "192.0.2.1 ", "192.0.2.256", "192.0.2.1/24",
                                ":::", "2001:db8::g", "example.com",
                                "1234567890123456789012345678901234567890123456", "192.0.2.01");
    CHECK_FALSE(IpAddress::parse(text));
}

TEST_CASE("IPv4 addresses are what inet_pton(3) takes for one", "[base][ip][property]") {
    std::mt19937 random(7);
    int addresses = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::string text;
        for (int part = 0; part < 4; ++part) {
            text += part == 0 ? "" : ".";
            text += std::to_string(random() % 300);
        }
        if (random() % 2 == 0) text[random() % text.size()] = "0123456789. x:"[random() % 14];
        std::array<std::uint8_t, 4> bytes{};
        const bool is_v4 = inet_pton(AF_INET, text.c_str(), bytes.data()) == 1;
        addresses += is_v4 ? 1 : 0;
        CAPTURE(text);
        const auto address = IpAddress::parse(text);
        REQUIRE((address && address->is_v4()) == is_v4);
        if (is_v4) REQUIRE(*address == IpAddress::v4(bytes));
    }
    CHECK(addresses > 10'000);
    CHECK(addresses < 90'000);
}

TEST_CASE("what follows a zero byte is not overlooked", "[base][ip]") {
    using namespace std::string_view_literals;
    CHECK_FALSE(IpAddress::parse("192.0.2.1\0"sv));
    CHECK_FALSE(IpAddress::parse("192.0.2.1\0x"sv));
}

TEST_CASE("a scope id is dropped", "[base][ip]") {
    CHECK(IpAddress::parse("fe80::1%eth0") == IpAddress::parse("fe80::1"));
}

TEST_CASE("masking keeps the leading bits only", "[base][ip]") {
    struct Case {
        const char* address;
        std::uint8_t length;
        const char* expected;
    };
    const auto c = GENERATE(
        Case{"203.0.113.255", 24, "203.0.113.0"}, Case{"203.0.113.255", 0, "0.0.0.0"},
        Case{"203.0.113.255", 32, "203.0.113.255"}, Case{"203.0.113.255", 25, "203.0.113.128"},
        Case{"203.0.113.255", 31, "203.0.113.254"}, Case{"2001:db8:ffff::1", 33, "2001:db8:8000::"},
        Case{"2001:db8:ffff::1", 128, "2001:db8:ffff::1"}, Case{"2001:db8::1", 1, "::"});
    CHECK(IpAddress::parse(c.address)->masked(c.length) == IpAddress::parse(c.expected));
}

TEST_CASE("a prefix clears its host bits and contains what shares its network", "[base][ip]") {
    const auto prefix = Prefix::parse("192.0.2.77/25");
    REQUIRE(prefix);
    CHECK(prefix->to_string() == "192.0.2.0/25");
    CHECK(prefix->contains(*IpAddress::parse("192.0.2.127")));
    CHECK_FALSE(prefix->contains(*IpAddress::parse("192.0.2.128")));
    CHECK_FALSE(prefix->contains(*IpAddress::parse("::")));
    CHECK(Prefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("255.1.2.3")));
    CHECK(Prefix::parse("2001:db8::1")->length == 128);
}

TEST_CASE("a prefix needs a length that fits its family", "[base][ip]") {
    const auto* text = GENERATE("192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/8x",
                                "::/129", "/8", "192.0.2.0/+8", "x/8");
    CHECK_FALSE(Prefix::parse(text));
}

}  // namespace
}  // namespace fairlead
