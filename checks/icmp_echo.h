// SPDX-License-Identifier: Apache-2.0
#pragma once

// The packets of a ping: an echo request, and whether what came is the reply to it.
// RFC 792 (ICMP), RFC 4443 section 4 (ICMPv6), RFC 1071 (checksum).
// Thread rule: pure functions.

#include <array>
#include <cstdint>
#include <span>

namespace fairlead::checks {

/// Tells the replies to one request from all others. Random, so that nobody can reply unasked.
using EchoToken = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kEchoHeader = 8;
using EchoPacket = std::array<std::uint8_t, kEchoHeader + std::tuple_size_v<EchoToken>>;

/// With the checksum of IPv4; that of IPv6 covers the addresses and is the kernel's.
[[nodiscard]] EchoPacket echo_request(bool v4, std::uint16_t identifier, const EchoToken& token);

/// `packet` begins with the ICMP header, or (`with_ip_header`: raw IPv4) with the IP header.
[[nodiscard]] bool is_echo_reply(std::span<const std::uint8_t> packet, bool v4, bool with_ip_header,
                                 const EchoToken& token);

/// The one's complement of the one's complement sum of all 16-bit words.
[[nodiscard]] std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes);

}  // namespace fairlead::checks
