// SPDX-License-Identifier: Apache-2.0
#include "backend/keystore/keystore.h"

#include <algorithm>
#include <utility>

namespace fairlead::backend {
namespace {

Error too_many(const DnsName& zone, std::size_t count, std::string_view what) {
    return Error{zone.to_string() + " has " + std::to_string(count) + " " + std::string(what) +
                 " already, the most there can be"};
}

}  // namespace

const KeptZone& Keystore::of(const DnsName& zone) const {
    static const KeptZone kNothing;
    const auto found = zones.find(zone);
    return found == zones.end() ? kNothing : found->second;
}

const TsigKey* Keystore::tsig_key(const DnsName& name) const {
    const auto found = tsig_keys.find(name);
    return found == tsig_keys.end() ? nullptr : &found->second;
}

Result<std::uint32_t> Keystore::add_key(const DnsName& zone, DomainKey key) {
    KeptZone& kept = zones[zone];
    if (kept.keys.size() >= kKeysMax) return too_many(zone, kKeysMax, "keys");
    key.id = ++kept.last_key_id;
    kept.keys.push_back(std::move(key));
    return kept.last_key_id;
}

Result<DomainKey*> Keystore::find_key(const DnsName& zone, std::uint32_t id) {
    const auto kept = zones.find(zone);
    if (kept != zones.end()) {
        for (auto& key : kept->second.keys) {
            if (key.id == id) return &key;
        }
    }
    return Error{zone.to_string() + " has no key " + std::to_string(id)};
}

Result<void> Keystore::remove_key(const DnsName& zone, std::uint32_t id) {
    const auto key = find_key(zone, id);
    if (!key) return key.error();
    auto& keys = zones[zone].keys;
    keys.erase(keys.begin() + (*key - keys.data()));
    return {};
}

Result<void> Keystore::set_active(const DnsName& zone, std::uint32_t id, bool active) {
    const auto key = find_key(zone, id);
    if (!key) return key.error();
    (*key)->active = active;
    return {};
}

Result<void> Keystore::set_published(const DnsName& zone, std::uint32_t id, bool published) {
    const auto key = find_key(zone, id);
    if (!key) return key.error();
    (*key)->published = published;
    return {};
}

Result<void> Keystore::set_metadata(const DnsName& zone, std::string_view kind,
                                    std::vector<std::string> values) {
    Metadata& metadata = zones[zone].metadata;
    const auto found = metadata.find(kind);
    if (found != metadata.end()) {
        found->second = std::move(values);
        return {};
    }
    if (metadata.size() >= kMetadataMax) return too_many(zone, kMetadataMax, "kinds of metadata");
    metadata.emplace(kind, std::move(values));
    return {};
}

void Keystore::forget_metadata(const DnsName& zone, std::string_view kind) {
    const auto kept = zones.find(zone);
    if (kept == zones.end()) return;
    const auto found = kept->second.metadata.find(kind);
    if (found != kept->second.metadata.end()) kept->second.metadata.erase(found);
}

Result<void> Keystore::set_tsig_key(const DnsName& name, TsigKey key) {
    if (tsig_keys.size() >= kTsigKeysMax && !tsig_keys.contains(name)) {
        return Error{"there are " + std::to_string(kTsigKeysMax) +
                     " TSIG keys already, the most there can be"};
    }
    tsig_keys[name] = std::move(key);
    return {};
}

Result<void> Keystore::remove_tsig_key(const DnsName& name) {
    if (tsig_keys.erase(name) == 0) return Error{"there is no TSIG key " + name.to_string()};
    return {};
}

}  // namespace fairlead::backend
