// SPDX-License-Identifier: Apache-2.0
#pragma once

// A question on the wire, for clients that ask faster than any tool does.

#include <cstdint>
#include <string>

namespace fairlead {

/// For A of LABEL.example.com, with RD set and the /24 `network`, whose last byte does not count,
/// as EDNS client subnet (RFC 7871). `label` has 63 characters at most.
inline std::string dns_question(std::uint16_t id, const std::string& label, std::uint32_t network) {
    std::string packet;
    const auto append8 = [&](std::uint32_t value) { packet += static_cast<char>(value & 0xffU); };
    const auto append16 = [&](std::uint32_t value) {
        append8(value >> 8U);
        append8(value);
    };
    append16(id);
    for (const std::uint32_t word : {0x0100U, 1U, 0U, 0U, 1U})  // RD; one question, one additional
        append16(word);
    append8(static_cast<std::uint32_t>(label.size()));
    packet += label + std::string("\7example\3com\0", 13);
    append16(1);  // A
    append16(1);  // IN
    append8(0);   // OPT at the root
    append16(41);
    append16(1232);
    packet += std::string(4, '\0');
    append16(11);  // one option: client subnet of 7 bytes
    append16(8);
    append16(7);
    append16(1);  // IPv4
    append8(24);
    append8(0);
    for (const unsigned shift : {24U, 16U, 8U})
        append8(network >> shift);
    return packet;
}

}  // namespace fairlead
