// SPDX-License-Identifier: Apache-2.0
#pragma once

// One mapping of the document, read against the table of the language.
//
// The constructor reports every key that does not belong there; each getter reports a value that is
// not what the table says and then returns the key's default, so that a reader can go on and find
// the next mistake. Nothing here knows what the values are for.
// Thread rule: one thread. Cursors point into this object: it must outlive them.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dns_name.h"
#include "base/ip.h"
#include "config/findings.h"
#include "config/language.h"
#include "config/values.h"
#include "policy/tree.h"

namespace fairlead::config {

/// Which of a level's keys apply: those for all kinds, and those for this one ("https",
/// "weighted"). An empty kind is not known, and no key is called superfluous then.
struct Grammar {
    Level level;
    std::string_view kind{};
};

/// One or two levels whose keys may stand in one mapping, the first one's before the other's.
class Grammars {
  public:
    Grammars(Grammar first) : list_{first, first}, size_(1) {}  // NOLINT: one is a list of one
    Grammars(Grammar first, Grammar second) : list_{first, second}, size_(2) {}
    [[nodiscard]] const Grammar* begin() const { return list_.data(); }
    [[nodiscard]] const Grammar* end() const { return list_.data() + size_; }

  private:
    std::array<Grammar, 2> list_;
    std::size_t size_;
};

class Fields {
  public:
    /// `at` and `findings` must outlive this object. Entries whose key `is_other` accepts are left
    /// to the caller, see others().
    Fields(const Cursor& at, Findings& findings, Grammars grammars,
           bool (*is_other)(std::string_view key) = nullptr);
    ~Fields() = default;
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;

    /// False when the node is no mapping, which has been reported.
    [[nodiscard]] bool is_mapping() const { return at_.node().is_mapping(); }
    [[nodiscard]] const Cursor& at() const { return at_; }

    /// The value of a key that is there; else nullptr. Valid as long as this object.
    [[nodiscard]] const Cursor* find(std::string_view key) const;
    [[nodiscard]] const std::vector<Cursor>& others() const { return others_; }

    /// Reports the required keys that are absent; true when none is. Silent where a key that is not
    /// supported yet may stand for one of them.
    bool has_required() const;

    /// Reports when none of these keys is there; true when one is. As silent as has_required().
    bool has_one_of(std::initializer_list<std::string_view> keys) const;

    // The value of `key`; its default where it is absent or (after a report) wrong. REQUIRES: the
    // key is of this type in the table, and has a default unless the result is optional.
    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] std::chrono::milliseconds duration(std::string_view key) const;
    [[nodiscard]] std::uint32_t seconds(std::string_view key) const;
    [[nodiscard]] std::int64_t integer(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view key) const;
    [[nodiscard]] std::int64_t percent(std::string_view key) const;
    [[nodiscard]] double degrees(std::string_view key) const;
    [[nodiscard]] policy::MinHealthy share(std::string_view key) const;
    [[nodiscard]] bool boolean(std::string_view key) const;
    [[nodiscard]] std::uint32_t mode(std::string_view key) const;
    [[nodiscard]] std::vector<IntegerRange> status(std::string_view key) const;
    /// A word of the table; empty where it is absent or wrong and has no default.
    [[nodiscard]] std::string_view word(std::string_view key) const;

    /// The items of a list, or the one value where the table allows that. Valid as long as this.
    [[nodiscard]] std::vector<Cursor> list(std::string_view key) const;
    /// The entries of a NAME: value mapping; bad names are reported and left out.
    [[nodiscard]] std::vector<Cursor> named(std::string_view key) const;

  private:
    void sort_in(const Cursor& entry, bool (*is_other)(std::string_view));
    void report_unknown(const Cursor& entry) const;
    [[nodiscard]] bool is_written(std::string_view key) const;
    [[nodiscard]] const Key& key_info(std::string_view key) const;

    const Cursor& at_;
    Findings& findings_;
    Grammars grammars_;
    std::vector<Cursor> entries_;
    std::vector<Cursor> others_;
    bool has_unsupported_ = false;
};

// Single scalars; each reports what is wrong and then returns nothing.

/// A text; not an unquoted number or boolean, which YAML would not read as one.
std::optional<std::string_view> read_text(const Cursor& at, Findings& findings);
std::optional<std::int64_t> read_integer(const Cursor& at, const Key& key, Findings& findings);
std::optional<IpAddress> read_address(const Cursor& at, Findings& findings);

/// Where a check is made.
struct CheckTarget {
    std::optional<IpAddress> address;
    std::string host;  // without an address: a host name in lower case, without its final dot

    [[nodiscard]] bool is_given() const { return address || !host.empty(); }
};

/// "db.example.net" as CheckTarget::host; nothing for what is no host name, such as an address.
[[nodiscard]] std::optional<std::string> host_name(std::string_view text);

/// Neither, after a report, when it is none.
[[nodiscard]] CheckTarget read_check_target(const Cursor& at, Findings& findings);
/// A network without host bits: they are more likely a slip than a wish.
std::optional<Prefix> read_network(const Cursor& at, Findings& findings);
/// A name with its final dot: without one, some would read it as relative to the zone.
std::optional<DnsName> read_dns_name(const Cursor& at, Findings& findings);
/// One of `words`; nothing, after a report, for another.
std::optional<std::string_view> read_word(const Cursor& at, const Key& key, Findings& findings);

/// "a list", "a mapping", "\"text\"": what stands there, for messages.
[[nodiscard]] std::string describe(const Node& node);

}  // namespace fairlead::config
