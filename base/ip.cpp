// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace fairlead {
namespace {

/// As inet_pton(3) reads it: four numbers without superfluous zeros. Two addresses come with every
/// lookup, so there is no branch that depends on how many digits a number has, which no processor
/// guesses well.
std::optional<std::array<std::uint8_t, 4>> dotted_quad(std::string_view text) {
    constexpr std::size_t kLongest = 15;
    if (text.size() > kLongest) return std::nullopt;
    std::array<char, kLongest + 2> padded{};  // what is looked at beyond the end is no digit
    std::copy(text.begin(), text.end(), padded.begin());
    const auto digit = [&padded](std::size_t at) {
        return static_cast<unsigned>(static_cast<unsigned char>(padded[at])) - unsigned{'0'};
    };
    std::array<std::uint8_t, 4> bytes{};
    std::size_t at = 0;
    bool good = true;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const unsigned first = digit(at);
        const bool two = digit(at + 1) <= 9;
        const bool three = two & (digit(at + 2) <= 9);
        const unsigned of_two = two ? first * 10 + digit(at + 1) : first;
        const unsigned value = three ? of_two * 10 + digit(at + 2) : of_two;
        const bool superfluous_zero = two & (first == 0);
        at += std::size_t{1} + two + three;
        good = good & (first <= 9) & (value <= 255) & !superfluous_zero &
               (padded[at] == (i < 3 ? '.' : '\0'));
        bytes[i] = static_cast<std::uint8_t>(value);
        ++at;
    }
    if (!good || at != text.size() + 1) return std::nullopt;
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
