// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "backend/commands/commands.h"
#include "backend/commands/remote.h"
#include "backend/daemon.h"

namespace fairlead::backend {

int list(const RemoteOptions& remote, const std::string& what, const Streams& streams) {
    int exit_code = kExitClean;
    const auto json =
        ask_json(remote, {.target = "/api/v1/" + what + "?limit=10000"}, streams, exit_code);
    if (!json) return exit_code;
    if (remote.json) {
        streams.out << json->dump(2) << '\n';
        return kExitClean;
    }
    for (const auto& one : json->at(what))
        streams.out << one.at("name").get<std::string>() << '\n';
    return kExitClean;
}

}  // namespace fairlead::backend
