// SPDX-License-Identifier: Apache-2.0
#include "policy/plan.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "backend/commands/client_list.h"
#include "backend/commands/commands.h"
#include "backend/commands/percentage.h"
#include "backend/commands/table.h"
#include "backend/counted.h"
#include "backend/daemon.h"
#include "config/load.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;
using policy::ChangedName;
using policy::NameShift;

/// Rows for people; machines get all.
constexpr std::size_t kRowsMax = 40;
/// Ways from address to address in a row.
constexpr std::size_t kFlowsMax = 4;

struct Asked {
    config::Loaded before;
    config::Loaded after;
    std::optional<std::vector<policy::ClientBlock>> clients;
    double max_shift = 1;
};

const char* what_happens(const ChangedName& name) {
    if (name.before == nullptr) return "added";
    return name.after == nullptr ? "removed" : "changed";
}

std::string name_text(const ChangedName& name) {
    return (name.after == nullptr ? name.before : name.after)->name.to_string();
}

std::string text_of(const policy::Answered& address) {
    return address ? address->to_string() : "no answer";
}

struct Flow {
    std::string from;
    std::string to;
    double share = 0;  // of the name's clients
};

/// The largest first.
std::vector<Flow> flows_of(const policy::Shift& shift) {
    std::vector<Flow> flows;
    flows.reserve(shift.flows.size());
    for (const auto& [way, weight] : shift.flows)
        flows.push_back({text_of(way.first), text_of(way.second), weight / shift.clients});
    std::ranges::stable_sort(flows, std::ranges::greater{}, &Flow::share);
    return flows;
}

Json as_json(const NameShift& moving) {
    Json flows = Json::array();
    for (const auto& flow : flows_of(moving.shift))
        flows.push_back({{"from", flow.from}, {"to", flow.to}, {"share", flow.share}});
    return {{"name", moving.name->name.to_string()},
            {"type", address_type(moving.family)},
            {"moved", moving.shift.share()},
            {"exact", moving.shift.exact},
            {"flows", std::move(flows)}};
}

void print_json(const policy::Plan& plan, std::ostream& out) {
    Json names = Json::array();
    for (const auto& name : plan.names)
        names.push_back({{"name", name_text(name)}, {"change", what_happens(name)}});
    Json shifts = Json::array();
    for (const auto& moving : plan.shifts)
        shifts.push_back(as_json(moving));
    out << Json{{"names", std::move(names)}, {"shifts", std::move(shifts)}, {"unseen", plan.unseen}}
               .dump(2)
        << '\n';
}

void print_rest(std::size_t all, std::ostream& out) {
    if (all > kRowsMax) out << "and " << all - kRowsMax << " more; --json has all\n";
}

void print_names(const std::vector<ChangedName>& names, const Streams& streams) {
    std::vector<std::vector<Cell>> rows;
    for (const auto& name : names) {
        if (rows.size() == kRowsMax) break;
        const Tint tint = name.after == nullptr ? Tint::warning : Tint::none;
        rows.push_back({Cell(what_happens(name), tint), name_text(name)});
    }
    if (rows.empty()) return;
    streams.out << '\n';
    print_table({"CHANGE", "NAME"}, rows, streams.colour, streams.out);
    print_rest(names.size(), streams.out);
}

std::string flows_text(const policy::Shift& shift) {
    const auto flows = flows_of(shift);
    std::string text;
    for (std::size_t i = 0; i < std::min(flows.size(), kFlowsMax); ++i) {
        text += (i == 0 ? "" : ", ") + flows[i].from + " -> " + flows[i].to + " " +
                policy::percent_text(flows[i].share);
    }
    return flows.size() > kFlowsMax ? text + ", ..." : text;
}

void print_shifts(const policy::Plan& plan, const Asked& asked, const Streams& streams) {
    std::vector<std::vector<Cell>> rows;
    for (const auto& [name, family, shift] : plan.shifts) {
        if (rows.size() == kRowsMax) break;
        const Tint tint = shift.exceeds(asked.max_shift) ? Tint::bad : Tint::none;
        rows.push_back({name->name.to_string(), address_type(family),
                        Cell(policy::percent_text(shift.share()), tint), flows_text(shift)});
    }
    streams.out << '\n';
    if (rows.empty()) {
        streams.out << "no client of a name that stays is answered otherwise\n";
    } else {
        print_table({"NAME", "TYPE", "MOVES", "FROM -> TO, OF ALL CLIENTS"}, rows, streams.colour,
                    streams.out);
        print_rest(plan.shifts.size(), streams.out);
    }
    if (plan.unseen > 0) {
        streams.out << counted(plan.unseen, "changed name") << " not looked at\n";
    }
}

std::optional<config::Loaded> loaded(const std::filesystem::path& file, const Streams& streams) {
    auto result = config::load(file);
    for (const auto& finding : result.diagnostics) {
        if (finding.severity == config::Severity::error) streams.err << finding.to_string() << '\n';
    }
    return std::move(result.loaded);
}

std::optional<Asked> read(const PlanOptions& options, const Streams& streams) {
    const auto wrong = [&](const std::string& message) {
        streams.err << "fairlead plan: " << message << '\n';
        return std::nullopt;
    };
    Asked asked;
    if (!options.max_shift.empty()) {
        const auto percent = parse_percentage(options.max_shift);
        if (!percent) return wrong("--max-shift: " + percent.error().message);
        asked.max_shift = *percent / 100.0;
    }
    if (!options.clients.empty()) {
        auto clients = read_client_list(options.clients);
        if (!clients) return wrong(clients.error().message);
        asked.clients = *std::move(clients);
    }
    auto before = loaded(options.config, streams);
    auto after = loaded(options.next, streams);
    if (!before || !after) return std::nullopt;
    asked.before = *std::move(before);
    asked.after = *std::move(after);
    return asked;
}

policy::Plan plan_of(const Asked& asked) {
    const auto& [before, after, clients, max_shift] = asked;
    return policy::plan(*before.catalog, *after.catalog, *after.locator,
                        {.clients = clients ? &*clients : nullptr,
                         .places_changed = config::may_place_otherwise(before, after)});
}

}  // namespace

int plan(const PlanOptions& options, const Streams& streams) {
    const auto asked = read(options, streams);
    if (!asked) return kExitBadConfig;
    const auto found = plan_of(*asked);
    if (options.json) {
        print_json(found, streams.out);
    } else {
        streams.out << to_string(policy::changes(*asked->before.catalog, *asked->after.catalog))
                    << '\n';
        print_names(found.names, streams);
        print_shifts(found, *asked, streams);
    }
    const bool too_much = found.exceeds(asked->max_shift);
    const bool limited = !options.max_shift.empty();
    return limited && (too_much || found.unseen > 0) ? kExitTrouble : kExitClean;
}

}  // namespace fairlead::backend
