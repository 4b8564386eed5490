// SPDX-License-Identifier: Apache-2.0
#include "config/zone_reader.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/fingerprint.h"
#include "base/nearest.h"
#include "policy/cname_targets.h"
#include "policy/emptiness.h"

namespace fairlead::config {
namespace {

constexpr std::uint32_t kApexTtl = 3600;  // of SOA and NS; negative answers take the SOA's minimum
constexpr std::uint32_t kLowTtl = 30;
constexpr std::uint32_t kHighTtl = 300;

/// "failover" when the record says so and it is a policy, else empty.
std::string_view policy_kind(const Cursor& at) {
    if (!at.node().is_mapping()) return {};
    const std::string_view words = find_key(Level::node, "policy")->words;
    for (std::size_t i = 0; i < at.node().size(); ++i) {
        if (at.node().key(i).text != "policy") continue;
        const auto word = at.node().value(i).text;
        return has_word(words, word) ? word : std::string_view();
    }
    return {};
}

bool has_node_key(const Fields& fields) {
    const auto keys = info(Level::node).keys;
    return std::any_of(keys.begin(), keys.end(),
                       [&](const Key& key) { return fields.find(key.name) != nullptr; });
}

std::string soa_content(const DnsName& mname, const DnsName& rname, std::uint32_t serial,
                        const Fields& soa) {
    std::string content =
        mname.to_string() + " " + rname.to_string() + " " + std::to_string(serial);
    for (const std::string_view key : {"refresh", "retry", "expire", "minimum"})
        content += " " + std::to_string(soa.seconds(key));
    return content;
}

}  // namespace

void ZoneReader::read(const Fields& top, const Fields* defaults) {
    if (defaults != nullptr) {
        default_ttl_ = defaults->seconds("ttl");
        default_ttl_at_ = defaults->find("ttl");
    }
    const auto entries = top.named("zones");
    if (entries.empty() && top.find("zones") != nullptr && top.find("zones")->node().is_mapping()) {
        findings_.add(Rule::empty_list, *top.find("zones"), "there is no zone");
    }
    for (const auto& entry : entries)
        announce(entry);
    for (const auto& [at, apex] : announced_)
        read_zone(at, apex);
}

void ZoneReader::announce(const Cursor& entry) {
    const auto text = entry.key().text;
    const auto apex = DnsName::parse(text);
    if (!apex || apex->is_root()) {
        findings_.add_at_key(Rule::bad_name, entry, in_quotes(text) + " is no name of a zone");
        return;
    }
    const auto [first, is_new] = zones_.emplace(*apex, &entry.key());
    if (!is_new) {
        findings_.add_at_key(
            Rule::duplicate_name, entry,
            "this zone stands at " + findings_.position(*first->second) + " already");
        return;
    }
    announced_.emplace_back(entry, *apex);
}

void ZoneReader::read_zone(const Cursor& at, const DnsName& apex) {
    const Fields fields(at, findings_, Grammar{Level::zone});
    if (!fields.is_mapping()) return;
    Zone zone{.index = 0,
              .apex = apex,
              .owners = {},
              .name_servers = {},
              .file = {},
              .serial = 0,
              .cuts = ZoneCuts(zones_, apex)};
    fields.boolean("overlay") ? begin_overlay(fields, zone) : begin_zone(fields, zone);
    for (const auto& record : fields.named("records"))
        read_record(record, zone);
    if (zone.file) note_cuts_of_file(*fields.find("file"), zone);
    zone.cuts.report(findings_);
    warn_about_name_servers(zone);
    add_file(zone);
}

void ZoneReader::begin_zone(const Fields& fields, Zone& zone) {
    read_file(fields, zone);
    zone.serial = serial_of(zone);
    zone.dnssec = fields.boolean("dnssec");
    zone.index = builder_.add_zone(zone.apex, zone.serial, zone.dnssec);
    read_ns(fields, zone);
    read_soa(fields, zone);
}

void ZoneReader::begin_overlay(const Fields& fields, Zone& zone) {
    for (const char* key : {"ns", "soa", "file", "dnssec"}) {
        const Cursor* at = fields.find(key);
        if (at == nullptr) continue;
        findings_.add_at_key(Rule::superfluous_key, *at,
                             "an overlay adds records to a zone that another backend has, with its "
                             "SOA, name servers and keys");
    }
    zone.overlay = true;
    zone.index = builder_.add_overlay(zone.apex);
}

/// Finds the zone's name servers too, if they stand in the file or nowhere.
void ZoneReader::read_file(const Fields& fields, Zone& zone) {
    const Cursor* at = fields.find("file");
    const bool has_ns = fields.find("ns") != nullptr;
    if (at == nullptr) {
        if (has_ns) return;
        return findings_.add(Rule::missing_key, fields.at(), "the key \"ns\" is required");
    }
    const auto name = read_text(*at, findings_);
    if (!name) return;
    const auto errors = findings_.errors();
    files_.push_back(version_of(directory_ / *name));  // before it is read
    zone.file = read_zone_file(files_.back().path, zone.apex, default_ttl_, *at, findings_);
    if (!zone.file) return;
    take_ns_of_file(*at, zone);
    if (has_ns || !zone.name_servers.empty() || findings_.errors() != errors) return;
    findings_.add(Rule::missing_key, fields.at(),
                  "the zone has no name servers: neither ns nor NS records at the top of " +
                      zone.file->name());
}

/// That of the zone's file, if there is one, is its author's.
std::uint32_t ZoneReader::serial_of(const Zone& zone) {
    const auto& [modified, texts, serials] = serials_;
    if (!zone.file) return next_serial(serials, zone.apex, texts, modified);
    const auto both = Fingerprint().add(texts).add(zone.file->digest()).value();
    if (const auto written = zone.file->serial()) {
        serials[zone.apex] = {.texts = both, .serial = *written};  // for when the file has none
        return *written;
    }
    const std::int64_t newest = std::numeric_limits<std::uint32_t>::max();
    const auto of_file =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(zone.file->modified(), 0, newest));
    return next_serial(serials, zone.apex, both, std::max(modified, of_file));
}

