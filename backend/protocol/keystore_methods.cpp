// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/keystore_methods.h"

#include <utility>
#include <vector>

namespace fairlead::backend {
namespace {

using policy::Zone;

constexpr const char* kParameters = "NSEC3PARAM";
constexpr const char* kNarrow = "NSEC3NARROW";
constexpr const char* kSoaEdit = "SOA-EDIT";
/// PowerDNS sends the parameters first, and then whether they are for narrow NSEC3
/// (dbdnsseckeeper.cc). Until then they are kept under this name, and do nothing: a choice that is
/// refused changes nothing.
constexpr const char* kProposed = "NSEC3PARAM proposed";

bool is_kept(const KeptZone& kept, const char* kind) {
    return kept.metadata.find(kind) != kept.metadata.end();
}
bool is_kept_empty(const KeptZone& kept, const char* kind) {
    const auto found = kept.metadata.find(kind);
    return found != kept.metadata.end() && found->second.empty();
}

/// By NSEC if that has been chosen, else by narrow NSEC3, which needs no order of names, and shows
/// nobody the names of the zone.
void settle_denial(const KeptZone& kept, Metadata& all) {
    all.erase(kProposed);
    const bool by_nsec = is_kept_empty(kept, kParameters) || is_kept_empty(kept, kNarrow);
    const bool chosen = is_kept(kept, kParameters) && is_kept(kept, kNarrow);
    if (chosen && !by_nsec) return;
    all.erase(kParameters);
    all.erase(kNarrow);
    if (by_nsec || kept.keys.empty()) return;
    all[kParameters] = {"1 0 0 -"};
    all[kNarrow] = {"1"};
}

/// The metadata that holds for a zone: what is kept of it, and what a signed zone has by default.
/// It is signed as long as it has keys, whatever the configuration says of `dnssec` since.
Metadata effective_metadata(const KeptZone& kept) {
    Metadata all = kept.metadata;
    settle_denial(kept, all);
    // PowerDNS signs anew each week. With the same serial a secondary would keep its copy until the
    // signatures in it are over. This mode adds to whatever serial there is (serialtweaker.cc), so
    // none is hidden. It stays when the last key goes, or the serial would go back.
    if (kept.last_key_id > 0) {
        all.try_emplace(kSoaEdit, std::vector<std::string>{"INCREMENT-WEEKS"});
    }
    return all;
}

template <typename Apply>
Outcome to_change(const Call& call, const DnsName& about, Apply apply) {
    return KeystoreChange{.what = call.method + " " + about.to_string(),
                          .apply = [apply = std::move(apply)](Keystore& keystore) {
                              return Result<std::string>(apply(keystore));
                          }};
}

Result<std::string> changed(const Json& result) {
    return Result<std::string>(boost::system::in_place_value, line_of(result));
}

/// Of a change that has no more to say than that it is done.
Result<std::string> done_if(const Result<void>& change) {
    if (!change) return change.error();
    return changed(kYes);
}

/// The second half of a choice: parameters, if there are any, and whether they are narrow.
Result<void> set_narrow(Keystore& keystore, const DnsName& zone, std::vector<std::string> values) {
    const KeptZone& kept = keystore.of(zone);
    const auto proposed = kept.metadata.find(kProposed);
    const bool has_proposal = proposed != kept.metadata.end();
    if (values.empty()) {
        const bool by_default = !kept.keys.empty() && !is_kept(kept, kParameters);
        const bool is_narrow = is_kept(kept, kParameters) && !is_kept_empty(kept, kParameters);
        if (has_proposal || by_default || is_narrow) {
            return Error{"NSEC3 is narrow here, as if \"narrow\" had been written; or use NSEC"};
        }
    } else if (has_proposal) {
        auto set = keystore.set_metadata(zone, kParameters, proposed->second);
        if (!set) return set;
        keystore.forget_metadata(zone, kProposed);
    }
    return keystore.set_metadata(zone, kNarrow, std::move(values));
}

/// What cannot be true here is not kept: PowerDNS would act upon it.
Result<void> set_metadata(Keystore& keystore, const Zone& zone, const std::string& kind,
                          std::vector<std::string> values) {
    if (kind == "PRESIGNED" && !values.empty()) {
        return Error{"fairlead has no signatures of its own; PowerDNS signs each answer"};
    }
    if (kind == kParameters && !values.empty()) {
        return keystore.set_metadata(zone.name, kProposed, std::move(values));
    }
    if (kind == kParameters) keystore.forget_metadata(zone.name, kProposed);
    // The end of `pdnsutil disable-dnssec`, which chooses nothing for the next time.
    const bool is_denial = kind == kParameters || kind == kNarrow;
    if (is_denial && values.empty() && keystore.of(zone.name).keys.empty()) {
        keystore.forget_metadata(zone.name, kind);
        return {};
    }
    if (kind == kNarrow) return set_narrow(keystore, zone.name, std::move(values));
    return keystore.set_metadata(zone.name, kind, std::move(values));
}

/// Nothing when it is not as PowerDNS writes it. `published` is younger than the other members.
std::optional<DomainKey> key_in(const Json* json) {
    if (json == nullptr || !json->is_object()) return std::nullopt;
    const auto flags = json->find("flags");
    const auto active = json->find("active");
    const auto published = json->find("published");
    const auto content = json->find("content");
    if (flags == json->end() || !flags->is_number_unsigned() || *flags > 0xffff ||
        content == json->end() || !content->is_string()) {
        return std::nullopt;
    }
    const auto truth = [json](auto member) {
        return member == json->end() || !member->is_boolean() || member->template get<bool>();
    };
    return DomainKey{.id = 0,
                     .flags = flags->get<std::uint16_t>(),
                     .active = truth(active),
                     .published = truth(published),
                     .content = content->get<std::string>()};
}

/// What is done to one key of a zone.
template <typename Step>
Outcome change_key(const Call& call, Step step) {
    const auto name = call.name("name");
    const auto id = call.number("id");
    if (!name || !id) return bad_parameters();
    return KeystoreChange{
        .what = call.method + " " + name->to_string() + " " + std::to_string(*id),
        .apply = [name = *name, id = *id, step](Keystore& all) -> Result<std::string> {
            return done_if(step(all, name, id));
        }};
}

Outcome set_active(const Call& call, bool active) {
    return change_key(call, [active](Keystore& all, const DnsName& zone, std::uint32_t id) {
        return all.set_active(zone, id, active);
    });
}

Outcome set_published(const Call& call, bool published) {
    return change_key(call, [published](Keystore& all, const DnsName& zone, std::uint32_t id) {
        return all.set_published(zone, id, published);
    });
}

}  // namespace

// ---- metadata ----

Outcome get_all_domain_metadata(const Call& call) {
    const auto name = call.name("name");
    if (!name) return bad_parameters();
    const Zone* zone = call.zone(*name);
    if (zone == nullptr) return kNo;
    Json all = Json::object();
    for (const auto& [kind, values] : effective_metadata(call.keystore().of(*name))) {
        if (!values.empty()) all[kind] = values;
    }
    return all;
}

Outcome get_domain_metadata(const Call& call) {
    const auto name = call.name("name");
    const auto kind = call.text("kind");
    if (!name || !kind) return bad_parameters();
    const Zone* zone = call.zone(*name);
    if (zone == nullptr) return kNo;
    const auto all = effective_metadata(call.keystore().of(*name));
    const auto found = all.find(*kind);
    return found == all.end() ? Json::array() : Json(found->second);
}

Outcome set_domain_metadata(const Call& call) {
    const auto name = call.name("name");
    const auto kind = call.text("kind");
    const Json* list = call.find("value");
    if (!name || !kind || kind->empty() || list == nullptr || !list->is_array()) {
        return bad_parameters();
    }
    std::vector<std::string> values;
    for (const auto& value : *list) {
        if (!value.is_string()) return bad_parameters();
        values.push_back(value.get<std::string>());
    }
    const Zone* zone = call.zone(*name);
    if (zone == nullptr) return kNo;
    return KeystoreChange{
        .what = call.method + " " + name->to_string() + " " + *kind,
        .apply = [catalog = call.parts.state.catalog, zone, kind = *kind,
                  values = std::move(values)](Keystore& keystore) -> Result<std::string> {
            return done_if(set_metadata(keystore, *zone, kind, values));
        }};
}

// ---- keys ----

Outcome get_domain_keys(const Call& call) {
    const auto name = call.name("name");
    if (!name) return bad_parameters();
    if (call.zone(*name) == nullptr) return kNo;
    if (!call.parts.kept.usable) return Json(nullptr);  // PowerDNS makes an error of it
    Json keys = Json::array();
    for (const auto& key : call.keystore().of(*name).keys) {
        keys.push_back({{"id", key.id},
                        {"flags", key.flags},
                        {"active", key.active},
                        {"published", key.published},
                        {"content", key.content}});
    }
    return keys.empty() ? Json(kNo) : keys;
}

Outcome add_domain_key(const Call& call) {
    const auto name = call.name("name");
    const auto key = key_in(call.find("key"));
    if (!name || !key) return bad_parameters();
    const Zone* zone = call.zone(*name);
    if (zone == nullptr) return kNo;
    return to_change(
        call, *name,
        [name = *name, key = *key, dnssec = zone->dnssec](Keystore& all) -> Result<std::string> {
            if (!dnssec) {
                return Error{
                    "write \"dnssec: true\" at the zone first, so that a configuration "
                    "that cannot be signed is found"};
            }
            const auto id = all.add_key(name, key);
            if (!id) return id.error();
            return changed(*id);
        });
}

Outcome remove_domain_key(const Call& call) {
    return change_key(call, [](Keystore& all, const DnsName& zone, std::uint32_t id) {
        return all.remove_key(zone, id);
    });
}

Outcome activate_domain_key(const Call& call) {
    return set_active(call, true);
}
Outcome deactivate_domain_key(const Call& call) {
    return set_active(call, false);
}

Outcome publish_domain_key(const Call& call) {
    return set_published(call, true);
}
Outcome unpublish_domain_key(const Call& call) {
    return set_published(call, false);
}

// ---- TSIG ----

Outcome get_tsig_key(const Call& call) {
    const auto name = call.name("name");
    if (!name) return bad_parameters();
    const TsigKey* key = call.keystore().tsig_key(*name);
    if (key == nullptr) return kNo;
    return Json{{"algorithm", key->algorithm}, {"content", key->secret}};
}

Outcome get_tsig_keys(const Call& call) {
    Json keys = Json::array();
    for (const auto& [name, key] : call.keystore().tsig_keys) {
        keys.push_back(
            {{"name", name.to_string()}, {"algorithm", key.algorithm}, {"content", key.secret}});
    }
    return keys;
}

Outcome set_tsig_key(const Call& call) {
    const auto name = call.name("name");
    const auto algorithm = call.text("algorithm");
    const auto secret = call.text("content");
    if (!name || !algorithm || !secret) return bad_parameters();
    return to_change(call, *name,
                     [name = *name, key = TsigKey{.algorithm = *algorithm, .secret = *secret}](
                         Keystore& all) { return done_if(all.set_tsig_key(name, key)); });
}

Outcome delete_tsig_key(const Call& call) {
    const auto name = call.name("name");
    if (!name) return bad_parameters();
    return to_change(call, *name,
                     [name = *name](Keystore& all) { return done_if(all.remove_tsig_key(name)); });
}

}  // namespace fairlead::backend
