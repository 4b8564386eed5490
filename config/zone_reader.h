// SPDX-License-Identifier: Apache-2.0
#pragma once

// The `zones` of a configuration: SOA and NS, static records, and names whose addresses are
// steered. What the zone's file has is added to it; the two must not say the same thing.
// Thread rule: one thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/dns_name.h"
#include "config/fields.h"
#include "config/file_version.h"
#include "config/findings.h"
#include "config/rdata.h"
#include "config/tree_reader.h"
#include "config/zone_cuts.h"
#include "config/zone_file.h"
#include "config/zone_serials.h"
#include "policy/catalog.h"

namespace fairlead::config {

class ZoneReader {
  public:
    /// What serials of zones without an SOA of their own are made from.
    struct SerialSource {
        std::uint32_t modified = 0;  // the texts of the configuration, in Unix seconds
        std::uint64_t texts = 0;     // their digest
        ZoneSerials& serials;        // of before; becomes those of now
    };

    /// Zone files with a relative path stand in `directory`.
    ZoneReader(Findings& findings, policy::CatalogBuilder& builder, TreeReader& trees,
               std::filesystem::path directory, SerialSource serials)
        : findings_(findings),
          builder_(builder),
          trees_(trees),
          directory_(std::move(directory)),
          serials_(serials) {}
    ~ZoneReader() = default;
    ZoneReader(const ZoneReader&) = delete;
    ZoneReader& operator=(const ZoneReader&) = delete;

    /// REQUIRES: both outlive this object.
    void read(const Fields& top, const Fields* defaults);

    /// The zones' files, as they were when they were read.
    [[nodiscard]] const FileVersions& files() const { return files_; }

  private:
    struct NameServer {
        DnsName name;
        Cursor at;
        int line = 0;  // in the zone file; 0 = it is written at `at`
    };
    struct Zone {
        policy::ZoneIndex index = 0;
        DnsName apex;
        /// Where each name is written, and whether it has addresses.
        struct Owner {
            const Node* where = nullptr;
            bool has_address = false;
        };
        std::unordered_map<DnsName, Owner> owners;
        std::vector<NameServer> name_servers;
        std::optional<ZoneFile> file;
        std::uint32_t serial = 0;
        bool dnssec = false;
        bool overlay = false;
        ZoneCuts cuts;

        /// Lines in the file; 0 = it has no such record, or there is no file.
        [[nodiscard]] int line_in_file(const DnsName& owner, std::uint16_t type) const {
            return file ? file->line_of(owner, type) : 0;
        }
        [[nodiscard]] int address_in_file(const DnsName& owner) const {
            const int v4 = line_in_file(owner, kTypeA);
            return v4 > 0 ? v4 : line_in_file(owner, kTypeAaaa);
        }
    };
    struct Ttl {
        std::uint32_t seconds = 0;
        std::optional<std::uint32_t> min{};  // of `{max, min}`: `seconds` is the max then
        const Cursor* written = nullptr;     // in the record; nullptr = the default
    };
    /// What stands at one name, to hold it against the rules.
    struct RecordKinds {
        bool steered = false;
        bool may_be_cname = false;  // the policy can choose one
        const Cursor* cname = nullptr;
        const Cursor* other = nullptr;  // the first record type besides CNAME
    };

    void announce(const Cursor& entry);
    void read_zone(const Cursor& at, const DnsName& apex);
    void begin_zone(const Fields& fields, Zone& zone);
    void begin_overlay(const Fields& fields, Zone& zone);
    void read_file(const Fields& fields, Zone& zone);
    void add_file(Zone& zone);
    void read_ns(const Fields& fields, Zone& zone);
    void take_ns_of_file(const Cursor& at, Zone& zone);
    void read_soa(const Fields& fields, const Zone& zone);
    void read_record(const Cursor& at, Zone& zone);
    [[nodiscard]] std::optional<DnsName> read_owner(const Cursor& at, Zone& zone);
    [[nodiscard]] Ttl read_ttl(const Fields& fields) const;
    [[nodiscard]] Ttl read_ttl_range(const Cursor& at) const;

    /// The root of the tree; nothing after an error.
    std::optional<policy::NodeIndex> read_steering(const Fields& fields, const DnsName& owner,
                                                   const Ttl& ttl, const Zone& zone);
    void report_own_cname(const Cursor& at, const DnsName& owner, policy::NodeIndex root);
    void warn_about_ttl(const Ttl& ttl, bool checked);
    [[nodiscard]] std::uint32_t serial_of(const Zone& zone);
    void require_answers(const Cursor& at, policy::NodeIndex root);
    void warn_about_size(const Cursor& at, const DnsName& owner, policy::NodeIndex root);

    void read_statics(const Fields& fields, const DnsName& owner, const Ttl& ttl, RecordKinds kinds,
                      Zone& zone);
    void check_steered_cname(const RecordKinds& kinds, const Cursor& at, const DnsName& owner,
                             const Zone& zone);
    [[nodiscard]] std::optional<RecordType> read_type(const Cursor& at, const DnsName& owner,
                                                      const Zone& zone);
    std::size_t read_values(const Cursor& at, const RecordType& type, const DnsName& owner,
                            std::uint32_t ttl, const Zone& zone);
    void check_cname(const RecordKinds& kinds, const Cursor& at, const DnsName& owner,
                     const Zone& zone);
    void warn_about_name_servers(const Zone& zone);
    static void note_cut(const Fields& fields, const DnsName& owner, Zone& zone);
    static void note_cuts_of_file(const Cursor& at, Zone& zone);

    Findings& findings_;
    policy::CatalogBuilder& builder_;
    TreeReader& trees_;
    std::filesystem::path directory_;
    const SerialSource serials_;
    std::uint32_t default_ttl_ = 60;
    const Cursor* default_ttl_at_ = nullptr;
    bool warned_about_default_ttl_ = false;
    ZoneCuts::Zones zones_;
    FileVersions files_;
    std::vector<std::pair<Cursor, DnsName>> announced_;
};

}  // namespace fairlead::config