void ZoneReader::take_ns_of_file(const Cursor& at, Zone& zone) {
    for (const auto& record : zone.file->records()) {
        if (record.type != kTypeNs || record.owner != zone.apex) continue;
        auto name = DnsName::parse(record.data.content);
        if (!name) continue;
        zone.name_servers.push_back({.name = *std::move(name), .at = at, .line = record.line});
    }
}

void ZoneReader::add_file(Zone& zone) {
    if (!zone.file) return;
    for (const auto& record : zone.file->records())
        builder_.add_static(zone.index, record.owner, record.data);
}

void ZoneReader::read_ns(const Fields& fields, Zone& zone) {
    const Cursor* at = fields.find("ns");
    if (const int line = zone.line_in_file(zone.apex, kTypeNs); at != nullptr && line > 0) {
        return findings_.add_at_key(Rule::zone_file_conflict, *at,
                                    "the zone file has name servers at " +
                                        zone.file->position(line) + "; keep one of the two");
    }
    std::unordered_set<DnsName> seen;
    for (const auto& item : fields.list("ns")) {
        const auto name = read_dns_name(item, findings_);
        if (!name) continue;
        if (!seen.insert(*name).second) {
            findings_.add(Rule::duplicate_record, item, "this name server stands here twice");
            continue;
        }
        zone.name_servers.push_back({.name = *name, .at = item});
        builder_.add_static(
            zone.index, zone.apex,
            {.type = "NS", .ttl = kApexTtl, .content = name->to_string(), .auth = true});
    }
}

