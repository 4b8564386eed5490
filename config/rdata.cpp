// SPDX-License-Identifier: Apache-2.0
#include "config/rdata.h"

#include <ldns/ldns.h>
// ldns/common.h makes macros of what are words of C++.
#undef bool
#undef false
#undef true

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <span>

#include "base/ascii.h"
#include "config/values.h"

namespace fairlead::config {
namespace {

struct RrDeleter {
    void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
};
struct RdfDeleter {
    void operator()(ldns_rdf* rdf) const { ldns_rdf_deep_free(rdf); }
};
struct MallocDeleter {
    void operator()(char* text) const { std::free(text); }  // NOLINT: allocated by ldns
};
using RrPointer = std::unique_ptr<ldns_rr, RrDeleter>;
using RdfPointer = std::unique_ptr<ldns_rdf, RdfDeleter>;
using TextPointer = std::unique_ptr<char, MallocDeleter>;

constexpr std::size_t kTextMax = 65535;  // the longest RDATA; its text is hardly shorter

/// Types whose names and presentation format PowerDNS 4.7 knows; it would take any other mnemonic
/// for "no such data" without a word, so the others go by number.
constexpr auto kPowerDnsTypes = std::to_array<std::string_view>(
    {"A",     "AAAA",     "AFSDB", "APL",   "CAA",        "CDNSKEY", "CDS",   "CERT",   "CNAME",
     "CSYNC", "DHCID",    "DLV",   "DNAME", "DNSKEY",     "DS",      "EUI48", "EUI64",  "HINFO",
     "HTTPS", "IPSECKEY", "KEY",   "KX",    "L32",        "L64",     "LOC",   "LP",     "MR",
     "MX",    "NAPTR",    "NID",   "NS",    "OPENPGPKEY", "PTR",     "RP",    "SMIMEA", "SOA",
     "SPF",   "SRV",      "SSHFP", "SVCB",  "TLSA",       "TXT",     "URI",   "ZONEMD"});

/// Types that PowerDNS reads in presentation format, but has no name for.
constexpr auto kNamelessTypes = std::to_array<std::string_view>({"MB", "MG", "MINFO"});

bool is_known_to_powerdns(std::string_view type) {
    return std::find(kPowerDnsTypes.begin(), kPowerDnsTypes.end(), type) != kPowerDnsTypes.end();
}

RdataResult refuse(std::string message, Rule rule = Rule::bad_rdata) {
    return {.rdata = {}, .rule = rule, .message = std::move(message)};
}

/// Splits at blanks outside quotes; a token keeps its quotes and escapes. The error is a sentence.
struct Tokens {
    std::vector<std::string_view> list;
    std::string error;
};

Tokens tokenize(std::string_view text) {
    Tokens tokens;
    bool quoting = false;
    std::size_t start = text.npos;
    const auto end_token = [&](std::size_t at) {
        if (start != text.npos) tokens.list.push_back(text.substr(start, at - start));
        start = text.npos;
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\n' || c == '\r') {
            tokens.error = "a line break cannot stand in a record's data";
            return tokens;
        }
        if (!quoting && (c == ';' || c == '(' || c == ')')) {
            tokens.error = std::string("a '") + c + "' needs quotes around it";
            return tokens;
        }
        if (!quoting && (c == ' ' || c == '\t')) {
            end_token(at);
            continue;
        }
        if (start == text.npos) start = at;
        if (c == '"') quoting = !quoting;
        if (c == '\\') ++at;
    }
    if (quoting) tokens.error = "a quote is not closed";
    end_token(text.size());
    return tokens;
}

/// The largest number that field holds; 0 for a field that is no number.
std::uint64_t number_max(ldns_rdf_type field) {
    switch (field) {
        case LDNS_RDF_TYPE_INT8:
        case LDNS_RDF_TYPE_ALG:
        case LDNS_RDF_TYPE_CERTIFICATE_USAGE:
        case LDNS_RDF_TYPE_SELECTOR:
        case LDNS_RDF_TYPE_MATCHING_TYPE:
            return 0xff;
        case LDNS_RDF_TYPE_INT16:
        case LDNS_RDF_TYPE_CERT_ALG:
            return 0xffff;
        case LDNS_RDF_TYPE_INT32:
            return 0xffffffff;
        default:
            return 0;
    }
}

/// ldns cuts numbers down to the field's width ("MX 70000" becomes 4464); "" when none is cut.
std::string number_that_does_not_fit(std::uint16_t type, std::span<const std::string_view> tokens) {
    const auto* descriptor = ldns_rr_descript(type);
    const auto fields = std::min(ldns_rr_descriptor_maximum(descriptor), tokens.size());
    for (std::size_t i = 0; i < fields; ++i) {
        const auto token = tokens[i];
        const auto field = ldns_rr_descriptor_field_type(descriptor, i);
        if (field == LDNS_RDF_TYPE_PERIOD && !parse_period(token)) {
            return std::string(token) + " is no time of at most 32 bits, in seconds or as 1h30m";
        }
        const auto max = number_max(field);
        const bool is_number =
            !token.empty() && (ascii::is_digit(token.front()) || token.front() == '-');
        if (max == 0 || !is_number) continue;
        std::uint64_t value = 0;
        const auto* end = token.data() + token.size();
        const auto [rest, error] = std::from_chars(token.data(), end, value);
        if (error == std::errc() && rest == end && value <= max) continue;
        return std::string(token) + " is not between 0 and " + std::to_string(max);
    }
    return {};
}

std::string plain_words(ldns_status status) {
    std::string_view message = ldns_get_errorstr_by_id(status);
    for (const std::string_view prefix : {"Syntax error, ", "Conversion error, "}) {
        if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
    }
    return std::string(message);
}

struct Parsed {
    RrPointer rr;
    ldns_status status = LDNS_STATUS_OK;
};

Parsed parse(const RecordType& type, const std::string& text, const char* origin_text) {
    const std::string line = "x. 0 IN " + type.mnemonic + " " + text;
    const RdfPointer origin(ldns_dname_new_frm_str(origin_text));
    ldns_rr* rr = nullptr;
    Parsed parsed;
    parsed.status = ldns_rr_new_frm_str(&rr, line.c_str(), 0, origin.get(), nullptr);
    if (parsed.status == LDNS_STATUS_OK) parsed.rr.reset(rr);
    return parsed;
}

/// One blank between fields, none at the ends; quoted parts as they are.
std::string with_single_blanks(std::string_view text) {
    std::string out;
    bool quoting = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (!quoting && (c == ' ' || c == '\t' || c == '\n')) {
            if (!out.empty() && out.back() != ' ') out += ' ';
            continue;
        }
        if (c == '"') quoting = !quoting;
        out += c;
        if (c == '\\' && at + 1 < text.size()) out += text[++at];
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

/// RFC 3597: "\# LENGTH HEX", from the wire form of every field.
std::string generic_content(const ldns_rr& rr) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < ldns_rr_rd_count(&rr); ++i) {
        const ldns_rdf* field = ldns_rr_rdf(&rr, i);
        for (const auto byte : std::span(ldns_rdf_data(field), ldns_rdf_size(field))) {
            hex += kHex[byte >> 4U];
            hex += kHex[byte & 0xfU];
        }
    }
    const std::string length = "\\# " + std::to_string(hex.size() / 2);
    return hex.empty() ? length : length + " " + hex;
}

