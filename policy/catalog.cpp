// SPDX-License-Identifier: Apache-2.0
#include "policy/catalog.h"

#include <algorithm>
#include <cassert>

#include "base/fingerprint.h"

namespace fairlead::policy {
namespace {

bool has_type(const RecordSet& set, std::string_view type) {
    return std::any_of(set.statics.begin(), set.statics.end(),
                       [&](const StaticRecord& record) { return record.type == type; });
}

}  // namespace

const RecordSet* Catalog::find(const DnsName& name, std::int64_t zone_id) const {
    const auto found = by_name_.find(name.wire());
    if (found == by_name_.end()) return nullptr;
    if (const auto twins = shadowed_.find(name); twins != shadowed_.end()) {
        for (const auto index : twins->second) {
            if (zones_[sets_[index].zone].id == zone_id) return &sets_[index];
        }
    }
    return &sets_[found->second];
}

const Zone* Catalog::find_zone(const DnsName& name) const {
    const auto found = zone_by_name_.find(name);
    return found == zone_by_name_.end() ? nullptr : &zones_[found->second];
}

const Zone* Catalog::find_zone(std::int64_t id) const {
    const auto found = zone_by_id_.find(id);
    return found == zone_by_id_.end() ? nullptr : &zones_[found->second];
}

Catalog::Neighbours Catalog::neighbours(const Zone& zone, const DnsName& name) const {
    const auto& contents = zone.contents;
    const auto owns = [this](RecordSetIndex index) { return sets_[index].owns_nsec(); };
    const auto behind =
        std::upper_bound(contents.begin(), contents.end(), name,
                         [this](const DnsName& wanted, RecordSetIndex index) {
                             return DnsName::canonically_before(wanted, sets_[index].name);
                         });
    const auto before = std::find_if(std::make_reverse_iterator(behind), contents.rend(), owns);
    const auto after = std::find_if(behind, contents.end(), owns);
    return {.before = sets_[before == contents.rend() ? contents.front() : *before],
            .after = sets_[after == contents.end() ? contents.front() : *after]};
}

std::size_t CatalogBuilder::SubjectHash::operator()(const checks::Subject& subject) const {
    const auto bytes = subject.address.bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return std::hash<std::string_view>{}(text) + std::hash<std::string>{}(subject.host) +
           subject.check + std::size_t{subject.place} * 31;
}

std::uint32_t CatalogBuilder::add_check(checks::HealthCheck check) {
    checks_.push_back(std::move(check));
    return static_cast<std::uint32_t>(checks_.size() - 1);
}

checks::SubjectIndex CatalogBuilder::subject(const checks::Subject& wanted) {
    assert(wanted.check < checks_.size());
    const auto subject = checks::subject_of(checks_, wanted.check, wanted);
    const auto next = static_cast<checks::SubjectIndex>(subjects_.size());
    const auto [slot, is_new] = slots_.try_emplace(subject, next);
    if (!is_new) return slot->second;
    subjects_.push_back(subject);
    if (const auto* made = std::get_if<checks::Calculation>(&checks_[subject.check].probe)) {
        for (const auto child : made->children)
            static_cast<void>(this->subject({.check = child,
                                             .address = subject.address,
                                             .host = subject.host,
                                             .place = subject.place}));
    }
    return next;
}

AliasUse CatalogBuilder::alias(const std::string& host, std::optional<std::uint32_t> check) {
    const AliasUse next{.index = static_cast<std::uint32_t>(aliases_.size()),
                        .is_checked = check.has_value()};
    const auto [use, is_new] = alias_uses_.try_emplace({host, check}, next);
    if (!is_new) return use->second;
    checks::Alias alias{.host = host};
    for (std::size_t i = 0; check && i < checks::kAliasPlaces; ++i) {
        const auto of_place = [&](Family family) {
            return subject({.check = *check,
                            .address = {},
                            .host = host,
                            .place = checks::place_of(family, i)});
        };
        alias.v4[i] = of_place(Family::v4);
        alias.v6[i] = of_place(Family::v6);
    }
    aliases_.push_back(std::move(alias));
    return next;
}

ZoneIndex CatalogBuilder::add_zone(DnsName name, std::uint32_t serial, bool dnssec) {
    Zone& zone = zones_.emplace_back();
    zone.name = std::move(name);
    zone.serial = serial;
    zone.dnssec = dnssec;
    by_zone_.emplace_back();
    return static_cast<ZoneIndex>(zones_.size() - 1);
}

ZoneIndex CatalogBuilder::add_overlay(DnsName name) {
    const auto index = add_zone(std::move(name), 0);
    zones_[index].overlay = true;
    return index;
}

RecordSet& CatalogBuilder::at(ZoneIndex zone, const DnsName& owner) {
    assert(owner.is_at_or_below(zones_[zone].name));
    const auto next = static_cast<RecordSetIndex>(sets_.size());
    const auto found = by_zone_[zone].find(owner.wire());
    if (found != by_zone_[zone].end()) return sets_[found->second];
    auto& made =
        sets_.emplace_back(RecordSet{.name = owner, .zone = zone, .statics = {}, .steering = {}});
    by_zone_[zone].emplace(made.name.wire(), next);
    return made;
}

void CatalogBuilder::add_static(ZoneIndex zone, const DnsName& owner, StaticRecord record) {
    at(zone, owner).statics.push_back(std::move(record));
}

void CatalogBuilder::add_steering(ZoneIndex zone, const DnsName& owner, Steering steering) {
    at(zone, owner).steering = steering;
}

Catalog CatalogBuilder::build(const geo::Partition& geography,
                              std::shared_ptr<const geo::LatencyTable> latencies) && {
    add_empty_non_terminals();
    for (RecordSetIndex i = 0; i < sets_.size(); ++i)
        zones_[sets_[i].zone].contents.push_back(i);
    sort_contents();
    mark_delegations();
    forest.compile(geography, std::move(latencies));

    Catalog catalog;
    catalog.zones_ = std::move(zones_);
    catalog.sets_.assign(std::make_move_iterator(sets_.begin()),
                         std::make_move_iterator(sets_.end()));
    catalog.forest_ = std::move(forest);
    catalog.checks_ = std::move(checks_);
    catalog.name_servers_ = std::move(name_servers);
    catalog.subjects_ = std::move(subjects_);
    catalog.subjects_.shrink_to_fit();
    catalog.aliases_ = std::move(aliases_);
    index_names(catalog);
    number_zones(catalog);
    return catalog;
}

/// Every name between an owner and its apex exists (RFC 8020): without this PowerDNS would say
/// NXDOMAIN for "b.example.com" although "a.b.example.com" is there.
void CatalogBuilder::add_empty_non_terminals() {
    const auto owners = sets_.size();
    for (std::size_t i = 0; i < owners; ++i) {
        const ZoneIndex zone = sets_[i].zone;
        const DnsName apex = zones_[zone].name;
        DnsName name = sets_[i].name;
        while (name != apex) {
            name = name.parent();
            if (name == apex && zones_[zone].overlay) break;  // where another backend has the SOA
            if (by_zone_[zone].contains(name.wire())) break;  // its ancestors are there, or will be
            at(zone, name);
        }
    }
}

void CatalogBuilder::sort_contents() {
    for (auto& zone : zones_) {
        std::sort(zone.contents.begin(), zone.contents.end(),
                  [this](RecordSetIndex a, RecordSetIndex b) {
                      return DnsName::canonically_before(sets_[a].name, sets_[b].name);
                  });
    }
}

/// NS records below the apex hand a subtree to other servers: they, and all below them, are not
/// authoritative here; DS at the cut is (RFC 4035 section 2.2). In canonical order a subtree
/// follows its top at once.
void CatalogBuilder::mark_delegations() {
    for (const auto& zone : zones_) {
        const DnsName* cut = nullptr;
        for (const auto index : zone.contents) {
            RecordSet& set = sets_[index];
            const bool below = cut != nullptr && set.name.is_at_or_below(*cut);
            const bool is_cut = !below && set.name != zone.name && has_type(set, "NS");
            if (is_cut) cut = &set.name;
            if (!below && !is_cut) continue;
            set.occluded = below;
            for (auto& record : set.statics)
                record.auth = is_cut && record.type == "DS";
            if (set.steering) set.steering->auth = false;
        }
    }
}

/// Positive as PowerDNS's `int`, and none twice.
void CatalogBuilder::number_zones(Catalog& catalog) {
    constexpr std::uint64_t kLast = 0x7fff'ffff;
    for (ZoneIndex i = 0; i < catalog.zones_.size(); ++i) {
        Zone& zone = catalog.zones_[i];
        std::uint64_t id = Fingerprint().add(zone.name.wire()).value() % kLast + 1;
        while (!catalog.zone_by_id_.try_emplace(static_cast<std::int64_t>(id), i).second)
            id = id % kLast + 1;
        zone.id = static_cast<std::uint32_t>(id);
    }
}

void CatalogBuilder::index_names(Catalog& catalog) {
    for (ZoneIndex i = 0; i < catalog.zones_.size(); ++i) {
        catalog.zone_by_name_.emplace(catalog.zones_[i].name, i);
    }
    catalog.by_name_.reserve(catalog.sets_.size());
    for (RecordSetIndex i = 0; i < catalog.sets_.size(); ++i) {
        const auto [slot, is_new] = catalog.by_name_.try_emplace(catalog.sets_[i].name.wire(), i);
        if (is_new) continue;
        auto& twins = catalog.shadowed_[catalog.sets_[i].name];
        if (twins.empty()) twins.push_back(slot->second);
        twins.push_back(i);
        // The deeper zone is the one that answers when PowerDNS does not say which it means.
        const auto depth = [&](RecordSetIndex set) {
            return catalog.zones_[catalog.sets_[set].zone].name.label_count();
        };
        if (depth(i) > depth(slot->second)) slot->second = i;
    }
}

}  // namespace fairlead::policy
