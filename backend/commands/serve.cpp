// SPDX-License-Identifier: Apache-2.0
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/daemon.h"
#include "backend/serials_file.h"
#include "backend/signals.h"
#include "config/load.h"

namespace fairlead::backend {

int serve(const std::filesystem::path& config, bool take_over, const Streams& streams) {
    hold_hangups();
    Log log;
    config::LoadResult result = config::load(
        config, nullptr, [&log](const auto& state_dir) { return recall_serials(state_dir, log); });
    if (!result.loaded) {
        for (const auto& finding : result.diagnostics)
            streams.err << finding.to_string() << std::endl;
        return kExitBadConfig;
    }
    log.configure(result.loaded->log);
    for (const auto& finding : result.diagnostics)  // none is an error
        log.warning(finding.to_string());
    return run_daemon(config, *std::move(result.loaded), log, take_over);
}

}  // namespace fairlead::backend