/// All after owner, TTL, class and type.
std::string presentation_content(const ldns_rr& rr) {
    const TextPointer text(ldns_rr2str_fmt(ldns_output_format_nocomments, &rr));
    if (!text) return {};
    std::string_view rest = text.get();
    for (int field = 0; field < 4; ++field)
        rest.remove_prefix(std::min(rest.find('\t'), rest.size() - 1) + 1);
    std::string content = with_single_blanks(rest);
    if (ldns_rr_get_type(&rr) == LDNS_RR_TYPE_CERT) {
        // ldns writes the certificate type as a word, which PowerDNS does not read.
        const auto number = ldns_rdf2native_int16(ldns_rr_rdf(&rr, 0));
        content.replace(0, content.find(' '), std::to_string(number));
    }
    return content;
}

Rdata rdata_of(const ldns_rr& rr, const RecordType& type) {
    if (is_known_to_powerdns(type.mnemonic)) return {type.mnemonic, presentation_content(rr)};
    const bool nameless = std::find(kNamelessTypes.begin(), kNamelessTypes.end(), type.mnemonic) !=
                          kNamelessTypes.end();
    return {"TYPE" + std::to_string(type.number),
            nameless ? presentation_content(rr) : generic_content(rr)};
}

/// A literal text as quoted character-strings of at most 255 bytes (RFC 1035 section 3.3).
std::string quoted_chunks(std::string_view literal) {
    static constexpr std::size_t kChunk = 255;
    std::string out;
    for (std::size_t at = 0; at == 0 || at < literal.size(); at += kChunk) {
        out += out.empty() ? "\"" : " \"";
        for (const char c : literal.substr(at, kChunk)) {
            const auto byte = static_cast<std::uint8_t>(c);
            if (c == '"' || c == '\\') {
                out += '\\';
                out += c;
            } else if (byte >= 0x20 && byte < 0x7f) {
                out += c;
            } else {
                out += '\\';
                for (const int unit : {100, 10, 1})
                    out += static_cast<char>('0' + byte / unit % 10);
            }
        }
        out += '"';
    }
    return out;
}

bool is_generic(std::string_view content) {
    return content.starts_with("\\#");
}

/// What ldns would let through; empty for data that may be good.
std::string fault_in(const RecordType& type, const std::string& content) {
    if (content.size() > 4 * kTextMax) return "longer than a record can be";
    auto tokens = tokenize(content);
    if (!tokens.error.empty()) return tokens.error;
    if (tokens.list.empty()) return "there is no data";
    return is_generic(content) ? std::string() : number_that_does_not_fit(type.number, tokens.list);
}

