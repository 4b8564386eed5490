// SPDX-License-Identifier: Apache-2.0
#pragma once

// A domain name in canonical form (RFC 4034 section 6.2): wire format, ASCII letters in lower case.
// Two names are the same name exactly when they compare equal.
// Thread rule: a value.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace fairlead {

class DnsName {
  public:
    /// The root, ".".
    DnsName() = default;

    /// Reads presentation format (RFC 1035 section 5.1): "\." , "\\" and "\DDD" are understood, the
    /// final dot may be missing, "." is the root. Every byte value can occur in a label.
    /// Nothing on an empty label, a label above 63 or a name above 255 bytes, or a bad escape.
    [[nodiscard]] static std::optional<DnsName> parse(std::string_view text);

    /// The same into this object, whose memory is used again. False leaves any name in it.
    [[nodiscard]] bool assign(std::string_view text);

    /// `relative` put in front of this name: "www" + "example.com." A `relative` that ends in a dot
    /// is absolute and returned as it is; "@" is this name itself.
    [[nodiscard]] std::optional<DnsName> child(std::string_view relative) const;

    /// Presentation format, absolute, escaped exactly as PowerDNS writes names (dnsname.cc,
    /// DNSName::toString): '.' and '\' by a backslash, bytes outside 0x21..0x7e as \DDD.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool is_root() const { return wire_.empty(); }
    [[nodiscard]] bool is_wildcard() const;

    /// Number of labels; 0 for the root.
    [[nodiscard]] std::size_t label_count() const;

    /// The name without its first label. REQUIRES: !is_root().
    [[nodiscard]] DnsName parent() const;

    /// True for `ancestor` itself and every name below it.
    [[nodiscard]] bool is_at_or_below(const DnsName& ancestor) const;

    /// Length-prefixed labels without the final zero byte; empty for the root. Valid as long as
    /// this object.
    [[nodiscard]] std::string_view wire() const { return wire_; }

    /// Canonical DNS order (RFC 4034 section 6.1): by labels from the right.
    [[nodiscard]] static bool canonically_before(const DnsName& a, const DnsName& b);

    friend bool operator==(const DnsName&, const DnsName&) = default;

  private:
    std::string wire_;
};

}  // namespace fairlead

template <>
struct std::hash<fairlead::DnsName> {
    std::size_t operator()(const fairlead::DnsName& name) const noexcept {
        return std::hash<std::string_view>{}(name.wire());
    }
};
