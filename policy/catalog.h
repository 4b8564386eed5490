// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything a configuration answers: zones, their names, what stands at each name.
//
// Every name that exists is here, empty non-terminals too; nothing is synthesised at query time.
// Wildcards are names like any other ("*.example.com."): PowerDNS asks for them itself.
//
// Thread rule: made by CatalogBuilder, deeply const afterwards. References live as long as it does.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/dns_name.h"
#include "base/result.h"
#include "checks/alias.h"
#include "checks/health_check.h"
#include "policy/tree.h"

namespace fairlead::policy {

using ZoneIndex = std::uint32_t;
using RecordSetIndex = std::uint32_t;

struct StaticRecord {
    std::string type;       // mnemonic as PowerDNS writes it: "MX", "TYPE65534"
    std::uint32_t ttl = 0;  // seconds
    std::string content;    // presentation format, names absolute
    bool auth = true;       // false: glue, and NS at a delegation
};

/// A name whose addresses are decided per query.
struct Steering {
    NodeIndex root = 0;
    std::uint32_t ttl = 60;  // seconds
    /// Given: the TTL is no longer than what the checks found will stand (Snapshot::steady_s_of),
    /// but never shorter than this, in seconds.
    std::optional<std::uint32_t> ttl_min;
    bool auth = true;  // false: glue, at a delegation or below
};

/// All that stands at one name of one zone.
struct RecordSet {
    DnsName name;
    ZoneIndex zone = 0;
    std::vector<StaticRecord> statics;
    std::optional<Steering> steering;
    bool occluded = false;  // below a delegation: glue at most

    /// An NSEC record of a signed zone stands here (RFC 4035 section 2.3).
    [[nodiscard]] bool owns_nsec() const { return !occluded && !is_empty_non_terminal(); }
    [[nodiscard]] bool is_empty_non_terminal() const { return statics.empty() && !steering; }
};

struct Zone {
    DnsName name;
    /// By which PowerDNS asks for it, and what it keeps in its caches over a reload: a number that
    /// follows from the name, so that no other zone has it in the next configuration.
    std::uint32_t id = 0;
    std::uint32_t serial = 0;  // of its SOA
    bool dnssec = false;       // it may be signed: no answer of its is ever empty by chance
    bool overlay = false;      // the zone is another backend's, to which these names are added
    std::vector<RecordSetIndex> contents;  // canonical order, the apex first (if an overlay has it)
};

/// From a name's wire form, which must outlive it, to its place.
using NameIndex = boost::unordered_flat_map<std::string_view, RecordSetIndex>;

class Catalog {
  public:
    Catalog() = default;
    ~Catalog() = default;
    Catalog(const Catalog&) = delete;
    Catalog& operator=(const Catalog&) = delete;
    Catalog(Catalog&&) = default;
    Catalog& operator=(Catalog&&) = default;

    /// What stands at `name`. A name can stand in two zones (a zone cut between two of ours): then
    /// the one whose zone is `zone_id`, else the deeper zone's. Any `zone_id` that fits no zone is
    /// ignored, because PowerDNS may pass another backend's. nullptr when the name does not exist.
    [[nodiscard]] const RecordSet* find(const DnsName& name, std::int64_t zone_id) const;

    [[nodiscard]] const std::vector<Zone>& zones() const { return zones_; }
    /// nullptr when there is no such zone.
    [[nodiscard]] const Zone* find_zone(const DnsName& name) const;
    [[nodiscard]] const Zone* find_zone(std::int64_t id) const;
    /// The same, but nullptr for an overlay.
    template <typename Key>
    [[nodiscard]] const Zone* find_own_zone(const Key& key) const {
        const Zone* zone = find_zone(key);
        return zone == nullptr || zone->overlay ? nullptr : zone;
    }
    [[nodiscard]] ZoneIndex index_of(const Zone& zone) const {
        return static_cast<ZoneIndex>(&zone - zones_.data());
    }

    /// The owner of the NSEC record that shows what stands at `name`, or that nothing does, and the
    /// next in canonical order; after the last comes the apex. `name` lies in `zone`, which has
    /// something at its apex.
    struct Neighbours {
        const RecordSet& before;
        const RecordSet& after;
    };
    [[nodiscard]] Neighbours neighbours(const Zone& zone, const DnsName& name) const;

