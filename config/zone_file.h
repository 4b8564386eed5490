// SPDX-License-Identifier: Apache-2.0
#pragma once

// An RFC 1035 zone file as the static records of a zone. $ORIGIN and $TTL are understood; $INCLUDE
// is refused, so that a configuration reads no file that it does not name.
//
// What a previous signer left in it (RRSIG, NSEC, DNSKEY and so on) is passed over with a warning:
// PowerDNS signs. A record set has one TTL (RFC 2181 section 5.2), the lowest that is written.
// Thread rule: const after it was read.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/dns_name.h"
#include "config/findings.h"
#include "policy/catalog.h"

namespace fairlead::config {

struct ZoneFileRecord {
    DnsName owner;
    std::uint16_t type = 0;
    policy::StaticRecord data;
    int line = 0;
};

class ZoneFile {
  public:
    /// In the order of the file; at most one SOA, which then is the apex's.
    [[nodiscard]] const std::vector<ZoneFileRecord>& records() const { return records_; }

    /// The line of the first record of this type at this name; 0 = there is none.
    [[nodiscard]] int line_of(const DnsName& owner, std::uint16_t type) const;
    /// The line of some record at this name that is no CNAME; 0 = there is none.
    [[nodiscard]] int line_besides_cname(const DnsName& owner) const;
    /// Nothing when the file has no SOA.
    [[nodiscard]] std::optional<std::uint32_t> serial() const { return serial_; }
    /// Last modification in Unix seconds.
    [[nodiscard]] std::int64_t modified() const { return modified_; }

    /// Of its text.
    [[nodiscard]] std::uint64_t digest() const { return digest_; }

    [[nodiscard]] const std::string& name() const { return name_; }
    /// "FILE:LINE", to point at from another finding.
    [[nodiscard]] std::string position(int line) const;

  private:
    friend class ZoneFileReader;
    struct RecordSet {
        int line = 0;           // of its first record
        std::uint32_t ttl = 0;  // the lowest
    };
    std::string name_;
    std::int64_t modified_ = 0;
    std::uint64_t digest_ = 0;
    std::optional<std::uint32_t> serial_;
    std::vector<ZoneFileRecord> records_;
    std::unordered_map<DnsName, std::map<std::uint16_t, RecordSet>> names_;
};

/// Reads `file` for the zone `apex`. Findings about a record stand at its line in the file, those
/// about the file as a whole at `at`, where the configuration names it. Nothing when there is no
/// such file; with errors in it, the records without. `default_ttl` is for a file that gives none.
[[nodiscard]] std::optional<ZoneFile> read_zone_file(const std::filesystem::path& file,
                                                     const DnsName& apex, std::uint32_t default_ttl,
                                                     const Cursor& at, Findings& findings);

}  // namespace fairlead::config
