// SPDX-License-Identifier: Apache-2.0
#include "backend/powerdns/examine.h"

namespace fairlead::backend {

Result<Examined> examine(const ControlChannel& channel, const Needs& needs) {
    const auto version = channel.ask("VERSION");
    if (!version) return version.error();
    const auto settings = channel.ask("CURRENT-CONFIG");
    if (!settings) return settings.error();
    return Examined{.version = *version,
                    .advice = advice(parse_settings(*settings), *version, needs)};
}

Needs needs_of(const config::Loaded& loaded) {
    Needs needs{.client_subnets = false, .purges = !loaded.server.pdns_control.empty()};
    const policy::Catalog& catalog = *loaded.catalog;
    for (policy::RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
        const auto& steering = catalog.record_set(i).steering;
        needs.client_subnets |= steering && catalog.forest().facts(steering->root).depends.client;
    }
    return needs;
}

}  // namespace fairlead::backend
