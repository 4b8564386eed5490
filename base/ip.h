// SPDX-License-Identifier: Apache-2.0
#pragma once

// IP addresses and prefixes as plain values: comparable, hashable by bytes, no allocation.
// Thread rule: values; safe to read anywhere.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fairlead {

enum class Family : std::uint8_t { v4, v6 };
inline constexpr std::array kFamilies{Family::v4, Family::v6};

/// The type of the records that have addresses of this family: "A" or "AAAA".
[[nodiscard]] constexpr const char* address_type(Family family) {
    return family == Family::v4 ? "A" : "AAAA";
}

/// One IPv4 or IPv6 address. An IPv4-mapped IPv6 address stays IPv6: PowerDNS never sends one.
class IpAddress {
  public:
    /// 0.0.0.0.
    constexpr IpAddress() = default;

    static constexpr IpAddress v4(std::array<std::uint8_t, 4> bytes) {
        IpAddress address;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            address.bytes_[i] = bytes[i];
        return address;
    }
    static constexpr IpAddress v6(std::array<std::uint8_t, 16> bytes) {
        IpAddress address;
        address.family_ = Family::v6;
        address.bytes_ = bytes;
        return address;
    }

    /// Dotted quad or RFC 4291 text, nothing before or after it. A scope id ("%eth0") is dropped.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text) noexcept;

    [[nodiscard]] constexpr Family family() const { return family_; }
    [[nodiscard]] constexpr bool is_v4() const { return family_ == Family::v4; }

    /// Bits in an address of this family: 32 or 128.
    [[nodiscard]] constexpr std::uint8_t width() const { return is_v4() ? 32 : 128; }

    /// 4 or 16 bytes in network order; valid as long as this object, so not of a temporary.
    [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const& {
        return {bytes_.data(), is_v4() ? std::size_t{4} : std::size_t{16}};
    }

    std::span<const std::uint8_t> bytes() const&& = delete;

    /// 0.0.0.0 or ::.
    [[nodiscard]] bool is_unspecified() const;

    /// This address with all bits after the first `length` cleared; `length` beyond the width keeps
    /// all.
    [[nodiscard]] IpAddress masked(std::uint8_t length) const;

    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

  private:
    Family family_ = Family::v4;
    std::array<std::uint8_t, 16> bytes_{};
};

/// An address block: "192.0.2.0/24". The host bits are always zero.
struct Prefix {
    IpAddress address;
    std::uint8_t length = 0;

    /// "ADDRESS/LENGTH", or a bare address as its full-length prefix. Host bits are cleared.
    [[nodiscard]] static std::optional<Prefix> parse(std::string_view text) noexcept;

    [[nodiscard]] bool contains(const IpAddress& other) const;
    [[nodiscard]] std::string to_string() const;

    friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;
};

}  // namespace fairlead