void ZoneReader::read_soa(const Fields& fields, const Zone& zone) {
    static constexpr Node kNothing{.kind = Node::Kind::mapping, .text = {}};
    const Cursor absent(kNothing);
    const Cursor* at = fields.find("soa");
    if (const int line = zone.line_in_file(zone.apex, kTypeSoa); line > 0) {
        if (at == nullptr) return;
        return findings_.add_at_key(
            Rule::zone_file_conflict, *at,
            "the zone file has an SOA at " + zone.file->position(line) + "; keep one of the two");
    }
    const Fields soa(at == nullptr ? absent : *at, findings_, Grammar{Level::soa});
    const auto name_or = [&](std::string_view key, const std::optional<DnsName>& otherwise) {
        const Cursor* written = soa.find(key);
        const auto name = written == nullptr ? std::nullopt : read_dns_name(*written, findings_);
        return name ? *name : otherwise.value_or(zone.apex);
    };
    const auto first_ns = zone.name_servers.empty() ? zone.apex : zone.name_servers.front().name;
    const auto mname = name_or("mname", first_ns);
    const auto rname = name_or("rname", zone.apex.child("hostmaster"));
    builder_.add_static(zone.index, zone.apex,
                        {.type = "SOA",
                         .ttl = kApexTtl,
                         .content = soa_content(mname, rname, zone.serial, soa),
                         .auth = true});
}

void ZoneReader::read_record(const Cursor& at, Zone& zone) {
    const Fields fields(at, findings_, {{Level::record}, {Level::node, policy_kind(at)}},
                        looks_like_record_type);
    const auto owner = read_owner(at, zone);
    if (!fields.is_mapping() || !owner) return;
    const auto ttl = read_ttl(fields);
    const bool steered = has_node_key(fields);
    RecordKinds kinds{.steered = steered};
    if (steered) {
        const auto root = read_steering(fields, *owner, ttl, zone);
        kinds.may_be_cname = root && trees_.facts(*root).may_be_cname;
        zone.owners[*owner].has_address = !root || !trees_.facts(*root).has_only_cnames();
        if (kinds.may_be_cname) report_own_cname(at, *owner, *root);
        if (const int line = zone.address_in_file(*owner); line > 0) {
            findings_.add_at_key(Rule::static_and_steered, at,
                                 "the policy of this name answers A and AAAA, but an address "
                                 "stands at " +
                                     zone.file->position(line) + "; put it among the targets");
        }
    }
    if (ttl.min && !steered) {
        findings_.add(Rule::superfluous_key, *ttl.written,
                      "max and min are for addresses that a policy chooses; write one ttl");
    }
    read_statics(fields, *owner, ttl, kinds, zone);
    note_cut(fields, *owner, zone);
    const std::size_t besides_records = ttl.written == nullptr ? 0 : 1;
    if (at.node().size() == besides_records) {
        findings_.add_at_key(Rule::empty_record, at,
                             "nothing stands at this name; give it a policy or records by type");
    }
}

std::optional<DnsName> ZoneReader::read_owner(const Cursor& at, Zone& zone) {
    const auto text = at.key().text;
    auto owner = zone.apex.child(text);
    if (!owner) {
        findings_.add_at_key(Rule::bad_name, at, in_quotes(text) + " is no DNS name");
        return std::nullopt;
    }
    if (!owner->is_at_or_below(zone.apex)) {
        findings_.add_at_key(Rule::outside_zone, at,
                             owner->to_string() + " does not lie in " + zone.apex.to_string());
        return std::nullopt;
    }
    if (zone.overlay && *owner == zone.apex) {
        findings_.add_at_key(Rule::apex_record, at,
                             "PowerDNS takes all types of a name from one backend, and SOA and NS "
                             "of this one are in another; steer a name below, or have the whole "
                             "zone here");
        return std::nullopt;
    }
    const auto [first, is_new] =
        zone.owners.emplace(*owner, Zone::Owner{.where = &at.key(), .has_address = false});
    if (!is_new) {
        findings_.add_at_key(Rule::duplicate_name, at,
                             owner->to_string() + " stands at " +
                                 findings_.position(*first->second.where) + " already");
        return std::nullopt;
    }
    return owner;
}

ZoneReader::Ttl ZoneReader::read_ttl(const Fields& fields) const {
    const Cursor* at = fields.find("ttl");
    if (at == nullptr) return {.seconds = default_ttl_};
    if (at->node().is_mapping()) return read_ttl_range(*at);
    return {.seconds = fields.seconds("ttl"), .written = at};
}

ZoneReader::Ttl ZoneReader::read_ttl_range(const Cursor& at) const {
    const Fields range(at, findings_, Grammar{Level::ttl});
    const auto errors = findings_.errors();
    const bool complete = range.has_required();
    const Ttl ttl{.seconds = range.seconds("max"), .min = range.seconds("min"), .written = &at};
    if (!complete || findings_.errors() > errors) return {.seconds = default_ttl_, .written = &at};
    if (*ttl.min > ttl.seconds) {
        findings_.add(Rule::out_of_range, at, "min is more than max");
    }
    return ttl;
}

