// SPDX-License-Identifier: Apache-2.0
#include "admin/api.h"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>
#include <utility>

#include "admin/client_list.h"
#include "admin/endpoints.h"
#include "admin/event_json.h"
#include "admin/explanation.h"
#include "admin/metrics.h"
#include "admin/plan_json.h"
#include "admin/question.h"
#include "admin/records.h"
#include "admin/reply.h"
#include "admin/simulation.h"
#include "admin/status.h"
#include "base/duration.h"
#include "checks/snapshot.h"
#include "policy/assume_down.h"
#include "policy/operator_names.h"
#include "policy/plan.h"

namespace fairlead::admin {
namespace {

using Json = nlohmann::ordered_json;

/// One request, taken apart.
struct Call {
    const HttpRequest& request;
    std::string token;               // its name; empty: none was needed
    std::vector<std::string> names;  // what stands for {name} in the path
    std::map<std::string, std::string, std::less<>> query;
    Process& process;

    /// Who asks.
    [[nodiscard]] std::string by() const { return token.empty() ? request.user() : token; }

    [[nodiscard]] std::string parameter(std::string_view key, const char* otherwise = "") const {
        const auto found = query.find(key);
        return found == query.end() ? otherwise : found->second;
    }
};

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(text.substr(0, 100)) + "\"";
}

// ---- reading ----

Result<std::uint64_t> number_parameter(const Call& call, std::string_view key,
                                       std::uint64_t fallback, std::uint64_t max) {
    const auto found = call.query.find(key);
    if (found == call.query.end()) return fallback;
    const std::string& text = found->second;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > max) {
        return Error{std::string(key) + ": " + in_quotes(text) + " is not a number up to " +
                     std::to_string(max)};
    }
    return number;
}

constexpr std::uint64_t kLimitMax = 10000;
/// Shares are worked out for each name, on the thread that also follows what happens.
constexpr std::uint64_t kLimitMaxWithShares = 200;

Result<Page> page_of(const Call& call, std::uint64_t limit_max = kLimitMax) {
    const auto offset = number_parameter(call, "offset", 0, 0xffffffff);
    if (!offset) return offset.error();
    const auto usual = std::min<std::uint64_t>(Page{}.limit, limit_max);
    const auto limit = number_parameter(call, "limit", usual, limit_max);
    if (!limit) return limit.error();
    return Page{.offset = *offset, .limit = *limit};
}

/// The members of a JSON body, which must all be texts with names out of `known`.
Result<std::map<std::string, std::string>> text_members(const Call& call,
                                                        std::span<const std::string_view> known) {
    const auto json = Json::parse(call.request.body, nullptr, false);
    if (!json.is_object()) return Error{"the body must be a JSON object"};
    std::map<std::string, std::string> members;
    for (const auto& [key, value] : json.items()) {
        if (std::ranges::find(known, key) == known.end()) {
            return Error{"there is no member " + in_quotes(key)};
        }
        if (!value.is_string()) return Error{in_quotes(key) + " must be a text"};
        members[key] = value.get<std::string>();
    }
    return members;
}

// ---- resources ----

HttpReply live(const Call&) {
    return document({{"live", true}});
}

HttpReply ready(const Call& call) {
    const auto problem =
        why_not_ready(call.process.view(), call.process.activity(), call.process.now().steady);
    if (problem) return document({{"ready", false}, {"error", *problem}}, 503);
    return document({{"ready", true}});
}

HttpReply metrics(const Call& call) {
    return {.body = metrics_text(call.process.view(), call.process.activity(),
                                 call.process.lookups(), call.process.now()),
            .content_type = kMetricsType};
}

HttpReply status(const Call& call) {
    return document(status_json(call.process.view(), call.process.activity(), call.process.now()));
}

HttpReply endpoints(const Call& call) {
    const auto page = page_of(call);
    if (!page) return failure(400, page.error().message);
    const auto label = call.parameter("label");
    const auto selector = policy::LabelSelector::parse(label);
    if (!selector && call.query.contains("label")) {
        return failure(400, "label: " + in_quotes(label) + " is no NAME=VALUE");
    }
    return document(endpoints_json(call.process.view(), *page, call.process.now(), selector));
}

HttpReply pools(const Call& call) {
    const auto page = page_of(call);
    if (!page) return failure(400, page.error().message);
    return document(pools_json(call.process.view(), *page, call.process.now()));
}

