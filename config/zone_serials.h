// SPDX-License-Identifier: Apache-2.0
#pragma once

// The serials of zones over time. Secondaries copy a zone when its serial has grown, so it must
// grow with every change and never go back: not when a file is replaced by an older one, not when
// two changes fall into one second, and not over a restart.
//
// Thread rule: values.

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "base/dns_name.h"

namespace fairlead::config {

/// A serial, and a digest of the texts that it was given for.
struct ZoneSerial {
    std::uint64_t texts = 0;
    std::uint32_t serial = 0;
    friend bool operator==(const ZoneSerial&, const ZoneSerial&) = default;
};
/// Zones that are no more, too: they may come back.
using ZoneSerials = std::unordered_map<DnsName, ZoneSerial>;

/// The serial of `zone`: as before when the texts are, else more than before, and `modified` (Unix
/// seconds, which several servers of one configuration have in common) if that is more. Notes it.
inline std::uint32_t next_serial(ZoneSerials& serials, const DnsName& zone, std::uint64_t texts,
                                 std::uint32_t modified) {
    const auto [known, is_new] =
        serials.try_emplace(zone, ZoneSerial{.texts = texts, .serial = modified});
    auto& [seen, serial] = known->second;
    if (!is_new && seen != texts) serial = std::max(modified, serial + 1);
    seen = texts;
    return serial;
}

/// Of each zone the larger one.
[[nodiscard]] inline ZoneSerials latest(ZoneSerials serials, const ZoneSerials& others) {
    for (const auto& [zone, other] : others) {
        auto& known = serials.try_emplace(zone, other).first->second;
        if (other.serial > known.serial) known = other;
    }
    return serials;
}

}  // namespace fairlead::config