std::optional<policy::NodeIndex> ZoneReader::read_steering(const Fields& fields,
                                                           const DnsName& owner, const Ttl& ttl,
                                                           const Zone& zone) {
    const auto root = trees_.read_root(fields, owner.to_string());
    if (!root) return root;
    warn_about_ttl(ttl, trees_.facts(*root).depends.health);
    warn_about_size(fields.at(), owner, *root);
    if (zone.dnssec) require_answers(fields.at(), *root);
    builder_.add_steering(zone.index, owner,
                          {.root = *root, .ttl = ttl.seconds, .ttl_min = ttl.min});
    return root;
}

void ZoneReader::report_own_cname(const Cursor& at, const DnsName& owner, policy::NodeIndex root) {
    const auto targets = policy::cname_targets(builder_.forest, root);
    if (std::ranges::find(targets, owner) == targets.end()) return;
    findings_.add_at_key(Rule::reference_loop, at,
                         "the policy of this name can answer a CNAME that leads to " +
                             owner.to_string() + " itself");
}

void ZoneReader::warn_about_ttl(const Ttl& ttl, bool checked) {
    const auto lowest = ttl.min.value_or(ttl.seconds);
    const bool low = lowest < kLowTtl;
    const bool high = ttl.seconds > kHighTtl && checked;
    const bool is_default = ttl.written == nullptr;
    const Cursor* at = is_default ? default_ttl_at_ : ttl.written;
    if (at == nullptr || !(low || high) || (is_default && warned_about_default_ttl_)) return;
    warned_about_default_ttl_ |= is_default;
    findings_.add(low ? Rule::low_ttl : Rule::high_ttl, *at,
                  low ? "resolvers come back for steered names every " + std::to_string(lowest) +
                            " s; 30 s or more is kinder"
                      : "clients keep a dead address up to " + std::to_string(ttl.seconds) +
                            " s; 300 s or less fails over in time");
}

/// An NSEC or NSEC3 record names all types that a name can have, whoever asks and whatever is
/// healthy. With an address that is there for some only, the others would get an empty answer whose
/// proof says that there is one: forged, to a validating resolver.
void ZoneReader::require_answers(const Cursor& at, policy::NodeIndex root) {
    for (const auto family : {Family::v4, Family::v6}) {
        const auto silent = policy::may_be_empty(builder_.forest, root, family);
        if (!silent) continue;
        const char* type = address_type(family);
        findings_.add_at_key(
            Rule::dnssec_empty_answer, at,
            "this zone is signed, but " + std::string(type) + " of this name can be empty: " +
                builder_.forest.node(silent->node).label + " " + to_string(silent->reason, type));
    }
}

/// RFC 1035 and 6891: header 12, question, OPT with client subnet 11 + 24; a record 12 + address.
void ZoneReader::warn_about_size(const Cursor& at, const DnsName& owner, policy::NodeIndex root) {
    static constexpr std::uint32_t kUdpPayload = 1232;
    static constexpr std::uint32_t kFixed = 12 + 5 + 11 + 24;
    static constexpr std::uint32_t kV4Record = 12 + 4;
    static constexpr std::uint32_t kV6Record = 12 + 16;
    const auto size = trees_.answer_size(root);
    const auto fixed = kFixed + static_cast<std::uint32_t>(owner.wire().size());
    const auto largest = fixed + std::max(size.v4 * kV4Record, size.v6 * kV6Record);
    if (largest <= kUdpPayload) return;
    findings_.add_at_key(Rule::answer_too_large, at,
                         "an answer can take " + std::to_string(largest) +
                             " bytes; what does not fit into 1232 goes over TCP");
}