HttpReply records(const Call& call) {
    const std::string shares = call.parameter("shares", "false");
    if (shares != "true" && shares != "false") return failure(400, "shares: true or false");
    const auto page = page_of(call, shares == "true" ? kLimitMaxWithShares : kLimitMax);
    if (!page) return failure(400, page.error().message);
    const View view = call.process.view();
    RecordSelection selection;
    if (call.query.contains("target")) {
        const auto target = call.parameter("target");
        selection.answered_by = policy::endpoints_named(view.forest(), target);
        if (selection.answered_by->empty())
            return failure(404, policy::nothing_named(view.forest(), target));
    }
    if (shares == "true") {
        const auto question = read_question({.name = ".",
                                             .type = "ANY",
                                             .client = call.parameter("client"),
                                             .ecs = call.parameter("ecs")});
        if (!question) return failure(400, question.error().message);
        selection.shares_for = (*question)->query.client;
    }
    return document(records_json(view, *page, selection));
}

HttpReply standing(const Call& call) {
    const auto of = call.parameter("of");
    auto json = standing_json(call.process.view(), of);
    if (json.is_null()) {
        return failure(404, "no steered record is called " + in_quotes(of) +
                                "; a pool is written \"pool NAME\", a policy \"policy NAME\"");
    }
    return document(json);
}

HttpReply record(const Call& call) {
    const auto question = read_question({.name = call.names.front(),
                                         .type = "ANY",
                                         .client = call.parameter("client"),
                                         .ecs = call.parameter("ecs")});
    if (!question) return failure(400, question.error().message);
    const View view = call.process.view();
    const auto& query = (*question)->query;
    const policy::RecordSet* const found = view.catalog->find(query.name, -1);
    if (found == nullptr) return failure(404, "no record is called " + query.name.to_string());
    return document(record_json(view, *found, query.client, call.process.now()));
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream list(text);
    for (std::string word; std::getline(list, word, ',');)
        words.push_back(word);
    return words;
}

/// What is now, or what would be if the endpoints in `down`, a list with commas, were down.
Result<View> assumed_view(const Call& call) {
    View view = call.process.view();
    static constexpr std::size_t kDownMax = 100;  // each is looked for among all endpoints
    const auto down = words_of(call.parameter("down"));
    if (down.empty()) return view;
    if (down.size() > kDownMax) {
        return Error{"down: at most " + std::to_string(kDownMax) + " endpoints"};
    }
    auto health = std::make_shared<checks::Snapshot>(*view.health);
    if (const auto never = policy::assume_down(*view.catalog, down, *health)) {
        return Error{"down: " + to_string(*never)};
    }
    view.health = std::move(health);
    return view;
}

HttpReply explain(const Call& call) {
    const auto seed = number_parameter(call, "seed", 0, 0xffffffff);
    if (!seed) return failure(400, seed.error().message);
    const auto question = read_question({.name = call.parameter("name"),
                                         .type = call.parameter("type", "A"),
                                         .client = call.parameter("client"),
                                         .ecs = call.parameter("ecs"),
                                         .seed = *seed});
    if (!question) return failure(400, question.error().message);
    const auto view = assumed_view(call);
    if (!view) return failure(400, view.error().message);
    const Explanation explanation(*view, (*question)->query);
    if (call.request.accept.starts_with("text/plain")) {
        return {.body = explanation.text(call.process.now().steady),
                .content_type = "text/plain; charset=utf-8"};
    }
    return {.body = explanation.json()};
}

HttpReply overrides(const Call& call) {
    return document(overrides_json(call.process.view(), call.process.now()));
}

