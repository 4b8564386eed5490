// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/commands/percentage.h"
#include "backend/commands/refusal.h"
#include "backend/commands/remote.h"
#include "backend/daemon.h"

namespace fairlead::backend {

int reload(const RemoteOptions& remote, const std::string& max_shift, const Streams& streams) {
    std::string target = "/api/v1/reload";
    if (!max_shift.empty()) {
        const auto percent = parse_percentage(max_shift);
        if (!percent) return refuse("reload", "--max-shift: " + percent.error().message, streams);
        target += "?max_shift=" + std::to_string(*percent);
    }
    int exit_code = kExitClean;
    const auto json = ask_json(remote, {.method = "POST", .target = target}, streams, exit_code);
    if (!json) return exit_code;
    if (remote.json) {
        streams.out << json->dump(2) << '\n';
        return kExitClean;
    }
    for (const auto& finding : (*json)["findings"])
        streams.err << finding.value("text", "") << '\n';
    streams.out << json->value("summary", "") << '\n';
    return kExitClean;
}

}  // namespace fairlead::backend
