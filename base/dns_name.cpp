// SPDX-License-Identifier: Apache-2.0
#include "base/dns_name.h"

#include <array>
#include <vector>

#include "base/ascii.h"

namespace fairlead {
namespace {

constexpr std::size_t kLabelMax = 63;
constexpr std::size_t kWireMax = 254;  // RFC 1035: 255 with the root's zero byte

/// Reads the escape whose backslash has just been consumed; advances `at` behind it.
std::optional<char> read_escape(std::string_view text, std::size_t& at) {
    if (at >= text.size()) return std::nullopt;
    if (!ascii::is_digit(text[at])) return text[at++];
    if (at + 3 > text.size() || !ascii::is_digit(text[at + 1]) || !ascii::is_digit(text[at + 2])) {
        return std::nullopt;
    }
    const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    if (value > 255) return std::nullopt;
    at += 3;
    return static_cast<char>(value);
}

/// The labels from the left, as views into `wire`.
std::vector<std::string_view> labels_of(std::string_view wire) {
    std::vector<std::string_view> labels;
    while (!wire.empty()) {
        const auto length = static_cast<std::uint8_t>(wire.front());
        labels.push_back(wire.substr(1, length));
        wire.remove_prefix(1U + length);
    }
    return labels;
}

/// A table, because every answer has a name, and each character would be compared four times.
constexpr auto kStandsForItself = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x21; c <= 0x7e; ++c)
        table[c] = c != '.' && c != '\\';
    return table;
}();

bool stands_for_itself(char c) {
    return kStandsForItself[static_cast<std::uint8_t>(c)];
}

void append_escaped(std::string& out, char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (stands_for_itself(c)) {
        out += c;
    } else if (c == '.' || c == '\\') {
        out += '\\';
        out += c;
    } else {
        out += '\\';
        out += static_cast<char>('0' + byte / 100);
        out += static_cast<char>('0' + byte / 10 % 10);
        out += static_cast<char>('0' + byte % 10);
    }
}

}  // namespace

std::optional<DnsName> DnsName::parse(std::string_view text) {
    DnsName name;
    if (!name.assign(text)) return std::nullopt;
    return name;
}

bool DnsName::assign(std::string_view text) {
    wire_.clear();
    if (text == ".") return true;
    if (text.empty()) return false;

    std::array<char, kWireMax> wire;  // NOLINT: filled up to `end`
    std::size_t end = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length_at = end++;
        while (at < text.size() && text[at] != '.') {
            char c = text[at++];
            if (c == '\\') [[unlikely]] {
                const auto byte = read_escape(text, at);
                if (!byte) return false;
                c = *byte;
            }
            if (end >= wire.size()) return false;
            wire[end++] = ascii::lower(c);
        }
        const std::size_t length = end - length_at - 1;
        if (length == 0 || length > kLabelMax) return false;
        wire[length_at] = static_cast<char>(length);
        ++at;  // the dot, or one past the end
    }
    wire_.assign(wire.data(), end);
    return true;
}

std::optional<DnsName> DnsName::child(std::string_view relative) const {
    if (relative == "@") return *this;
    auto name = parse(relative);
    if (!name) return std::nullopt;
    // An escaped final dot ("a\.") belongs to the label; only a bare one makes the name absolute.
    const auto backslashes = [&] {
        std::size_t count = 0;
        while (count + 1 < relative.size() && relative[relative.size() - 2 - count] == '\\')
            ++count;
        return count;
    };
    if (relative.back() == '.' && backslashes() % 2 == 0) return name;
    name->wire_ += wire_;
    if (name->wire_.size() > kWireMax) return std::nullopt;
    return name;
}

std::string DnsName::to_string() const {
    if (is_root()) return ".";
    std::string out;
    out.reserve(wire_.size());
    for (std::string_view rest = wire_; !rest.empty();) {
        const auto label = rest.substr(1, static_cast<std::uint8_t>(rest.front()));
        for (const char c : label)
            append_escaped(out, c);
        out += '.';
        rest.remove_prefix(1 + label.size());
    }
    return out;
}

bool DnsName::is_wildcard() const {
    return wire_.size() >= 2 && wire_[0] == 1 && wire_[1] == '*';
}

std::size_t DnsName::label_count() const {
    return labels_of(wire_).size();
}

DnsName DnsName::parent() const {
    DnsName name;
    name.wire_ = wire_.substr(1U + static_cast<std::uint8_t>(wire_.front()));
    return name;
}

bool DnsName::is_at_or_below(const DnsName& ancestor) const {
    std::string_view rest = wire_;
    while (rest.size() > ancestor.wire_.size()) {
        rest.remove_prefix(1U + static_cast<std::uint8_t>(rest.front()));
    }
    return rest == ancestor.wire_;
}

bool DnsName::canonically_before(const DnsName& a, const DnsName& b) {
    const auto left = labels_of(a.wire_);
    const auto right = labels_of(b.wire_);
    // char_traits<char> compares as unsigned bytes, which is what the RFC asks for.
    return std::lexicographical_compare(left.rbegin(), left.rend(), right.rbegin(), right.rend());
}

}  // namespace fairlead
