// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/commands/remote.h"
#include "backend/daemon.h"

namespace fairlead::backend {
namespace {
using Json = nlohmann::ordered_json;
}

int failback(const RemoteOptions& remote, const std::string& name, const Streams& streams) {
    const Json body{{"name", name}};
    int exit_code = kExitClean;
    const auto json = ask_json(remote,
                               {.method = "POST",
                                .target = "/api/v1/failback",
                                .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)},
                               streams, exit_code);
    if (!json) return exit_code;
    if (remote.json) {
        streams.out << json->dump(2) << '\n';
        return kExitClean;
    }
    for (const auto& move : (*json)["moved"]) {
        streams.out << move.value("node", "") << " (" << move.value("type", "")
                    << ") goes back from " << move.value("from", "") << " to "
                    << move.value("to", "") << '\n';
    }
    if ((*json)["moved"].empty()) {
        streams.out << name << " stands at its best target that is able to answer already\n";
    }
    return kExitClean;
}

}  // namespace fairlead::backend
