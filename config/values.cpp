// SPDX-License-Identifier: Apache-2.0
#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>

#include "base/ascii.h"

namespace fairlead::config {
namespace {

/// 0 for a letter that is no unit of zone files.
std::uint32_t seconds_of_unit(char unit) {
    switch (unit) {
        case 's':
        case 'S':
            return 1;
        case 'm':
        case 'M':
            return 60;
        case 'h':
        case 'H':
            return 3600;
        case 'd':
        case 'D':
            return 86'400;
        case 'w':
        case 'W':
            return 604'800;
        default:
            return 0;
    }
}

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
    return std::find(words.begin(), words.end(), ascii::lower(text)) != words.end();
}

/// A number as YAML 1.1 or 1.2 reads one: 12, -1.5, 1e3, 0x1f, 0o17, 1_000. The sexagesimal "12:30"
/// is left out, because no text it could be mistaken for is a text here.
bool looks_like_a_number(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    if (text.starts_with("0x") || text.starts_with("0o")) {
        text.remove_prefix(2);
        return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
            return ascii::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
    }
    std::string digits(text);
    std::erase(digits, '_');
    double value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, value);
    const bool starts_well =
        !digits.empty() && (ascii::is_digit(digits.front()) || digits.front() == '.');
    return starts_well && rest == end && error != std::errc::invalid_argument;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end) return std::nullopt;
    return value;
}

std::optional<std::uint32_t> parse_period(std::string_view text) {
    static constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
    std::uint64_t sum = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        std::uint32_t count = 0;
        const auto* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, count);
        if (error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
        std::uint64_t factor = 1;
        if (!text.empty()) {
            factor = seconds_of_unit(text.front());
            text.remove_prefix(1);
        }
        sum += factor * count;
        if (factor == 0 || sum > kMax) return std::nullopt;
    }
    return static_cast<std::uint32_t>(sum);
}

std::optional<std::int64_t> parse_percent(std::string_view text) {
    if (!text.ends_with('%')) return std::nullopt;
    return parse_integer(text.substr(0, text.size() - 1));
}

std::optional<double> parse_decimal(std::string_view text) {
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    return error == std::errc{} && rest == end ? std::optional(value) : std::nullopt;
}

std::optional<std::uint32_t> parse_mode(std::string_view text) {
    const bool octal =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
    if (!octal || text.size() < 3 || text.size() > 4) return std::nullopt;
    std::uint32_t mode = 0;
    for (const char c : text)
        mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
    if (mode > 0777) return std::nullopt;
    return mode;
}

std::optional<IntegerRange> parse_integer_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_integer(text.substr(0, dash));
    const auto last = dash == text.npos ? first : parse_integer(text.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    return IntegerRange{*first, *last};
}

std::optional<SocketAddress> parse_socket_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const bool in_brackets = host.starts_with('[') && host.ends_with(']');
    if (in_brackets) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    const auto port = parse_integer(text.substr(colon + 1));
    if (!address || address->is_v4() == in_brackets || !port || *port < 1 || *port > 65535) {
        return std::nullopt;
    }
    return SocketAddress{*address, static_cast<std::uint16_t>(*port)};
}

std::string to_string(const SocketAddress& at) {
    const auto host = at.address.to_string();
    return (at.address.is_v4() ? host : '[' + host + ']') + ':' + std::to_string(at.port);
}

std::string_view yaml_meaning(std::string_view plain_text) {
    static constexpr auto kBooleans =
        std::to_array<std::string_view>({"true", "false", "yes", "no", "on", "off", "y", "n"});
    if (is_one_of(plain_text, kBooleans)) return "a boolean";
    if (looks_like_a_number(plain_text)) return "a number";
    return {};
}

bool is_valid_name(std::string_view text) {
    static constexpr std::size_t kNameMax = 128;
    if (text.empty() || text.size() > kNameMax) return false;
    if (!ascii::is_letter(text.front()) && !ascii::is_digit(text.front())) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return ascii::is_letter(c) || ascii::is_digit(c) || c == '.' || c == '_' || c == '-';
    });
}

}  // namespace fairlead::config
