// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace fairlead {
namespace {

/// As inet_pton(3) reads it: four numbers without superfluous zeros. Two addresses come with every
/// lookup; with the copy that it needs inet_pton takes 390 instructions for each, this 250.
std::optional<std::array<std::uint8_t, 4>> dotted_quad(std::string_view text) {
    std::array<std::uint8_t, 4> bytes{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && (at == end || *at++ != '.')) return std::nullopt;
        const char* const first = at;
        unsigned value = 0;
        for (; at != end && *at >= '0' && *at <= '9'; ++at) {
            if (at - first == 3) return std::nullopt;
            value = value * 10 + static_cast<unsigned>(*at - '0');
        }
        const bool superfluous_zero = at - first > 1 && *first == '0';
        if (at == first || value > 255 || superfluous_zero) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(value);
    }
    if (at != end) return std::nullopt;
    return bytes;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
    if (const auto four = dotted_quad(text)) return v4(*four);
    text = text.substr(0, text.find('%'));
    char terminated[INET6_ADDRSTRLEN] = {};
    if (text.empty() || text.size() >= sizeof terminated) return std::nullopt;
    if (text.find('\0') != std::string_view::npos)
        return std::nullopt;  // inet_pton would stop there
    std::memcpy(terminated, text.data(), text.size());

    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, terminated, four.data()) == 1) return v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (inet_pton(AF_INET6, terminated, sixteen.data()) == 1) return v6(sixteen);
    return std::nullopt;
}

bool IpAddress::is_unspecified() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

IpAddress IpAddress::masked(std::uint8_t length) const {
    IpAddress result = *this;
    for (std::size_t i = length / 8U; i < bytes().size(); ++i) {
        const bool partial = i == length / 8U && length % 8U != 0;
        const auto keep = static_cast<std::uint8_t>(partial ? 0xff00U >> (length % 8U) : 0U);
        result.bytes_[i] &= keep;
    }
    return result;
}

std::string IpAddress::to_string() const {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
    return text;
}

std::optional<Prefix> Prefix::parse(std::string_view text) noexcept {
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return Prefix{*address, address->width()};

    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (length > address->width()) return std::nullopt;
    const auto bits = static_cast<std::uint8_t>(length);
    return Prefix{address->masked(bits), bits};
}

bool Prefix::contains(const IpAddress& other) const {
    return other.family() == address.family() && other.masked(length) == address;
}

std::string Prefix::to_string() const {
    return address.to_string() + "/" + std::to_string(length);
}

}  // namespace fairlead
