// SPDX-License-Identifier: Apache-2.0
#include "geo/networks.h"

#include <random>

#include "tests/support/catch.h"

namespace fairlead::geo {
namespace {

Prefix prefix(const char* text) {
    const auto parsed = Prefix::parse(text);
    REQUIRE(parsed);
    return *parsed;
}

std::string smallest(const Networks& networks, const char* text) {
    const auto address = *IpAddress::parse(text);
    const auto value = address.is_v4() ? networks.v4().find(key_of<std::uint32_t>(address)).value
                                       : networks.v6().find(key_of<Uint128>(address)).value;
    return value == 0 ? "none" : networks.prefix(value - 1).to_string();
}

TEST_CASE("the smallest network around an address is found, and those around it",
          "[geo][networks]") {
    const Networks networks({prefix("10.0.0.0/8"), prefix("10.1.0.0/16"), prefix("10.1.2.0/24"),
                             prefix("10.1.2.0/24"), prefix("192.0.2.0/24"), prefix("2001:db8::/32"),
                             prefix("255.255.255.255/32")});
    CHECK(networks.size() == 6);
    CHECK(smallest(networks, "10.1.2.3") == "10.1.2.0/24");
    CHECK(smallest(networks, "10.1.3.3") == "10.1.0.0/16");
    CHECK(smallest(networks, "10.2.0.0") == "10.0.0.0/8");
    CHECK(smallest(networks, "11.0.0.0") == "none");
    CHECK(smallest(networks, "192.0.2.255") == "192.0.2.0/24");
    CHECK(smallest(networks, "255.255.255.255") == "255.255.255.255/32");
    CHECK(smallest(networks, "255.255.255.254") == "none");
    CHECK(smallest(networks, "2001:db8::1") == "2001:db8::/32");
    CHECK(smallest(networks, "::") == "none");
    const auto inner = networks.find(prefix("10.1.2.0/24"));
    REQUIRE(inner);
    CHECK(networks.prefix(*networks.around(*inner)) == prefix("10.1.0.0/16"));
    CHECK_FALSE(networks.around(*networks.find(prefix("10.0.0.0/8"))));
    CHECK_FALSE(networks.find(prefix("10.1.2.0/25")));
}

TEST_CASE("the whole space can be a network", "[geo][networks]") {
    const Networks networks({prefix("0.0.0.0/0"), prefix("::/0"), prefix("128.0.0.0/1")});
    CHECK(smallest(networks, "1.2.3.4") == "0.0.0.0/0");
    CHECK(smallest(networks, "200.2.3.4") == "128.0.0.0/1");
    CHECK(smallest(networks, "ffff::") == "::/0");
}

TEST_CASE("the sweep finds what a scan of all prefixes finds", "[geo][networks][property]") {
    std::mt19937 random(GENERATE(range(0U, 50U)));
    std::vector<Prefix> prefixes;
    for (int i = 0; i < 30; ++i) {
        const auto byte = static_cast<std::uint8_t>(random() % 256);
        const auto length = static_cast<std::uint8_t>(16 + random() % 9);
        prefixes.push_back({IpAddress::v4({192, 0, byte, 0}).masked(length), length});
    }
    const Networks networks(prefixes);
    for (int byte = 0; byte < 256; ++byte) {
        const auto address = IpAddress::v4({192, 0, static_cast<std::uint8_t>(byte), 9});
        const Prefix* expected = nullptr;
        for (const auto& candidate : prefixes) {
            if (candidate.contains(address) &&
                (expected == nullptr || candidate.length > expected->length))
                expected = &candidate;
        }
        const auto value = networks.v4().find(key_of<std::uint32_t>(address)).value;
        CHECK((value == 0) == (expected == nullptr));
        if (expected != nullptr && value != 0) CHECK(networks.prefix(value - 1) == *expected);
    }
}

}  // namespace
}  // namespace fairlead::geo
