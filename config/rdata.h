// SPDX-License-Identifier: Apache-2.0
#pragma once

// The data of static records: validated by type and written as PowerDNS's remote backend takes it.
// The only place that knows ldns. Every type that ldns knows can be used, and any other as TYPEnnn
// with content "\# LENGTH HEX" (RFC 3597).
//
// What ldns lets through and DNS does not (numbers that wrap, open quotes, comments, names without
// a final dot) is refused here. Thread rule: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dns_name.h"
#include "config/rules.h"

namespace fairlead::config {

// Types that have rules of their own.
inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeNs = 2;
inline constexpr std::uint16_t kTypeCname = 5;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeDs = 43;

struct RecordType {
    std::uint16_t number = 0;
    std::string mnemonic;  // "MX", "TYPE65534"
};

/// True for what can only be meant as a record type: capitals, digits and '-'.
[[nodiscard]] bool looks_like_record_type(std::string_view key);

/// Nothing when there is no such type.
[[nodiscard]] std::optional<RecordType> find_record_type(std::string_view name);

/// The mnemonics that can be used in a configuration, for hints and the schema.
[[nodiscard]] const std::vector<std::string>& record_type_names();

/// True for types that PowerDNS makes itself (RRSIG, NSEC, ...) or acts on (LUA, ALIAS), or that
/// exist only in queries and messages (ANY, OPT, ...).
[[nodiscard]] bool is_generated_type(const RecordType& type);

struct Rdata {
    std::string type;     // as PowerDNS knows it: "TYPEnnn" for the ones it has no name for
    std::string content;  // presentation format, names absolute
};

/// Data that was read, or why it could not be.
struct RdataResult {
    std::optional<Rdata> rdata;
    Rule rule = Rule::bad_rdata;  // bad_rdata or ambiguous_name
    std::string message;
};

/// `text` in the presentation format of `type`. TXT and SPF without quotes are one literal text,
/// cut into chunks of 255 bytes; with quotes they are what stands in a zone file.
[[nodiscard]] RdataResult read_rdata(const RecordType& type, std::string_view text);

/// `text` as it stands in a zone file, on one line: names without a final dot are relative to
/// `origin`, and each word of an unquoted TXT is a text of its own.
[[nodiscard]] RdataResult read_zone_rdata(const RecordType& type, std::string_view text,
                                          const DnsName& origin);

}  // namespace fairlead::config
