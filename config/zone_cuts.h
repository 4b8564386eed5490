// SPDX-License-Identifier: Apache-2.0
#pragma once

// Zones within zones: what one zone says at or below the top of another zone of the configuration.
//
// The delegation alone is the parent's to have (RFC 1034 section 4.2.1, RFC 4035 section 2.4): NS
// and DS at the cut, and the addresses of the servers named there. Anything else would be answered
// from the one zone or the other, depending on how PowerDNS comes to the name.
// Thread rule: one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/dns_name.h"
#include "config/findings.h"

namespace fairlead::config {

/// The cuts of one zone. What is wrong at them shows only when all their servers are known.
class ZoneCuts {
  public:
    /// All zones of the configuration, and where each is written.
    using Zones = std::unordered_map<DnsName, const Node*>;

    /// In place of a record type, for a name that is steered.
    static constexpr std::uint16_t kPolicy = 0;

    /// Records of one type, written at a key of the configuration or in a line of a zone file.
    struct Records {
        DnsName owner;
        DnsName cut;
        std::uint16_t type = kPolicy;
        const Node* key = nullptr;
        Findings::Line line;  // without a key
        std::string path;
    };

    /// REQUIRES: `zones` outlives this object, and holds `apex`.
    ZoneCuts(const Zones& zones, const DnsName& apex) : zones_(&zones), apex_(apex) {}

    /// The top of the zone that takes `owner` out of this one; nothing when none does. The highest,
    /// if there are several, because that is where this zone delegates.
    [[nodiscard]] std::optional<DnsName> above(const DnsName& owner) const;

    /// Notes what stands at or below a cut.
    void add(Records records) { records_.push_back(std::move(records)); }
    /// Notes a server of a cut, whose addresses may stand below it. A malformed name is none.
    void add_server(std::string_view name);

    /// Reports what is no part of a delegation.
    void report(Findings& findings) const;

  private:
    [[nodiscard]] bool is_delegation(const Records& records) const;

    const Zones* zones_;
    DnsName apex_;
    std::vector<Records> records_;
    std::unordered_set<DnsName> servers_;
};

}  // namespace fairlead::config