bool is_printable(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// The entry that a body asks for.
Result<policy::OverrideEntry> entry_of(const Call& call) {
    static constexpr std::array<std::string_view, 4> kMembers{"target", "state", "reason", "for"};
    static constexpr std::chrono::days kForMax{366};
    auto members = text_members(call, kMembers);
    if (!members) return members.error();
    auto& text = *members;
    const Moment now = call.process.now();
    policy::OverrideEntry entry{
        .target = text["target"], .reason = text["reason"], .by = call.by(), .since = now.wall};
    if (entry.target.empty()) return Error{"\"target\" is missing: an endpoint, a pool or a label"};
    const auto state = policy::state_named(text["state"]);
    if (!state) return Error{"\"state\" must be up, down, drain or obey"};
    entry.state = *state;
    if (entry.reason.find_first_not_of(' ') == std::string::npos) {
        return Error{"\"reason\" is missing: say why, for whoever reads it later"};
    }
    if (entry.reason.size() > policy::kReasonMax || !is_printable(entry.reason)) {
        return Error{"\"reason\" must be one line of at most " +
                     std::to_string(policy::kReasonMax) + " bytes"};
    }
    if (!text.contains("for")) return entry;
    const auto time = parse_duration(text["for"]);
    if (!time || *time <= std::chrono::milliseconds(0) || *time > kForMax) {
        return Error{"\"for\": " + in_quotes(text["for"]) +
                     " is no duration such as 30m, 2h or 1d, up to " +
                     std::to_string(kForMax.count()) + "d"};
    }
    entry.until = now.wall + *time;
    return entry;
}

HttpReply set_override(const Call& call) {
    const auto entry = entry_of(call);
    if (!entry) return failure(400, entry.error().message);
    const View view = call.process.view();
    if (policy::endpoints_named(view.forest(), entry->target).empty()) {
        return failure(404, policy::nothing_named(view.forest(), entry->target));
    }
    if (const auto set = call.process.set_override(*entry); !set) {
        return failure(409, set.error().message);
    }
    const View after = call.process.view();
    const auto* const set = after.set->find(entry->target);
    return document(override_json(after, set == nullptr ? *entry : *set, call.process.now()));
}

HttpReply remove_override(const Call& call) {
    const auto target = call.parameter("target");
    if (target.empty()) return failure(400, "say which: ?target=NAME");
    if (!call.process.remove_override(target, call.by())) {
        return failure(404, "nothing is set for " + in_quotes(target));
    }
    return document({{"removed", target}});
}

HttpReply fail_back(const Call& call) {
    static constexpr std::array<std::string_view, 1> kMembers{"name"};
    auto members = text_members(call, kMembers);
    if (!members) return failure(400, members.error().message);
    const std::string name = (*members)["name"];
    if (name.empty()) return failure(400, "\"name\" is missing: a record, a policy or its path");
    const View view = call.process.view();
    const auto nodes = policy::failback_nodes_named(*view.catalog, name);
    if (nodes.empty()) {
        return failure(404, in_quotes(name) +
                                " is no record or policy with failback: manual or "
                                "{after: ...}; others return by themselves");
    }
    Json moves = Json::array();
    for (const auto& move : call.process.fail_back(nodes, call.by())) {
        const policy::Node& node = view.forest().node(move.node);
        moves.push_back({{"node", node.path},
                         {"type", address_type(move.family)},
                         {"from", node.targets[move.from].label},
                         {"to", node.targets[move.to].label}});
    }
    return document({{"name", name}, {"moved", std::move(moves)}});
}

/// An empty body says that all is well.
Result<checks::HeartbeatReport> report_of(const Call& call) {
    static constexpr std::array<std::string_view, 2> kMembers{"state", "message"};
    checks::HeartbeatReport report;
    if (call.request.body.empty()) return report;
    auto members = text_members(call, kMembers);
    if (!members) return members.error();
    auto& text = *members;
    if (text.contains("state") && text["state"] != "up" && text["state"] != "down") {
        return Error{"\"state\" must be up or down"};
    }
    report.is_up = text["state"] != "down";
    report.message = text["message"];
    return report;
}

HttpReply heartbeat(const Call& call) {
    auto report = report_of(call);
    if (!report) return failure(400, report.error().message);
    const std::string& check = call.names[0];
    const std::string& endpoint = call.names[1];
    const bool is_up = report->is_up;
    const auto ttl = call.process.heartbeat(check, endpoint, *std::move(report));
    if (!ttl) return failure(404, ttl.error().message);
    return document({{"check", check},
                     {"endpoint", endpoint},
                     {"state", is_up ? "up" : "down"},
                     {"ttl_s", static_cast<double>(ttl->count()) / 1000}});
}

HttpReply log_level(const Call& call) {
    const LogSettings settings = call.process.log_settings();
    return document({{"level", to_string(settings.lowest)},
                     {"format", settings.format == LogFormat::json ? "json" : "text"}});
}

HttpReply set_log_level(const Call& call) {
    static constexpr std::array<std::string_view, 1> kMembers{"level"};
    auto members = text_members(call, kMembers);
    if (!members) return failure(400, members.error().message);
    const auto level = log_level_named((*members)["level"]);
    if (!level) return failure(400, "\"level\" must be debug, info, warning or error");
    call.process.set_log_level(*level, call.by());
    return log_level(call);
}

Json findings_json(const std::vector<Finding>& findings) {
    Json list = Json::array();
    for (const auto& finding : findings) {
        list.push_back({{"severity", finding.is_error ? "error" : "warning"},
                        {"rule", finding.rule},
                        {"text", finding.text}});
    }
    return list;
}

HttpReply reload_reply(const ReloadOutcome& outcome) {
    Json json{{"applied", outcome.applied},
              {"summary", outcome.summary},
              {"findings", findings_json(outcome.findings)}};
    if (!outcome.applied) json["error"] = outcome.summary;
    return document(json, outcome.applied ? 200 : 422);
}

/// With "max_shift", in percent.
void reload(const Call& call, const Api::Done& done) {
    static constexpr std::uint64_t kPercentMax = 100;
    std::optional<double> max_shift;
    if (call.query.contains("max_shift")) {
        const auto percent = number_parameter(call, "max_shift", 0, kPercentMax);
        if (!percent) return done(failure(400, percent.error().message));
        max_shift = static_cast<double>(*percent) / kPercentMax;
    }
    call.process.reload(call.by(), max_shift,
                        [done](const ReloadOutcome& outcome) { done(reload_reply(outcome)); });
}

// ---- calculations, on a thread of their own ----

/// `work` makes the reply from what it has kept; no Call lives that long.
void calculate(const Call& call, const Api::Done& done,
               std::function<HttpReply(const std::stop_token&)> work) {
    const auto reply = std::make_shared<HttpReply>(
        failure(503, "there is not enough memory for this calculation"));
    const bool begun = call.process.calculate(
        [reply, work = std::move(work)](const std::stop_token& stop) { *reply = work(stop); },
        [reply, done] { done(std::move(*reply)); });
    if (!begun) done(failure(503, "other calculations are under way; ask again"));
}

/// A list of clients as text; nothing when there is none.
Result<std::optional<std::vector<policy::ClientBlock>>> clients_of(const std::string& text) {
    std::optional<std::vector<policy::ClientBlock>> clients;
    if (text.empty()) return clients;
    std::istringstream lines(text);
    auto list = read_client_list(lines, "clients");
    if (!list) return list.error();
    clients = *std::move(list);
    return clients;
}

HttpReply plan_reply(const Candidate& next,
                     const std::optional<std::vector<policy::ClientBlock>>& clients,
                     const std::stop_token& stop) {
    if (next.after == nullptr) {
        return document(
            {{"error", "the configuration has errors"}, {"findings", findings_json(next.findings)}},
            422);
    }
    const auto plan = policy::plan(*next.before, *next.after, *next.locator,
                                   {.clients = clients ? &*clients : nullptr,
                                    .places_changed = next.places_changed,
                                    .stop = stop});
    auto json = plan_json(*next.before, *next.after, plan);
    json["findings"] = findings_json(next.findings);
    return document(json);
}

void plan(const Call& call, const Api::Done& done) {
    static constexpr std::array<std::string_view, 2> kMembers{"file", "clients"};
    auto members = text_members(call, kMembers);
    if (!members) return done(failure(400, members.error().message));
    const std::string file = (*members)["file"];
    if (file.empty())
        return done(failure(400, "\"file\" is missing: the configuration to compare"));
    // A zero byte would end the path for the system, and not for who looks at its ending.
    if (!is_printable(file)) return done(failure(400, "\"file\" has control characters"));
    auto clients = clients_of((*members)["clients"]);
    if (!clients) return done(failure(400, clients.error().message));
    auto candidate = call.process.candidate(file);
    if (!candidate) return done(failure(400, candidate.error().message));
    calculate(call, done,
              [read = *std::move(candidate), clients = *std::move(clients)](
                  const std::stop_token& stop) { return plan_reply(read(), clients, stop); });
}

/// With the health of this moment, but for `down`, a list with commas.
HttpReply simulation_reply(const View& view, const SimulationQuestion& question,
                           const std::vector<std::string>& down) {
    auto health = *view.health;
    if (const auto never = policy::assume_down(*view.catalog, down, health)) {
        return failure(400, "down: " + to_string(*never));
    }
    const policy::Conditions conditions(health, view.overrides.get(), view.positions.get());
    const auto result = simulate(*view.catalog, *view.locator, conditions, question);
    if (!result) return failure(400, result.error().message);
    return document(simulation_json(question, *result));
}

void simulation(const Call& call, const Api::Done& done) {
    static constexpr std::array<std::string_view, 4> kMembers{"name", "type", "down", "clients"};
    auto members = text_members(call, kMembers);
    if (!members) return done(failure(400, members.error().message));
    auto& text = *members;
    auto clients = clients_of(text["clients"]);
    if (!clients) return done(failure(400, clients.error().message));
    SimulationQuestion question{.name = text["name"], .clients = *std::move(clients)};
    if (text.contains("type")) question.type = text["type"];
    const View view = call.process.view();
    const auto steering = steering_of(*view.catalog, question.name);
    if (!steering) return done(failure(404, steering.error().message));
    calculate(call, done,
              [view, question = std::move(question), down = words_of(text["down"])](
                  const std::stop_token&) { return simulation_reply(view, question, down); });
}

// ---- events ----

Json events_json(const EventPage& page, std::uint64_t newest) {
    Json list = Json::array();
    for (const auto& event : page.events)
        list.push_back(event_json(*event));
    return {{"events", std::move(list)}, {"missed", page.missed}, {"newest", newest}};
}

std::string event_lines(const EventPage& page) {
    std::string lines;
    if (page.missed > 0) lines = Json{{"missed", page.missed}}.dump() + "\n";
    for (const auto& event : page.events)
        lines += event_line(*event);
    return lines;
}

/// The page, and from there on what happens. `process` outlives all connections.
HttpReply event_stream(const Process& process, EventPage page, std::optional<std::uint64_t> since) {
    static constexpr std::size_t kAtOnce = 100;
    if (!since) page.missed = 0;  // the newest were asked for
    const auto last =
        page.events.empty() ? since.value_or(process.newest_event()) : page.events.back()->id;
    return {.body = event_lines(page),
            .content_type = "application/x-ndjson",
            .more = [&process, seen = last]() mutable {
                const EventPage next = process.events(seen, kAtOnce);
                if (!next.events.empty()) seen = next.events.back()->id;
                return next.events.empty() ? std::string() : event_lines(next);
            }};
}

HttpReply events(const Call& call) {
    static constexpr std::uint64_t kIdMax = std::uint64_t{1} << 53U;  // exact in any JSON
    std::optional<std::uint64_t> since;
    if (call.query.contains("since")) {
        const auto id = number_parameter(call, "since", 0, kIdMax);
        if (!id) return failure(400, id.error().message);
        since = *id;
    }
    const auto limit = number_parameter(call, "limit", Page{}.limit, kLimitMax);
    if (!limit) return failure(400, limit.error().message);
    const std::string follow = call.parameter("follow", "false");
    if (follow != "true" && follow != "false") return failure(400, "follow: true or false");
    const EventPage page = call.process.events(since, *limit);
    if (follow == "true") return event_stream(call.process, page, since);
    return document(events_json(page, call.process.newest_event()));
}

// ---- routing ----

/// Replies at once or later.
using Resource = void (*)(const Call&, const Api::Done&);

template <HttpReply (*reply)(const Call&)>
void at_once(const Call& call, const Api::Done& done) {
    done(reply(call));
}

struct Route {
    std::string_view method;
    std::string_view path;  // "{name}" stands for one segment
    Resource resource;
    bool is_open = false;    // without a token
    bool is_report = false;  // with a token of the check that the first segment names, too
};

constexpr std::string_view kHeartbeat = "/api/v1/heartbeats/{check}/{endpoint}";

constexpr auto kRoutes = std::to_array<Route>({
    {"GET", "/livez", at_once<live>, true},
    {"GET", "/readyz", at_once<ready>, true},
    {"GET", "/metrics", at_once<metrics>},
    {"GET", "/api/v1/status", at_once<status>},
    {"GET", "/api/v1/endpoints", at_once<endpoints>},
    {"GET", "/api/v1/pools", at_once<pools>},
    {"GET", "/api/v1/records", at_once<records>},
    {"GET", "/api/v1/standing", at_once<standing>},
    {"GET", "/api/v1/records/{name}", at_once<record>},
    {"GET", "/api/v1/explain", at_once<explain>},
    {"GET", "/api/v1/events", at_once<events>},
    {"GET", "/api/v1/overrides", at_once<overrides>},
    {"PUT", "/api/v1/overrides", at_once<set_override>},
    {"DELETE", "/api/v1/overrides", at_once<remove_override>},
    {"POST", "/api/v1/failback", at_once<fail_back>},
    {"PUT", kHeartbeat, at_once<heartbeat>, false, true},
    {"POST", kHeartbeat, at_once<heartbeat>, false, true},
    {"GET", "/api/v1/log", at_once<log_level>},
    {"PUT", "/api/v1/log", at_once<set_log_level>},
    {"POST", "/api/v1/reload", reload},
    {"POST", "/api/v1/plan", plan},
    {"POST", "/api/v1/simulate", simulation},
});

bool is_placeholder(std::string_view segment) {
    return segment.starts_with('{');
}

/// Takes the first segment off `path`.
std::string_view take_segment(std::string_view& path) {
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
    return segment;
}

/// Whether the path, as it was sent, is the route's.
bool is_path_of(const Route& route, std::string_view path) {
    std::string_view pattern = route.path;
    if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
    while (!pattern.empty()) {
        const auto wanted = take_segment(pattern);
        const auto given = take_segment(path);
        if (is_placeholder(wanted) ? given.empty() : given != wanted) return false;
    }
    return true;
}

/// What stands for the placeholders of a route that the path is of.
std::vector<std::string> names_in(const Route& route, const boost::urls::url_view& url) {
    std::vector<std::string> names;
    std::string_view pattern = route.path.substr(1);
    for (const auto& segment : url.segments()) {
        if (is_placeholder(take_segment(pattern))) names.push_back(segment);
    }
    return names;
}

/// What the path leads to: the route for the method, or the methods that there are.
struct Found {
    const Route* route = nullptr;
    std::string allow;
    std::vector<std::string> names;
};

Found find(const HttpRequest& request, const boost::urls::url_view& url) {
    Found found;
    const std::string_view path(url.encoded_path().data(), url.encoded_path().size());
    for (const auto& route : kRoutes) {
        if (!is_path_of(route, path)) continue;
        found.names = names_in(route, url);
        if (route.method == request.method) found.route = &route;
        found.allow += (found.allow.empty() ? "" : ", ") + std::string(route.method);
    }
    return found;
}

}  // namespace