void ZoneReader::read_statics(const Fields& fields, const DnsName& owner, const Ttl& ttl,
                              RecordKinds kinds, Zone& zone) {
    std::unordered_map<std::uint16_t, const Cursor*> seen;
    for (const auto& at : fields.others()) {
        const auto type = read_type(at, owner, zone);
        if (!type) continue;
        if (!seen.emplace(type->number, &at).second) {  // TYPE15 beside MX
            findings_.add_at_key(Rule::duplicate_key, at, type->mnemonic + " stands here already");
            continue;
        }
        const bool is_address = type->mnemonic == "A" || type->mnemonic == "AAAA";
        if (is_address && kinds.steered) {
            findings_.add_at_key(Rule::static_and_steered, at,
                                 "the policy of this name answers A and AAAA; put the address "
                                 "among its targets");
            continue;
        }
        if (const int line = zone.line_in_file(owner, type->number); line > 0) {
            findings_.add_at_key(Rule::zone_file_conflict, at,
                                 type->mnemonic + " of this name stands at " +
                                     zone.file->position(line) + " too; keep one of the two");
            continue;
        }
        const auto values = read_values(at, *type, owner, ttl.seconds, zone);
        zone.owners[owner].has_address |= is_address;
        if (type->mnemonic != "CNAME") {
            if (kinds.other == nullptr) kinds.other = &at;
            continue;
        }
        kinds.cname = &at;
        if (values > 1) findings_.add(Rule::cname_not_alone, at, "a name has one CNAME at most");
    }
    check_cname(kinds, fields.at(), owner, zone);
    if (kinds.may_be_cname) check_steered_cname(kinds, fields.at(), owner, zone);
}

/// What a name can be at some moments only, its zone must have room for at all.
void ZoneReader::check_steered_cname(const RecordKinds& kinds, const Cursor& at,
                                     const DnsName& owner, const Zone& zone) {
    static constexpr const char* kCan = "the policy of this name can answer a CNAME, ";
    const int line = zone.file ? zone.file->line_besides_cname(owner) : 0;
    if (owner == zone.apex) {
        findings_.add_at_key(Rule::cname_at_apex, at,
                             std::string(kCan) +
                                 "and the top of a zone has SOA and NS, beside which none can "
                                 "stand; write alias: in place of cname:");
    } else if (kinds.other != nullptr) {
        findings_.add_at_key(Rule::cname_not_alone, *kinds.other,
                             std::string(kCan) + "beside which no other data can stand");
    } else if (line > 0) {
        findings_.add_at_key(Rule::cname_not_alone, at,
                             std::string(kCan) +
                                 "beside which nothing can stand, such as that at " +
                                 zone.file->position(line));
    }
}

void ZoneReader::check_cname(const RecordKinds& kinds, const Cursor& at, const DnsName& owner,
                             const Zone& zone) {
    if (kinds.cname == nullptr) {
        const int line = zone.line_in_file(owner, kTypeCname);
        if (line == 0 || !(kinds.steered || kinds.other != nullptr)) return;
        return findings_.add_at_key(
            Rule::cname_not_alone, at,
            "nothing can stand beside the CNAME at " + zone.file->position(line));
    }
    if (owner == zone.apex) {
        findings_.add_at_key(Rule::cname_at_apex, *kinds.cname,
                             "the top of a zone has SOA and NS, beside which no CNAME can stand");
    } else if (kinds.steered || kinds.other != nullptr) {
        findings_.add_at_key(Rule::cname_not_alone, *kinds.cname,
                             "a CNAME cannot stand beside other data");
    } else if (const int line = zone.file ? zone.file->line_besides_cname(owner) : 0; line > 0) {
        findings_.add_at_key(
            Rule::cname_not_alone, *kinds.cname,
            "a CNAME cannot stand beside other data, such as that at " + zone.file->position(line));
    }
}

std::optional<RecordType> ZoneReader::read_type(const Cursor& at, const DnsName& owner,
                                                const Zone& zone) {
    const auto key = at.key().text;
    auto type = find_record_type(key);
    if (!type) {
        const auto& names = record_type_names();
        const std::vector<std::string_view> known(names.begin(), names.end());
        findings_.add_at_key(Rule::unknown_key, at,
                             "there is no record type " + in_quotes(key) +
                                 did_you_mean(key, known) + "; any type can be written as TYPEnnn");
        return std::nullopt;
    }
    if (is_generated_type(*type)) {
        findings_.add_at_key(Rule::generated_type, at,
                             type->mnemonic +
                                 " cannot be written: PowerDNS makes it or acts on it, or it "
                                 "exists only in messages");
        return std::nullopt;
    }
    const bool apex_ns = type->mnemonic == "NS" && owner == zone.apex;
    if (type->mnemonic == "SOA" || apex_ns) {
        findings_.add_at_key(
            Rule::apex_record, at,
            apex_ns ? "write the zone's name servers under ns" : "write the zone's SOA under soa");
        return std::nullopt;
    }
    return type;
}

