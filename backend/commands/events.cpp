// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "backend/commands/commands.h"
#include "backend/commands/remote.h"
#include "backend/commands/table.h"
#include "backend/daemon.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

Tint tint_of_severity(const std::string& severity) {
    if (severity == "error") return Tint::bad;
    return severity == "warning" ? Tint::warning : Tint::none;
}

/// "2026-11-20T09:26:44.566Z warning health  web 127.0.0.11:8081 is unhealthy: connect refused".
void print(const Json& event, const EventOptions& options, std::ostream& out) {
    if (event.contains("missed")) {
        out << "... " << event["missed"].get<std::uint64_t>() << " older ones are gone\n";
        return;
    }
    const std::string severity = event.value("severity", "");
    std::string kind = event.value("kind", "");
    kind.resize(std::max<std::size_t>(kind.size(), 13), ' ');
    out << event.value("time", "") << "  "
        << tinted(kind + "  " + event.value("text", ""), tint_of_severity(severity),
                  options.remote.colour)
        << '\n';
}

/// One line of the stream; empty ones only show that it lives.
void print_line(std::string_view line, const EventOptions& options, std::ostream& out) {
    if (line.empty()) return;
    if (options.remote.json) {
        out << line << '\n';
        return;
    }
    const auto event = Json::parse(line, nullptr, false);
    if (event.is_object()) print(event, options, out);
}

std::string target_of(const EventOptions& options) {
    return "/api/v1/events?limit=" + std::to_string(options.limit) +
           (options.follow ? "&follow=true" : "");
}

int follow(const EventOptions& options, const Streams& streams) {
    std::string rest;  // of a line that has not come whole
    const auto print_pieces = [&](std::string_view piece) {
        rest += piece;
        std::size_t begin = 0;
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
            print_line(std::string_view(rest).substr(begin, end - begin), options, streams.out);
            begin = end + 1;
        }
        rest.erase(0, begin);
        streams.out.flush();
    };
    int exit_code = kExitClean;
    (void)ask(options.remote, {.target = target_of(options)}, streams, exit_code, print_pieces);
    return exit_code;
}

}  // namespace

int events(const EventOptions& options, const Streams& streams) {
    if (options.follow) return follow(options, streams);
    int exit_code = kExitClean;
    const auto page = ask_json(options.remote, {.target = target_of(options)}, streams, exit_code);
    if (!page) return exit_code;
    for (const auto& event : (*page)["events"]) {
        if (options.remote.json) {
            streams.out << event.dump() << '\n';
        } else {
            print(event, options, streams.out);
        }
    }
    return kExitClean;
}

}  // namespace fairlead::backend
