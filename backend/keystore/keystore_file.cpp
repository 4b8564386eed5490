// SPDX-License-Identifier: Apache-2.0
#include "backend/keystore/keystore_file.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace fairlead::backend {
namespace {

using Json = nlohmann::json;

constexpr const char* kFormat = "fairlead keystore";
constexpr std::uint32_t kVersion = 1;

Json to_json(const DomainKey& key) {
    return {{"id", key.id},
            {"flags", key.flags},
            {"active", key.active},
            {"published", key.published},
            {"content", key.content}};
}

Json to_json(const KeptZone& zone) {
    Json keys = Json::array();
    for (const auto& key : zone.keys)
        keys.push_back(to_json(key));
    return {
        {"keys", std::move(keys)}, {"last_key_id", zone.last_key_id}, {"metadata", zone.metadata}};
}

// nlohmann's get<>() throws where the text is not what it was asked for; decode_keystore() turns
// that into its error. What it would accept silently is asked for here.

std::uint32_t number(const Json& value) {
    if (!value.is_number_unsigned()) throw Json::type_error::create(302, "no number", nullptr);
    return value.get<std::uint32_t>();
}

DnsName name(const std::string& text) {
    auto parsed = DnsName::parse(text);
    if (!parsed) throw Json::type_error::create(302, "no DNS name", nullptr);
    return *std::move(parsed);
}

DomainKey key_in(const Json& json) {
    return {.id = number(json.at("id")),
            .flags = static_cast<std::uint16_t>(number(json.at("flags"))),
            .active = json.at("active").get<bool>(),
            .published = json.at("published").get<bool>(),
            .content = json.at("content").get<std::string>()};
}

KeptZone zone_in(const Json& json) {
    KeptZone zone{.keys = {},
                  .last_key_id = number(json.at("last_key_id")),
                  .metadata = json.at("metadata").get<Metadata>()};
    for (const auto& key : json.at("keys"))
        zone.keys.push_back(key_in(key));
    return zone;
}

Keystore keystore_in(const Json& document) {
    Keystore keystore;
    for (const auto& [text, zone] : document.at("zones").items())
        keystore.zones.emplace(name(text), zone_in(zone));
    for (const auto& [text, key] : document.at("tsig_keys").items()) {
        keystore.tsig_keys.emplace(name(text),
                                   TsigKey{.algorithm = key.at("algorithm").get<std::string>(),
                                           .secret = key.at("secret").get<std::string>()});
    }
    return keystore;
}

}  // namespace

std::string encode_keystore(const Keystore& keystore) {
    Json zones = Json::object();  // sorted by key
    for (const auto& [name, zone] : keystore.zones)
        zones[name.to_string()] = to_json(zone);
    Json tsig_keys = Json::object();
    for (const auto& [name, key] : keystore.tsig_keys) {
        tsig_keys[name.to_string()] = {{"algorithm", key.algorithm}, {"secret", key.secret}};
    }
    const Json document{{"format", kFormat},
                        {"version", kVersion},
                        {"zones", std::move(zones)},
                        {"tsig_keys", std::move(tsig_keys)}};
    return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Keystore> decode_keystore(std::string_view text) {
    const auto document = Json::parse(text, nullptr, false);
    if (!document.is_object()) return Error{"it is damaged"};
    if (document.value("format", Json()) != kFormat) return Error{"it is something else"};
    if (document.value("version", Json()) != kVersion) {
        return Error{"another version of fairlead wrote it"};
    }
    try {
        return keystore_in(document);
    } catch (const Json::exception&) {
        return Error{"it is damaged"};
    }
}

}  // namespace fairlead::backend
