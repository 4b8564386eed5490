// SPDX-License-Identifier: Apache-2.0
#pragma once

// What PowerDNS's tools have fairlead keep: the keys and the metadata of each zone, and TSIG keys.
// A zone is known by its name, so that what is kept outlives the configuration it was made in.
//
// Thread rule: a value; what workers read is published deeply const (keystore_keeper.h).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/dns_name.h"
#include "base/result.h"

namespace fairlead::backend {

/// A DNSSEC key with its private part, as PowerDNS writes it (BIND's private key format).
struct DomainKey {
    std::uint32_t id = 0;
    std::uint16_t flags = 257;  // 257: with the SEP bit (KSK, CSK); 256: ZSK
    bool active = true;         // signs
    bool published = true;      // is in the DNSKEY record set
    std::string content;
    friend bool operator==(const DomainKey&, const DomainKey&) = default;
};

/// By kind: "NSEC3PARAM", "TSIG-ALLOW-AXFR". An empty list says "none", where a zone would
/// otherwise have a value by default.
using Metadata = std::map<std::string, std::vector<std::string>, std::less<>>;

struct TsigKey {
    std::string algorithm;  // "hmac-sha256."
    std::string secret;     // base64
    friend bool operator==(const TsigKey&, const TsigKey&) = default;
};

/// What is kept of one zone.
struct KeptZone {
    std::vector<DomainKey> keys;
    std::uint32_t last_key_id = 0;  // an id is never given out twice
    Metadata metadata;
    friend bool operator==(const KeptZone&, const KeptZone&) = default;
};

class Keystore {
  public:
    static constexpr std::size_t kKeysMax = 64;         // of a zone
    static constexpr std::size_t kMetadataMax = 256;    // kinds of a zone
    static constexpr std::size_t kTsigKeysMax = 10000;  // in all

    using Zones = std::unordered_map<DnsName, KeptZone>;
    using TsigKeys = std::unordered_map<DnsName, TsigKey>;

    /// What a zone has of which nothing is kept.
    [[nodiscard]] const KeptZone& of(const DnsName& zone) const;
    /// nullptr when there is no such key.
    [[nodiscard]] const TsigKey* tsig_key(const DnsName& name) const;

    // Changes: an error says why nothing has changed.

    /// The id that the key got.
    [[nodiscard]] Result<std::uint32_t> add_key(const DnsName& zone, DomainKey key);
    [[nodiscard]] Result<void> remove_key(const DnsName& zone, std::uint32_t id);
    [[nodiscard]] Result<void> set_active(const DnsName& zone, std::uint32_t id, bool active);
    [[nodiscard]] Result<void> set_published(const DnsName& zone, std::uint32_t id, bool published);
    [[nodiscard]] Result<void> set_metadata(const DnsName& zone, std::string_view kind,
                                            std::vector<std::string> values);
    void forget_metadata(const DnsName& zone, std::string_view kind);
    [[nodiscard]] Result<void> set_tsig_key(const DnsName& name, TsigKey key);
    [[nodiscard]] Result<void> remove_tsig_key(const DnsName& name);

    // All of it, for a file.
    Zones zones;
    TsigKeys tsig_keys;

    friend bool operator==(const Keystore&, const Keystore&) = default;

  private:
    [[nodiscard]] Result<DomainKey*> find_key(const DnsName& zone, std::uint32_t id);
};

}  // namespace fairlead::backend
