// SPDX-License-Identifier: Apache-2.0
#include "config/zone_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/ascii.h"
#include "base/fingerprint.h"
#include "base/nearest.h"
#include "config/rdata.h"
#include "config/source.h"
#include "config/values.h"
#include "config/zone_entries.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

constexpr int kErrorsMax = 100;  // of one file; binary data has one in every line

bool is_class(std::string_view capitals) {
    return capitals == "IN" || capitals == "CH" || capitals == "HS" || capitals == "CS" ||
           capitals.starts_with("CLASS");
}

/// What the signer of a zone adds. It would be wrong in a zone that PowerDNS signs anew, or serves
/// together with other records.
bool is_of_a_signer(std::string_view type) {
    static constexpr auto kTypes = std::to_array<std::string_view>(
        {"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "ZONEMD"});
    return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const auto word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

/// A number of an SOA's content; the fields are MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM.
std::uint32_t soa_number(std::string_view content, std::size_t field) {
    for (; field > 0; --field)
        content.remove_prefix(std::min(content.find(' ') + 1, content.size()));
    return parse_period(content.substr(0, content.find(' '))).value_or(0);
}

}  // namespace

int ZoneFile::line_of(const DnsName& owner, std::uint16_t type) const {
    const auto name = names_.find(owner);
    if (name == names_.end()) return 0;
    const auto set = name->second.find(type);
    return set == name->second.end() ? 0 : set->second.line;
}

int ZoneFile::line_besides_cname(const DnsName& owner) const {
    const auto name = names_.find(owner);
    if (name == names_.end()) return 0;
    for (const auto& [type, set] : name->second) {
        if (type != kTypeCname) return set.line;
    }
    return 0;
}

std::string ZoneFile::position(int line) const {
    return name_ + ":" + std::to_string(line);
}

/// One run over one text. State that entries hand on to the next ones: the origin, the name and the
/// TTLs.
class ZoneFileReader {
  public:
    ZoneFileReader(const fs::path& file, const DnsName& apex, std::uint32_t default_ttl,
                   const Cursor& at, Findings& findings)
        : apex_(apex), default_ttl_(default_ttl), at_(at), findings_(findings), origin_(apex) {
        file_.name_ = file.string();
    }
    ~ZoneFileReader() = default;
    ZoneFileReader(const ZoneFileReader&) = delete;
    ZoneFileReader& operator=(const ZoneFileReader&) = delete;

    ZoneFile read(const TextFile& text);

  private:
    struct Header {
        std::optional<std::uint32_t> ttl;
        RecordType type;
        std::span<const std::string_view> data;
    };
    /// The first of several alike, which one finding tells.
    struct Many {
        int first_line = 0;
        int count = 0;
        void add(int line) {
            if (count++ == 0) first_line = line;
        }
    };

    void read_entries(std::string_view text);
    void read_directive(const ZoneEntry& entry);
    void read_record(const ZoneEntry& entry);
    void read_owner(std::string_view word, int line);
    [[nodiscard]] std::optional<Header> read_header(std::span<const std::string_view> words,
                                                    int line);
    [[nodiscard]] std::optional<std::uint32_t> read_ttl(std::string_view word, int line);
    [[nodiscard]] std::optional<RecordType> read_type(std::string_view word, int line);
    [[nodiscard]] std::uint32_t ttl_of(const Header& header, const Rdata& rdata);
    [[nodiscard]] bool is_allowed(const RecordType& type, int line);
    void add(const RecordType& type, std::uint32_t ttl, Rdata rdata, int line);

    void finish_record_sets();
    void check_cname(const ZoneFileRecord& record);
    void warn_about_many();
    void report(Rule rule, int line, std::string message);

    const DnsName& apex_;
    std::uint32_t default_ttl_;
    const Cursor& at_;
    Findings& findings_;
    ZoneFile file_;
    int errors_ = 0;

    DnsName origin_;
    std::optional<DnsName> owner_;
    bool has_owner_ = false;  // one was written, if a bad one
    std::optional<std::uint32_t> ttl_directive_;
    std::optional<std::uint32_t> ttl_written_;  // the last one of a record
    std::optional<std::uint32_t> soa_minimum_;

    std::unordered_map<std::string, int> seen_;  // owner, type and content -> line
    Many signing_;
    Many mixed_ttls_;
};

ZoneFile ZoneFileReader::read(const TextFile& text) {
    file_.modified_ = text.modified;
    file_.digest_ = Fingerprint().add(text.text).value();
    std::string_view rest = text.text;
    const auto zero = rest.find('\0');
    if (zero != rest.npos) {
        const auto line = 1 + std::count(rest.begin(), rest.begin() + std::ptrdiff_t(zero), '\n');
        report(Rule::zone_file_syntax, static_cast<int>(line),
               "a byte 0 stands here; this is no zone file, which is a text");
        return std::move(file_);
    }
    if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);  // the mark of some editors
    read_entries(rest);
    finish_record_sets();
    warn_about_many();
    if (file_.records_.empty() && errors_ == 0) {
        findings_.add(Rule::cannot_read, at_, "the zone file " + file_.name_ + " has no record");
    }
    return std::move(file_);
}

void ZoneFileReader::read_entries(std::string_view text) {
    ZoneEntries entries(text);
    ZoneEntry entry;
    while (entries.next(entry)) {
        if (errors_ >= kErrorsMax) {
            report(Rule::zone_file_limit, entry.line,
                   std::to_string(kErrorsMax) + " mistakes until here; the rest was not read");
            return;
        }
        if (!entry.fault.empty()) {
            report(Rule::zone_file_syntax, entry.fault_line, entry.fault);
        } else if (!entry.starts_blank && entry.words.front().starts_with('$')) {
            read_directive(entry);
        } else {
            read_record(entry);
        }
    }
}

void ZoneFileReader::read_directive(const ZoneEntry& entry) {
    const auto name = ascii::upper(entry.words.front());
    if (name != "$ORIGIN" && name != "$TTL") {
        return report(Rule::zone_file_directive, entry.line,
                      name == "$INCLUDE"
                          ? "$INCLUDE is not allowed; put the other file's records here"
                          : in_quotes(name) + " is not allowed; only $ORIGIN and $TTL are");
    }
    if (entry.words.size() != 2) {
        return report(Rule::zone_file_syntax, entry.line, name + " takes one value");
    }
    const auto value = entry.words[1];
    if (name == "$TTL") {
        if (const auto ttl = read_ttl(value, entry.line)) ttl_directive_ = ttl;
        return;
    }
    const auto origin = origin_.child(value);
    if (!origin) {
        return report(Rule::bad_name, entry.line, in_quotes(value) + " is no DNS name");
    }
    origin_ = *origin;
}

void ZoneFileReader::read_record(const ZoneEntry& entry) {
    std::span<const std::string_view> words = entry.words;
    if (!entry.starts_blank) {
        read_owner(words.front(), entry.line);
        words = words.subspan(1);
    } else if (!has_owner_) {
        report(Rule::zone_file_syntax, entry.line,
               "the line starts with a blank, but there is no name before it to belong to");
        has_owner_ = true;
    }
    const auto header = read_header(words, entry.line);
    if (!header) return;
    if (is_of_a_signer(header->type.mnemonic)) return signing_.add(entry.line);
    if (!is_allowed(header->type, entry.line)) return;
    const auto text = joined(header->data);
    auto result = read_zone_rdata(header->type, text, origin_);
    if (!result.rdata) {
        return report(result.rule, entry.line,
                      header->type.mnemonic + " " + in_quotes(text) + ": " + result.message);
    }
    const auto ttl = ttl_of(*header, *result.rdata);
    if (owner_) add(header->type, ttl, *std::move(result.rdata), entry.line);
}

/// A bad owner leaves none, so that its records are still looked at, but go nowhere.
void ZoneFileReader::read_owner(std::string_view word, int line) {
    has_owner_ = true;
    owner_ = word.starts_with('"') ? std::nullopt : origin_.child(word);
    if (!owner_) return report(Rule::bad_name, line, in_quotes(word) + " is no DNS name");
    if (owner_->is_at_or_below(apex_)) return;
    report(Rule::outside_zone, line, owner_->to_string() + " does not lie in " + apex_.to_string());
    owner_.reset();
}

/// [TTL] [class] type, or [class] [TTL] type.
std::optional<ZoneFileReader::Header> ZoneFileReader::read_header(
    std::span<const std::string_view> words, int line) {
    Header header;
    bool has_class = false;
    for (; !words.empty(); words = words.subspan(1)) {
        const auto word = ascii::upper(words.front());
        if (!has_class && is_class(word)) {
            has_class = true;
            if (word == "IN") continue;
            report(Rule::zone_file_syntax, line, "only class IN is served, not " + in_quotes(word));
            return std::nullopt;
        }
        const bool is_number = ascii::is_digit(word.front());
        if (header.ttl || !is_number) break;
        header.ttl = read_ttl(word, line);
        if (!header.ttl) return std::nullopt;
    }
    if (words.empty()) {
        report(Rule::zone_file_syntax, line, "a record type is missing");
        return std::nullopt;
    }
    auto type = read_type(words.front(), line);
    if (!type) return std::nullopt;
    header.type = *std::move(type);
    header.data = words.subspan(1);
    return header;
}

std::optional<std::uint32_t> ZoneFileReader::read_ttl(std::string_view word, int line) {
    const auto ttl = parse_period(word);
    if (ttl && *ttl <= kTtlMax) return ttl;
    report(Rule::zone_file_syntax, line,
           in_quotes(word) + " is no TTL: write seconds up to 2147483647, or 1h30m");
    return std::nullopt;
}

std::optional<RecordType> ZoneFileReader::read_type(std::string_view word, int line) {
    const auto name = ascii::upper(word);
    auto type = find_record_type(name);
    if (type) return type;
    const auto& names = record_type_names();
    const std::vector<std::string_view> known(names.begin(), names.end());
    report(Rule::zone_file_syntax, line,
           "there is no record type " + in_quotes(word) + did_you_mean(name, known));
    return std::nullopt;
}

/// RFC 2308 section 4: $TTL; before it there was, the TTL of the record before. Without any, the
/// SOA's minimum, as BIND does.
std::uint32_t ZoneFileReader::ttl_of(const Header& header, const Rdata& rdata) {
    static constexpr std::size_t kMinimum = 6;
    if (rdata.type == "SOA") soa_minimum_ = soa_number(rdata.content, kMinimum);
    if (header.ttl) ttl_written_ = header.ttl;
    for (const auto& ttl : {header.ttl, ttl_directive_, ttl_written_, soa_minimum_}) {
        if (ttl) return std::min(*ttl, kTtlMax);
    }
    return default_ttl_;
}

bool ZoneFileReader::is_allowed(const RecordType& type, int line) {
    if (is_generated_type(type)) {
        report(Rule::generated_type, line,
               type.mnemonic +
                   " cannot be written: PowerDNS makes it or acts on it, or it exists "
                   "only in messages");
        return false;
    }
    if (type.mnemonic == "SOA" && owner_ && *owner_ != apex_) {
        report(Rule::apex_record, line,
               "an SOA stands only at the top of a zone, " + apex_.to_string());
        return false;
    }
    return true;
}

void ZoneFileReader::add(const RecordType& type, std::uint32_t ttl, Rdata rdata, int line) {
    std::string identity(owner_->wire());
    identity += '\0';
    identity += rdata.type + " " + rdata.content;
    const auto [first, is_new] = seen_.emplace(std::move(identity), line);
    if (!is_new) {
        return report(Rule::duplicate_record, line,
                      "this record stands in line " + std::to_string(first->second) + " already");
    }
    const auto [place, is_first] =
        file_.names_[*owner_].try_emplace(type.number, ZoneFile::RecordSet{line, ttl});
    auto& set = place->second;
    if (!is_first && type.mnemonic == "SOA") {
        return report(Rule::duplicate_record, line,
                      "a zone has one SOA; the other is in line " + std::to_string(set.line));
    }
    if (!is_first && type.number == kTypeCname) {
        return report(
            Rule::cname_not_alone, line,
            "a name has one CNAME at most; the other is in line " + std::to_string(set.line));
    }
    if (set.ttl != ttl) mixed_ttls_.add(line);
    set.ttl = std::min(set.ttl, ttl);
    file_.records_.push_back(
        {.owner = *owner_,
         .type = type.number,
         .data = {.type = std::move(rdata.type), .ttl = ttl, .content = std::move(rdata.content)},
         .line = line});
}

/// What can be said only when all of a name's records are known.
void ZoneFileReader::finish_record_sets() {
    static constexpr std::size_t kSerial = 2;
    for (auto& record : file_.records_) {
        record.data.ttl = file_.names_[record.owner][record.type].ttl;
        if (record.type == kTypeSoa) file_.serial_ = soa_number(record.data.content, kSerial);
        if (record.type == kTypeCname) check_cname(record);
    }
}

void ZoneFileReader::check_cname(const ZoneFileRecord& record) {
    if (record.owner == apex_) {
        return report(Rule::cname_at_apex, record.line,
                      "the top of a zone has SOA and NS, beside which no CNAME can stand");
    }
    const int other = file_.line_besides_cname(record.owner);
    if (other == 0) return;
    report(Rule::cname_not_alone, record.line,
           "a CNAME cannot stand beside other data, such as that in line " + std::to_string(other));
}

void ZoneFileReader::warn_about_many() {
    if (signing_.count > 0) {
        report(Rule::signed_zone_file, signing_.first_line,
               std::to_string(signing_.count) +
                   " records of a signed zone from here on are left out: PowerDNS signs");
    }
    if (mixed_ttls_.count > 0) {
        report(Rule::mixed_ttls, mixed_ttls_.first_line,
               "another TTL than that of the records of this name and type before it (" +
                   std::to_string(mixed_ttls_.count) +
                   " such in the file); all of them get the lowest");
    }
}

void ZoneFileReader::report(Rule rule, int line, std::string message) {
    if (info(rule).severity == Severity::error) ++errors_;
    findings_.add(rule, {.file = file_.name_, .line = line}, at_.path(), std::move(message));
}

std::optional<ZoneFile> read_zone_file(const fs::path& file, const DnsName& apex,
                                       std::uint32_t default_ttl, const Cursor& at,
                                       Findings& findings) {
    const auto refuse = [&](Rule rule, const std::string& why) {
        findings.add(rule, at, "cannot read the zone file " + file.string() + ": " + why);
        return std::nullopt;
    };
    std::error_code error;
    const auto status = fs::status(file, error);
    if (fs::is_directory(status)) return refuse(Rule::cannot_read, "it is a directory");
    // Anything else but a file might never come to an end.
    if (fs::exists(status) && !fs::is_regular_file(status)) {
        return refuse(Rule::cannot_read, "it is no regular file");
    }
    const auto text = read_text_file(file);
    if (!text) return refuse(Rule::cannot_read, text.error().message);
    if (text->text.size() > kSourceBytesMax) {
        return refuse(Rule::zone_file_limit, "it is larger than 64 MiB");
    }
    return ZoneFileReader(file, apex, default_ttl, at, findings).read(*text);
}

}  // namespace fairlead::config
