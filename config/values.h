// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the text of one scalar to the value it stands for. Nothing = the text is no such value;
// whether a value lies in its range is asked elsewhere. Thread rule: pure functions.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "base/ip.h"
#include "policy/tree.h"

namespace fairlead::config {

/// A decimal integer with an optional minus sign.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

inline constexpr std::uint32_t kTtlMax = 2147483647;  // RFC 2181 section 8

/// Bytes of the path of a listening socket: sockaddr_un(7) has room for 107, of which the
/// listener's temporary name needs four.
inline constexpr std::size_t kSocketPathMax = 103;

/// Seconds as zone files write them, up to 32 bits: "3600", "1h30m", "1W" (s, m, h, d, w).
[[nodiscard]] std::optional<std::uint32_t> parse_period(std::string_view text);

/// "50%": 50.
[[nodiscard]] std::optional<std::int64_t> parse_percent(std::string_view text);

/// A decimal number, "-77.45".
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);

/// Permission bits in octal, "0660" or "660".
[[nodiscard]] std::optional<std::uint32_t> parse_mode(std::string_view text);

/// "200-399", or "204" for 204-204.
struct IntegerRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};
[[nodiscard]] std::optional<IntegerRange> parse_integer_range(std::string_view text);

/// An address and a port that is not 0.
struct SocketAddress {
    IpAddress address;
    std::uint16_t port = 0;
};
/// "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::optional<SocketAddress> parse_socket_address(std::string_view text);
/// The same the other way.
[[nodiscard]] std::string to_string(const SocketAddress& at);

/// What YAML makes of an unquoted scalar that looks like more than a text: "a number", "a boolean",
/// in YAML 1.1 or 1.2. Empty for a text.
[[nodiscard]] std::string_view yaml_meaning(std::string_view plain_text);

/// The names of pools, policies, health checks, regions and endpoints: letters, digits, '.', '_'
/// and '-', the first one a letter or digit, at most 128 bytes.
[[nodiscard]] bool is_valid_name(std::string_view text);

}  // namespace fairlead::config
