// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/counted.h"
#include "backend/daemon.h"
#include "config/load.h"

namespace fairlead::backend {

int check(const std::filesystem::path& config, bool strict, const Streams& streams) {
    const config::LoadResult result = config::load(config);
    for (const auto& finding : result.diagnostics)
        streams.err << finding.to_string() << '\n';
    if (!result.loaded) return kExitBadConfig;

    const policy::Catalog& catalog = *result.loaded->catalog;
    streams.out << config.string() << ": ok, " << counted(catalog.zones().size(), "zone") << ", "
                << counted(catalog.record_set_count(), "name");
    const std::size_t warnings = result.diagnostics.size();
    if (warnings > 0) streams.out << ", " << counted(warnings, "warning");
    streams.out << '\n';
    return strict && warnings > 0 ? 1 : kExitClean;
}

}  // namespace fairlead::backend
