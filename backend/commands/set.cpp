// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/commands/override_text.h"
#include "backend/commands/remote.h"
#include "backend/commands/table.h"
#include "backend/counted.h"
#include "backend/daemon.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

void print_set(const Json& entry, std::ostream& out) {
    out << entry.value("target", "") << " is set " << entry.value("state", "") << " ("
        << counted(entry["endpoints"].size(), "endpoint") << ")";
    const std::string left = time_left(entry, "");
    if (!left.empty()) out << ", for " << left;
    const std::string safe = safety_of(entry);
    if (!safe.empty()) out << "; " << safe << ": the largest TTL of its names";
    out << '\n';
}

}  // namespace

int set(const SetOptions& options, const Streams& streams) {
    Json body{{"target", options.target}, {"state", options.state}, {"reason", options.reason}};
    if (!options.duration.empty()) body["for"] = options.duration;
    int exit_code = kExitClean;
    const auto entry = ask_json(options.remote,
                                {.method = "PUT",
                                 .target = "/api/v1/overrides",
                                 .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)},
                                streams, exit_code);
    if (!entry) return exit_code;
    if (options.remote.json) {
        streams.out << entry->dump(2) << '\n';
    } else {
        print_set(*entry, streams.out);
    }
    return kExitClean;
}

int clear(const RemoteOptions& remote, const std::string& target, const Streams& streams) {
    int exit_code = kExitClean;
    const auto reply = ask_json(
        remote,
        {.method = "DELETE", .target = "/api/v1/overrides?target=" + admin::url_encoded(target)},
        streams, exit_code);
    if (!reply) return exit_code;
    if (remote.json) {
        streams.out << reply->dump(2) << '\n';
    } else {
        streams.out << "nothing is set for " << target << " any more\n";
    }
    return kExitClean;
}

int overrides(const RemoteOptions& remote, const Streams& streams) {
    int exit_code = kExitClean;
    const auto json = ask_json(remote, {.target = "/api/v1/overrides"}, streams, exit_code);
    if (!json) return exit_code;
    if (remote.json) {
        streams.out << json->dump(2) << '\n';
        return kExitClean;
    }
    std::vector<std::vector<Cell>> rows;
    for (const auto& entry : (*json)["overrides"]) {
        const bool matches = entry.value("matches", false);
        rows.push_back({entry.value("target", ""), Cell(entry.value("state", ""), Tint::warning),
                        time_left(entry, "until cleared"), safety_of(entry), entry.value("by", ""),
                        entry.value("reason", ""),
                        matches ? Cell("") : Cell("matches nothing", Tint::bad)});
    }
    if (rows.empty()) {
        streams.out << "nothing is set: every endpoint is as its checks say\n";
    } else {
        print_table({"TARGET", "STATE", "ENDS IN", "DRAIN", "BY", "REASON", ""}, rows,
                    remote.colour, streams.out);
    }
    return kExitClean;
}

}  // namespace fairlead::backend
