// SPDX-License-Identifier: Apache-2.0
#include "policy/plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "admin/client_list.h"
#include "admin/plan_json.h"
#include "backend/commands/commands.h"
#include "backend/commands/percentage.h"
#include "backend/commands/refusal.h"
#include "backend/commands/remote.h"
#include "backend/commands/table.h"
#include "backend/counted.h"
#include "backend/daemon.h"
#include "config/load.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;

/// Rows for people; machines get all.
constexpr std::size_t kRowsMax = 40;
/// Ways from address to address in a row.
constexpr std::size_t kFlowsMax = 4;

void print_rest(std::size_t all, std::ostream& out) {
    if (all > kRowsMax) out << "and " << all - kRowsMax << " more; --json has all\n";
}

void print_names(const Json& names, const Streams& streams) {
    std::vector<std::vector<Cell>> rows;
    for (const auto& name : names) {
        if (rows.size() == kRowsMax) break;
        const std::string change = name.at("change");
        const Tint tint = change == "removed" ? Tint::warning : Tint::none;
        rows.push_back({Cell(change, tint), name.at("name").get<std::string>()});
    }
    if (rows.empty()) return;
    streams.out << '\n';
    print_table({"CHANGE", "NAME"}, rows, streams.colour, streams.out);
    print_rest(names.size(), streams.out);
}

std::string flows_text(const Json& flows) {
    std::string text;
    for (std::size_t i = 0; i < std::min(flows.size(), kFlowsMax); ++i) {
        text.append(i == 0 ? "" : ", ").append(flows[i].at("from").get<std::string>());
        text.append(" -> ").append(flows[i].at("to").get<std::string>());
        text.append(" ").append(policy::percent_text(flows[i].at("share").get<double>()));
    }
    return flows.size() > kFlowsMax ? text + ", ..." : text;
}

void print_shifts(const Json& plan, double max_shift, const Streams& streams) {
    std::vector<std::vector<Cell>> rows;
    for (const auto& shift : plan.at("shifts")) {
        if (rows.size() == kRowsMax) break;
        const double moved = shift.at("moved");
        const Tint tint = policy::exceeds(moved, max_shift) ? Tint::bad : Tint::none;
        rows.push_back({shift.at("name").get<std::string>(), shift.at("type").get<std::string>(),
                        Cell(policy::percent_text(moved), tint), flows_text(shift.at("flows"))});
    }
    streams.out << '\n';
    if (rows.empty()) {
        streams.out << "no client of a name that stays is answered otherwise\n";
    } else {
        print_table({"NAME", "TYPE", "MOVES", "FROM -> TO, OF ALL CLIENTS"}, rows, streams.colour,
                    streams.out);
        print_rest(plan.at("shifts").size(), streams.out);
    }
    const std::size_t unseen = plan.at("unseen");
    if (unseen > 0) streams.out << counted(unseen, "changed name") << " not looked at\n";
}

std::optional<config::Loaded> loaded(const std::filesystem::path& file, const Streams& streams) {
    auto result = config::load(file);
    for (const auto& finding : result.diagnostics) {
        if (finding.severity == config::Severity::error) streams.err << finding.to_string() << '\n';
    }
    return std::move(result.loaded);
}

std::optional<Json> offline(const PlanOptions& options, const Streams& streams, int& exit_code) {
    exit_code = kExitBadConfig;
    std::optional<std::vector<policy::ClientBlock>> clients;
    if (!options.clients.empty()) {
        std::ifstream file(options.clients);
        auto list = admin::read_client_list(file, options.clients.string());
        if (!list) {
            refuse("plan", list.error().message, streams);
            return std::nullopt;
        }
        clients = *std::move(list);
    }
    const auto before = loaded(options.config, streams);
    const auto after = loaded(options.next, streams);
    if (!before || !after) return std::nullopt;
    const auto found =
        policy::plan(*before->catalog, *after->catalog, *after->locator,
                     {.clients = clients ? &*clients : nullptr,
                      .places_changed = config::may_place_otherwise(*before, *after)});
    return admin::plan_json(*before->catalog, *after->catalog, found);
}

/// Against what the running process serves.
std::optional<Json> live(const PlanOptions& options, const Streams& streams, int& exit_code) {
    exit_code = kExitBadConfig;
    Json body{{"file", std::filesystem::absolute(options.next).string()}};
    if (const auto added = add_clients(options.clients, body); !added) {
        refuse("plan", added.error().message, streams);
        return std::nullopt;
    }
    return ask_json(options.remote,
                    {.method = "POST", .target = "/api/v1/plan", .body = body.dump()}, streams,
                    exit_code);
}

/// The largest comes first.
bool moves_more_than(double max_shift, const Json& plan) {
    const auto& shifts = plan.at("shifts");
    return plan.at("unseen") > 0 ||
           (!shifts.empty() &&
            policy::exceeds(shifts.front().at("moved").get<double>(), max_shift));
}

}  // namespace

int plan(const PlanOptions& options, const Streams& streams) {
    std::optional<double> max_shift;
    if (!options.max_shift.empty()) {
        const auto percent = parse_percentage(options.max_shift);
        if (!percent) return refuse("plan", "--max-shift: " + percent.error().message, streams);
        max_shift = *percent / 100.0;
    }
    int exit_code = kExitClean;
    const auto found = options.config.empty() ? live(options, streams, exit_code)
                                              : offline(options, streams, exit_code);
    if (!found) return exit_code;
    if (options.remote.json) {
        streams.out << found->dump(2) << '\n';
    } else {
        streams.out << found->at("summary").get<std::string>() << '\n';
        print_names(found->at("names"), streams);
        print_shifts(*found, max_shift.value_or(1), streams);
    }
    return max_shift && moves_more_than(*max_shift, *found) ? kExitTrouble : kExitClean;
}

}  // namespace fairlead::backend
