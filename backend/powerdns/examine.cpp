// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/examine.h"

namespace fairlead::backend {

Result<Examined> examine(const Channel& channel, const Needs& needs) {
    const auto version = channel.version();
    if (!version) return version.error();
    const auto settings = channel.settings();
    if (!settings) return settings.error();
    return Examined{.version = *version, .advice = advice(*settings, *version, needs)};
}

Needs needs_of(const policy::Catalog& catalog, bool is_told) {
    Needs needs{.client_subnets = false, .purges = is_told};
    for (policy::RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
        const auto& steering = catalog.record_set(i).steering;
        needs.client_subnets |= steering && catalog.forest().facts(steering->root).depends.client;
    }
    for (const auto& zone : catalog.zones())
        needs.signatures |= zone.dnssec;
    return needs;
}

}  // namespace fairlead::backend