std::size_t ZoneReader::read_values(const Cursor& at, const RecordType& type, const DnsName& owner,
                                    std::uint32_t ttl, const Zone& zone) {
    std::vector<Cursor> items;
    if (at.node().is_sequence()) {
        for (std::size_t i = 0; i < at.node().items().size(); ++i)
            items.push_back(at.item(i));
        if (items.empty()) findings_.add(Rule::empty_list, at, "the list is empty");
    } else {
        items.push_back(at);
    }
    std::unordered_set<std::string> seen;
    for (const auto& item : items) {
        const auto text = read_text(item, findings_);
        if (!text) continue;
        auto result = read_rdata(type, *text);
        if (!result.rdata) {
            findings_.add(result.rule, item,
                          type.mnemonic + " " + in_quotes(*text) + ": " + result.message);
            continue;
        }
        if (!seen.insert(result.rdata->content).second) {
            findings_.add(Rule::duplicate_record, item, "this record stands here twice");
            continue;
        }
        builder_.add_static(zone.index, owner,
                            {.type = std::move(result.rdata->type),
                             .ttl = ttl,
                             .content = std::move(result.rdata->content),
                             .auth = true});
    }
    return items.size();
}

void ZoneReader::note_cut(const Fields& fields, const DnsName& owner, Zone& zone) {
    const auto cut = zone.cuts.above(owner);
    if (!cut) return;
    const auto note = [&](std::uint16_t type, const Cursor& at) {
        zone.cuts.add({.owner = owner,
                       .cut = *cut,
                       .type = type,
                       .key = &at.key(),
                       .line = {},
                       .path = at.path()});
    };
    if (has_node_key(fields)) note(ZoneCuts::kPolicy, fields.at());
    for (const auto& at : fields.others()) {
        const auto type = find_record_type(at.key().text);
        if (!type) continue;  // which has been reported
        note(type->number, at);
        if (type->number != kTypeNs || owner != *cut) continue;
        if (at.node().is_scalar()) zone.cuts.add_server(at.node().text);
        for (const auto& server : at.node().items())
            zone.cuts.add_server(server.text);
    }
}

void ZoneReader::note_cuts_of_file(const Cursor& at, Zone& zone) {
    for (const auto& record : zone.file->records()) {
        const auto cut = zone.cuts.above(record.owner);
        if (!cut) continue;
        zone.cuts.add({.owner = record.owner,
                       .cut = *cut,
                       .type = record.type,
                       .key = nullptr,
                       .line = {.file = zone.file->name(), .line = record.line},
                       .path = at.path()});
        if (record.type == kTypeNs && record.owner == *cut) {
            zone.cuts.add_server(record.data.content);
        }
    }
}

void ZoneReader::warn_about_name_servers(const Zone& zone) {
    for (const auto& [name, at, line] : zone.name_servers) {
        if (!name.is_at_or_below(zone.apex) || zone.address_in_file(name) > 0) continue;
        const auto owner = zone.owners.find(name);
        if (owner != zone.owners.end() && owner->second.has_address) continue;
        DnsName ancestor = name;
        while (ancestor != zone.apex && !zones_.contains(ancestor))
            ancestor = ancestor.parent();
        if (ancestor != zone.apex) continue;  // its address stands in another zone of ours
        const auto message = name.to_string() + " lies in this zone, but has no address record";
        if (line == 0) {
            findings_.add(Rule::ns_without_address, at, message);
        } else {
            findings_.add(Rule::ns_without_address, {.file = zone.file->name(), .line = line},
                          at.path(), message);
        }
    }
}

}  // namespace fairlead::config
