// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/commands/override_text.h"
#include "backend/commands/remote.h"
#include "backend/commands/status_summary.h"
#include "backend/commands/table.h"
#include "backend/daemon.h"
#include "base/duration.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

Tint tint_of_status(const std::string& status) {
    if (status == "unhealthy" || status == "down") return Tint::bad;
    if (status == "drained" || status == "unknown") return Tint::warning;
    return status == "healthy" ? Tint::good : Tint::none;
}

std::string age_of(const Json& address) {
    const auto since = address.find("since_s");
    if (since == address.end() || !since->is_number()) return "";
    return rough_duration(std::chrono::seconds(since->get<std::int64_t>()));
}

/// What is set, until when, and whether clients may still hold an answer with it.
std::string override_of(const Json& endpoint) {
    const auto& set = endpoint["override"];
    if (set.is_object()) {
        const std::string ends = time_left(set, "");
        const std::string safe = safety_of(set);
        return set.value("state", "") + (ends.empty() ? "" : " for " + ends) +
               (safe.empty() ? "" : ", " + safe) + ", by " + set.value("by", "") + ": " +
               set.value("reason", "");
    }
    const std::string configured = endpoint.value("configured_state", "obey");
    return configured == "obey" ? "" : configured + " (configured)";
}

/// A line for each address; one for a CNAME, and for an alias that has none.
void add_rows(const Json& endpoint, std::vector<std::vector<Cell>>& rows) {
    const std::string status = endpoint.value("status", "");
    bool first = true;
    const auto add = [&](const std::string& answered, const Json& watched) {
        rows.push_back({first ? endpoint.value("name", "") : "",
                        first ? Cell(status, tint_of_status(status)) : Cell(""), answered,
                        watched["check"].is_null() ? "" : watched.value("check", ""),
                        watched.value("health", ""), age_of(watched), watched.value("result", ""),
                        first ? override_of(endpoint) : ""});
        first = false;
    };
    const auto& cname = endpoint["cname"];
    if (cname.is_object()) return add("CNAME " + cname.value("target", ""), cname);
    for (const auto& address : endpoint["addresses"])
        add(address.value("address", ""), address);
    if (first) add("not resolved", Json{{"check", nullptr}});
}

bool is_well(const Json& status) {
    return status.value("ready", false) && status["endpoints"].value("unhealthy", 0) == 0;
}

}  // namespace

int status(const RemoteOptions& remote, const Streams& streams) {
    int exit_code = kExitClean;
    const auto whole = ask_json(remote, {.target = "/api/v1/status"}, streams, exit_code);
    if (!whole) return exit_code;
    auto endpoints = ask_json(remote, {.target = "/api/v1/endpoints"}, streams, exit_code);
    if (!endpoints) return exit_code;
    if (remote.json) {
        Json both = *whole;
        both["endpoint_list"] = (*endpoints)["endpoints"];
        streams.out << both.dump(2) << '\n';
    } else {
        print_status_summary(*whole, remote.colour, streams.out);
        std::vector<std::vector<Cell>> rows;
        for (const auto& endpoint : (*endpoints)["endpoints"])
            add_rows(endpoint, rows);
        streams.out << '\n';
        print_table(
            {"ENDPOINT", "STATUS", "ADDRESS", "CHECK", "HEALTH", "FOR", "LAST RESULT", "SET"}, rows,
            remote.colour, streams.out);
        const auto total = endpoints->value("total", std::size_t{0});
        if (total > rows.size() && total > (*endpoints)["endpoints"].size()) {
            streams.out << "... the " << (*endpoints)["endpoints"].size() << " worst of " << total
                        << '\n';
        }
    }
    return is_well(*whole) ? kExitClean : kExitTrouble;
}

}  // namespace fairlead::backend
