// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "backend/commands.h"
#include "backend/daemon.h"
#include "config/load.h"

namespace fairlead::backend {

int check(const std::filesystem::path& config, bool strict, const Streams& streams) {
    const config::LoadResult result = config::load(config);
    for (const auto& finding : result.diagnostics)
        streams.err << finding.to_string() << '\n';
    if (!result.loaded) return kExitBadConfig;

    const policy::Catalog& catalog = *result.loaded->catalog;
    streams.out << config.string() << ": ok, " << catalog.zones().size() << " zones, "
                << catalog.record_set_count() << " names";
    if (!result.diagnostics.empty())
        streams.out << ", " << result.diagnostics.size() << " warnings";
    streams.out << '\n';
    return strict && !result.diagnostics.empty() ? 1 : kExitClean;
}

}  // namespace fairlead::backend