    [[nodiscard]] const RecordSet& record_set(RecordSetIndex index) const { return sets_[index]; }
    [[nodiscard]] std::size_t record_set_count() const { return sets_.size(); }
    [[nodiscard]] const Forest& forest() const { return forest_; }

    /// Who is asked what host names resolve to: "192.0.2.53:5353,..."; empty = the system's
    /// servers.
    [[nodiscard]] const std::string& name_servers() const { return name_servers_; }

    /// What the checker has to probe; a subject's index is its slot in health snapshots.
    [[nodiscard]] const std::vector<checks::HealthCheck>& checks() const { return checks_; }
    [[nodiscard]] const std::vector<checks::Subject>& subjects() const { return subjects_; }
    /// The names that are resolved to be answered; in the order of AliasTable::aliases.
    [[nodiscard]] const std::vector<checks::Alias>& aliases() const { return aliases_; }

  private:
    friend class CatalogBuilder;
    std::vector<Zone> zones_;
    std::vector<RecordSet> sets_;
    NameIndex by_name_;
    std::unordered_map<DnsName, std::vector<RecordSetIndex>> shadowed_;  // names of two zones
    std::unordered_map<DnsName, ZoneIndex> zone_by_name_;
    boost::unordered_flat_map<std::int64_t, ZoneIndex> zone_by_id_;
    Forest forest_;
    std::vector<checks::HealthCheck> checks_;
    std::vector<checks::Subject> subjects_;
    std::vector<checks::Alias> aliases_;
    std::string name_servers_;
};

/// Collects what a loader found and makes the catalog of it. The loader has validated everything
/// before: what could only be a loader's bug here asserts.
class CatalogBuilder {
  public:
    /// The trees; endpoints refer to subjects made by subject().
    Forest forest;
    std::string name_servers;

    /// Index for Subject::check.
    std::uint32_t add_check(checks::HealthCheck check);
    /// The slot of `wanted`, or of its check's own target: one target and check, one probe. The
    /// children of a calculated check get theirs too. REQUIRES: all checks have been added.
    checks::SubjectIndex subject(const checks::Subject& wanted);
    /// The alias for this name, every address of which has this check. The same rule, and REQUIRES
    /// the same.
    AliasUse alias(const std::string& host, std::optional<std::uint32_t> check);
    [[nodiscard]] const std::vector<checks::Alias>& aliases() const { return aliases_; }
    [[nodiscard]] const std::vector<checks::HealthCheck>& checks() const { return checks_; }

    /// What has been added so far.
    [[nodiscard]] const std::deque<RecordSet>& record_sets() const { return sets_; }

    /// Zones first, then their records. The serial is that of the SOA among the records.
    ZoneIndex add_zone(DnsName name, std::uint32_t serial, bool dnssec = false);
    /// A zone whose SOA and name servers PowerDNS has from elsewhere.
    ZoneIndex add_overlay(DnsName name);
    void add_static(ZoneIndex zone, const DnsName& owner, StaticRecord record);
    void add_steering(ZoneIndex zone, const DnsName& owner, Steering steering);

    /// Adds empty non-terminals, works out `auth` below delegations (RFC 4035 section 2.2), sorts,
    /// and compiles the trees, see Forest::compile().
    [[nodiscard]] Catalog build(const geo::Partition& geography,
                                std::shared_ptr<const geo::LatencyTable> latencies = nullptr) &&;

  private:
    struct SubjectHash {
        std::size_t operator()(const checks::Subject& subject) const;
    };

    RecordSet& at(ZoneIndex zone, const DnsName& owner);
    void add_empty_non_terminals();
    void sort_contents();
    void mark_delegations();
    static void number_zones(Catalog& catalog);
    void index_names(Catalog& catalog);

    std::vector<Zone> zones_;
    std::deque<RecordSet> sets_;  // which stay where they are: `by_zone_` has views of their names
    std::vector<NameIndex> by_zone_;
    std::vector<checks::HealthCheck> checks_;
    std::vector<checks::Subject> subjects_;
    std::vector<checks::Alias> aliases_;
    std::map<std::pair<std::string, std::optional<std::uint32_t>>, AliasUse> alias_uses_;
    boost::unordered_flat_map<checks::Subject, checks::SubjectIndex, SubjectHash> slots_;
};

}  // namespace fairlead::policy