/// With names completed by `origin`.
RdataResult read_below(const RecordType& type, const std::string& content,
                       const std::string& origin) {
    auto fault = fault_in(type, content);
    if (!fault.empty()) return refuse(std::move(fault));
    const auto parsed = parse(type, content, origin.c_str());
    if (!parsed.rr) return refuse(plain_words(parsed.status));
    auto rdata = rdata_of(*parsed.rr, type);
    if (rdata.content.empty()) return refuse("there is no data");
    return {.rdata = std::move(rdata), .rule = Rule::bad_rdata, .message = {}};
}

std::optional<std::uint16_t> number_of_generic_type(std::string_view name) {
    if (!name.starts_with("TYPE")) return std::nullopt;
    name.remove_prefix(4);
    std::uint16_t number = 0;
    const auto* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, number);
    if (error != std::errc() || rest != end) return std::nullopt;
    return number;
}

std::string mnemonic_of(std::uint16_t number) {
    const TextPointer name(ldns_rr_type2str(static_cast<ldns_rr_type>(number)));
    return name ? std::string(name.get()) : "TYPE" + std::to_string(number);
}

}  // namespace

bool looks_like_record_type(std::string_view key) {
    if (key.empty() || !ascii::is_capital(key.front())) return false;
    return std::all_of(key.begin(), key.end(), [](char c) {
        return ascii::is_capital(c) || ascii::is_digit(c) || c == '-';
    });
}

std::optional<RecordType> find_record_type(std::string_view name) {
    if (!looks_like_record_type(name)) return std::nullopt;
    if (name.starts_with("TYPE")) {
        const auto number = number_of_generic_type(name);
        if (!number) return std::nullopt;
        return RecordType{*number, mnemonic_of(*number)};
    }
    const auto type = ldns_get_rr_type_by_name(std::string(name).c_str());
    if (type == 0) return std::nullopt;
    const auto number = static_cast<std::uint16_t>(type);
    return RecordType{number, mnemonic_of(number)};
}

const std::vector<std::string>& record_type_names() {
    static const auto kNames = [] {
        std::vector<std::string> names;
        for (std::uint32_t number = 1; number <= 0xffff; ++number) {
            auto name = mnemonic_of(static_cast<std::uint16_t>(number));
            const RecordType type{static_cast<std::uint16_t>(number), std::move(name)};
            if (type.mnemonic.starts_with("TYPE") || is_generated_type(type)) continue;
            if (number != LDNS_RR_TYPE_SOA) names.push_back(type.mnemonic);
        }
        std::sort(names.begin(), names.end());
        return names;
    }();
    return kNames;
}

bool is_generated_type(const RecordType& type) {
    static constexpr std::uint16_t kQueryTypesFirst = 128;  // RFC 6895 section 3.1
    static constexpr std::uint16_t kQueryTypesLast = 255;
    static constexpr std::uint16_t kRkey = 57;  // PowerDNS reads it, in a format ldns lacks
    static constexpr std::uint16_t kPowerDnsAlias = 65401;
    static constexpr std::uint16_t kPowerDnsLua = 65402;
    static constexpr auto kMade = std::to_array<std::uint16_t>(
        {0, LDNS_RR_TYPE_SIG, LDNS_RR_TYPE_NXT, LDNS_RR_TYPE_OPT, LDNS_RR_TYPE_RRSIG,
         LDNS_RR_TYPE_NSEC, LDNS_RR_TYPE_NSEC3, LDNS_RR_TYPE_NSEC3PARAM, kRkey, kPowerDnsAlias,
         kPowerDnsLua});
    return (type.number >= kQueryTypesFirst && type.number <= kQueryTypesLast) ||
           std::find(kMade.begin(), kMade.end(), type.number) != kMade.end();
}

RdataResult read_rdata(const RecordType& type, std::string_view text) {
    const bool is_text = type.mnemonic == "TXT" || type.mnemonic == "SPF";
    const bool is_literal = is_text && !text.starts_with('"') && !is_generic(text);
    const auto content = is_literal ? quoted_chunks(text) : std::string(text);
    // Names that depend on the origin are the ones without a final dot.
    auto result = read_below(type, content, "a.invalid.");
    if (!result.rdata) return result;
    const auto elsewhere = read_below(type, content, "b.invalid.");
    if (elsewhere.rdata && elsewhere.rdata->content != result.rdata->content) {
        return refuse(
            "a name in it has no final dot; write it out to the end, such as "
            "mail.example.com.",
            Rule::ambiguous_name);
    }
    return result;
}

RdataResult read_zone_rdata(const RecordType& type, std::string_view text, const DnsName& origin) {
    return read_below(type, std::string(text), origin.to_string());
}

}  // namespace fairlead::config