Api::Api(Process& process, std::vector<Token> tokens, const HeartbeatTokens& heartbeats)
    : process_(process), access_(std::move(tokens)) {
    replace_heartbeat_tokens(heartbeats);
}

void Api::replace_heartbeat_tokens(const HeartbeatTokens& tokens) {
    heartbeat_access_.clear();
    for (const auto& [check, list] : tokens)
        heartbeat_access_.emplace(check, Access(list));
}

/// An operator may report for every check. One with tokens of its own needs a token even where
/// operators need none.
Result<std::string> Api::who_reports(std::string_view check, const HttpRequest& request) const {
    auto by = access_.who(request.authorization);
    const auto own = heartbeat_access_.find(check);
    if (own == heartbeat_access_.end() || (by && access_.asks_for_token())) return by;
    if (auto target = own->second.who(request.authorization)) return target;
    return Error{
        "send \"Authorization: Bearer TOKEN\" with one of the tokens in the check's "
        "token_file"};
}

void Api::answer(const HttpRequest& request, const Done& done) {
    const auto url = boost::urls::parse_origin_form(request.target);
    if (!url) return done(failure(400, "the path cannot be understood"));
    auto [route, allow, names] = find(request, *url);
    if (allow.empty()) return done(failure(404, "there is no " + in_quotes(request.target)));
    if (const auto person = access_.is_no_browser(request.host, request.origin); !person) {
        return done(failure(403, person.error().message));
    }
    const bool reports = route != nullptr && route->is_report;
    auto by = reports ? who_reports(names.front(), request) : access_.who(request.authorization);
    if (!by && (route == nullptr || !route->is_open)) {
        return done(failure(401, by.error().message));
    }
    if (route == nullptr) {
        auto reply = failure(405, request.method + " is not for this path; there is " + allow);
        reply.allow = allow;
        return done(reply);
    }
    Call call{.request = request,
              .token = by ? *by : std::string(),
              .names = std::move(names),
              .query = {},
              .process = process_};
    for (const auto& parameter : url->params())
        call.query[parameter.key] = parameter.value;
    route->resource(call, done);
}

std::vector<Api::Route> Api::routes() {
    std::vector<Route> list;
    list.reserve(kRoutes.size());
    for (const auto& route : kRoutes)
        list.push_back({std::string(route.method), std::string(route.path)});
    return list;
}

}  // namespace fairlead::admin
