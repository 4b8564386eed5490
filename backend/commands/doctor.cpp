// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <ostream>

#include "backend/commands/commands.h"
#include "backend/commands/table.h"
#include "backend/counted.h"
#include "backend/daemon.h"
#include "backend/powerdns/channels.h"
#include "backend/powerdns/examine.h"
#include "config/load.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Channel& channel, const Examined& examined) {
    Json findings = Json::array();
    for (const auto& [found, problem, line] : examined.advice)
        findings.push_back({{"found", found}, {"problem", problem}, {"line", line}});
    const bool is_url = channel.address().find("://") != std::string::npos;
    return {{is_url ? "api" : "socket", channel.address()},
            {"version", examined.version},
            {"findings", std::move(findings)}};
}

void print(const Channel& channel, const Examined& examined, const Streams& streams) {
    const auto count = examined.advice.size();
    streams.out << "PowerDNS " << examined.version << " at " << channel.address() << ": "
                << (count == 0 ? tinted("as steering needs it", Tint::good, streams.colour)
                               : tinted(counted(count, "finding"), Tint::warning, streams.colour))
                << '\n';
    for (const auto& [found, problem, line] : examined.advice) {
        streams.out << "\n  " << tinted(found, Tint::warning, streams.colour) << "\n    " << problem
                    << "\n    write: " << line << '\n';
    }
}

}  // namespace

int doctor(const DoctorOptions& options, const Streams& streams) {
    const auto result = config::load(options.config);
    if (!result.loaded) {
        for (const auto& finding : result.diagnostics)
            streams.err << finding.to_string() << '\n';
        return kExitBadConfig;
    }
    config::ServerSettings settings = result.loaded->server;
    if (!options.control.empty()) {
        settings.pdns_control = options.control;
        settings.pdns_api.clear();
    }
    const auto channels = open_channels(settings);
    if (channels.empty()) {
        streams.err << "no way to PowerDNS: name its control socket with --control or as "
                       "server.pdns_control, or its HTTP API as server.pdns_api\n";
        return kExitBadConfig;
    }
    const Needs needs = needs_of(*result.loaded->catalog, is_told(result.loaded->server));
    int status = kExitClean;
    Json all = Json::array();
    for (const auto& channel : channels) {
        const auto examined = examine(*channel, needs);
        if (!examined) {
            streams.err << examined.error().message << '\n';
            status = kExitCannotStart;
            continue;
        }
        if (!examined->advice.empty() && status == kExitClean) status = kExitTrouble;
        options.json ? all.push_back(to_json(*channel, *examined))
                     : print(*channel, *examined, streams);
    }
    if (options.json) streams.out << all.dump(2) << '\n';
    return status;
}

}  // namespace fairlead::backend
