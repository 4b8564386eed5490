// SPDX-License-Identifier: Apache-2.0
#include "checks/icmp_echo.h"

#include <vector>

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using Bytes = std::vector<std::uint8_t>;

const EchoToken kToken{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/// The reply that a host would make of the request.
Bytes reply(bool v4, const Bytes& ip_header = {}) {
    const auto request = echo_request(v4, 7, kToken);
    Bytes packet = ip_header;
    packet.insert(packet.end(), request.begin(), request.end());
    packet[ip_header.size()] = v4 ? 0 : 129;
    return packet;
}

TEST_CASE("the checksum is that of RFC 1071", "[checks][icmp]") {
    // The example of its section 3.
    const Bytes example{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    CHECK(internet_checksum(example) == static_cast<std::uint16_t>(~0xddf2U));
    CHECK(internet_checksum(Bytes{0x01}) == 0xfeff);
    CHECK(internet_checksum(Bytes{}) == 0xffff);
}

TEST_CASE("an echo request checks out", "[checks][icmp]") {
    const auto v4 = echo_request(true, 0x1234, kToken);
    CHECK(v4[0] == 8);
    CHECK(v4[4] == 0x12);
    CHECK(v4[5] == 0x34);
    CHECK(internet_checksum(v4) == 0);
    CHECK(echo_request(false, 0x1234, kToken)[0] == 128);
}

TEST_CASE("only the reply to this very request counts", "[checks][icmp]") {
    for (const bool v4 : {true, false}) {
        CHECK(is_echo_reply(reply(v4), v4, false, kToken));
        CHECK_FALSE(is_echo_reply(reply(!v4), v4, false, kToken));
        CHECK_FALSE(is_echo_reply(echo_request(v4, 7, kToken), v4, false, kToken));
        EchoToken other = kToken;
        ++other[15];
        CHECK_FALSE(is_echo_reply(reply(v4), v4, false, other));
    }
    // A raw socket of IPv4 gives the IP header too, whatever its length.
    for (const std::size_t words : {5U, 15U}) {
        Bytes header(words * 4, 0);
        header[0] = static_cast<std::uint8_t>(0x40U | words);
        CHECK(is_echo_reply(reply(true, header), true, true, kToken));
        CHECK_FALSE(is_echo_reply(reply(true, header), true, false, kToken));
    }
}

TEST_CASE("a cut packet is none", "[checks][icmp]") {
    Bytes header(20, 0);
    header[0] = 0x45;
    const auto whole = reply(true, header);
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(is_echo_reply(std::span(whole).first(size), true, true, kToken));
}

}  // namespace
}  // namespace fairlead::checks
