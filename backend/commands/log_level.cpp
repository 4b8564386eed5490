// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/commands/remote.h"
#include "backend/daemon.h"

namespace fairlead::backend {

int log_level(const RemoteOptions& remote, const std::string& level, const Streams& streams) {
    const nlohmann::ordered_json body{{"level", level}};
    admin::ClientRequest request{.target = "/api/v1/log"};
    if (!level.empty()) request = {.method = "PUT", .target = "/api/v1/log", .body = body.dump()};
    int exit_code = kExitClean;
    const auto json = ask_json(remote, request, streams, exit_code);
    if (!json) return exit_code;
    if (remote.json) {
        streams.out << json->dump(2) << '\n';
    } else {
        streams.out << json->value("level", "")
                    << (level.empty() ? "" : " until the next reload, which sets log.level")
                    << '\n';
    }
    return kExitClean;
}

}  // namespace fairlead::backend
