// SPDX-License-Identifier: Apache-2.0
#include "checks/icmp_echo.h"

#include <algorithm>

namespace fairlead::checks {
namespace {

constexpr std::uint8_t kRequestV4 = 8;
constexpr std::uint8_t kReplyV4 = 0;
constexpr std::uint8_t kRequestV6 = 128;
constexpr std::uint8_t kReplyV6 = 129;

void put(EchoPacket& packet, std::size_t at, std::uint16_t value) {
    packet[at] = static_cast<std::uint8_t>(value >> 8U);
    packet[at + 1] = static_cast<std::uint8_t>(value & 0xffU);
}

}  // namespace

EchoPacket echo_request(bool v4, std::uint16_t identifier, const EchoToken& token) {
    static constexpr std::size_t kChecksumAt = 2;
    static constexpr std::size_t kIdentifierAt = 4;
    static constexpr std::size_t kSequenceAt = 6;
    EchoPacket packet{};
    packet[0] = v4 ? kRequestV4 : kRequestV6;
    put(packet, kIdentifierAt, identifier);
    put(packet, kSequenceAt, 1);
    std::ranges::copy(token, packet.begin() + kEchoHeader);
    if (v4) put(packet, kChecksumAt, internet_checksum(packet));
    return packet;
}

bool is_echo_reply(std::span<const std::uint8_t> packet, bool v4, bool with_ip_header,
                   const EchoToken& token) {
    if (with_ip_header) {
        const std::size_t header = packet.empty() ? 0 : (packet[0] & 0x0fU) * std::size_t{4};
        if (packet.size() < header) return false;
        packet = packet.subspan(header);
    }
    if (packet.size() != std::tuple_size_v<EchoPacket>) return false;
    if (packet[0] != (v4 ? kReplyV4 : kReplyV6) || packet[1] != 0) return false;
    return std::ranges::equal(packet.subspan(kEchoHeader), token);
}

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8U : bytes[i];
    while (sum > 0xffffU)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum & 0xffffU);
}

}  // namespace fairlead::checks
