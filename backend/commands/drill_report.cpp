// SPDX-License-Identifier: Apache-2.0
#include "backend/commands/drill_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>

#include "backend/commands/table.h"
#include "backend/counted.h"
#include "base/duration.h"

namespace fairlead::backend {
namespace {

using Json = DrillReport::Json;
using Time = DrillReport::Time;

constexpr double kSame = 1e-9;
constexpr std::size_t kDarkShownMax = 20;

double share_of(const std::map<std::string, double>& shares, const std::string& address) {
    const auto found = shares.find(address);
    return found == shares.end() ? 0 : found->second;
}

/// Which part of the answers is another one.
double moved_part(const std::map<std::string, double>& before,
                  const std::map<std::string, double>& after) {
    double gained = 0;
    for (const auto& [address, share] : after)
        gained += std::max(share - share_of(before, address), 0.0);
    return gained;
}

std::string whole_percent(double part) {
    return std::to_string(std::lround(part * 100)) + " %";
}

/// "0.3 s", "75.0 s".
std::string precise(Time time) {
    char text[32];
    (void)std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(time.count()) / 1000);
    return text;
}

/// "198.51.100.20 80 %, 198.51.100.21 20 %"; who answers the most first.
std::string spelled(const std::map<std::string, double>& shares) {
    std::vector<std::pair<std::string, double>> parts(shares.begin(), shares.end());
    std::ranges::stable_sort(parts, std::greater<>(), [](const auto& part) { return part.second; });
    std::string text;
    for (const auto& [address, share] : parts)
        text += (text.empty() ? "" : ", ") + address + " " + whole_percent(share);
    return text;
}

Json optional_ms(const std::optional<Time>& time) {
    return time ? Json(time->count()) : Json();
}

}  // namespace

const char* to_string(DrillEnd end) {
    switch (end) {
        case DrillEnd::done:
            return "done";
        case DrillEnd::interrupted:
            return "interrupted";
        case DrillEnd::aborted:
            return "aborted";
        case DrillEnd::taken_over:
            return "taken_over";
        case DrillEnd::lost:
            return "lost";
    }
    return "";
}

// Seeing.

bool DrillReport::Name::is_as_before() const {
    return moved_part(before, now) < kSame;
}

/// Nobody's answer is a share, too.
template <typename Visit>
void DrillReport::for_each_name(const Json& records, const Visit& visit) {
    for (const auto& record : records["records"]) {
        for (const char* const type : {"A", "AAAA"}) {
            if (!record.contains(type)) continue;
            const auto& parts = record[type]["shares"];
            auto shares = parts["addresses"].template get<Shares>();
            const double unanswered = parts.value("unanswered", 0.0);
            if (unanswered > 0) shares["no answer"] = unanswered;
            visit(Key{record.value("name", ""), type}, record, std::move(shares));
        }
    }
}

DrillReport::DrillReport(const Json& records) {
    for_each_name(records, [&](Key key, const Json& record, const Shares& shares) {
        const auto& ttl = record["ttl"];
        names_[std::move(key)] = {
            .ttl = ttl.is_object() ? ttl.value("max", std::int64_t{0}) : ttl.get<std::int64_t>(),
            .before = shares,
            .now = shares};
    });
    const auto total = records.value("total", std::size_t{0});
    more_names_ = total - std::min(total, records["records"].size());
}

void DrillReport::look(Time at, const Json& records) {
    for_each_name(records, [&](const Key& key, const Json&, Shares shares) {
        const auto found = names_.find(key);
        if (found == names_.end()) return;  // a reload has brought it
        Name& name = found->second;
        name.now = std::move(shares);
        const double moved = moved_part(name.before, name.now);
        if (moved < kSame) {
            if (has_ended_ && !name.back) name.back = at - ended_;
            return;
        }
        if (!name.switched) name.switched = at;
        name.back.reset();
        if (moved > name.moved) {
            name.moved = moved;
            name.moved_to = name.now;
        }
    });
}

bool DrillReport::is_told(const Json& event) {
    const std::string kind = event.value("kind", "");
    return kind == "failover" || kind == "failback" || kind == "all_unhealthy";
}

void DrillReport::add_event(const Json& event) {
    if (!is_told(event)) return;
    if (event["kind"] != "all_unhealthy") return moves_.push_back(event);
    const std::string subject = event.value("subject", "");
    if (event.value("active", false)) {
        dark_.push_back({.subject = subject,
                         .since = event.value("time", ""),
                         .reason = event.value("reason", ""),
                         .lasted_ms = {}});
        return;
    }
    for (Dark& dark : dark_) {
        if (dark.subject == subject && !dark.lasted_ms) {
            dark.lasted_ms = event.value("lasted_ms", std::int64_t{0});
        }
    }
}

void DrillReport::end(Time at, DrillEnd end, std::string why) {
    ended_ = at;
    has_ended_ = true;
    end_ = end;
    why_ = std::move(why);
}

bool DrillReport::is_restored() const {
    return std::ranges::all_of(names_, [](const auto& name) { return name.second.is_as_before(); });
}

// Telling.

/// Those of which the most moved first.
std::vector<std::pair<DrillReport::Key, DrillReport::Name>> DrillReport::moved() const {
    std::vector<std::pair<Key, Name>> list;
    for (const auto& name : names_) {
        if (name.second.switched) list.emplace_back(name);
    }
    std::ranges::stable_sort(list, std::greater<>(),
                             [](const auto& name) { return name.second.moved; });
    return list;
}

std::optional<Time> DrillReport::last_switch() const {
    std::optional<Time> last;
    for (const auto& [key, name] : names_) {
        if (name.switched) last = std::max(last.value_or(Time(0)), *name.switched);
    }
    return last;
}

/// Until the last name was answered as before.
std::optional<Time> DrillReport::time_to_restore() const {
    if (!has_ended_ || !is_restored()) return std::nullopt;
    Time last{0};
    for (const auto& [key, name] : names_) {
        if (name.switched) last = std::max(last, name.back.value_or(Time(0)));
    }
    return last;
}

std::int64_t DrillReport::largest_ttl() const {
    std::int64_t ttl = 0;
    for (const auto& [key, name] : names_) {
        if (name.switched) ttl = std::max(ttl, name.ttl);
    }
    return ttl;
}

Json DrillReport::json(Json head) const {
    Json names = Json::array();
    for (const auto& [key, name] : moved()) {
        names.push_back({{"name", key.first},
                         {"type", key.second},
                         {"switched_after_ms", optional_ms(name.switched)},
                         {"moved", name.moved},
                         {"from", name.before},
                         {"to", name.moved_to},
                         {"back_after_ms", optional_ms(name.back)},
                         {"ttl", name.ttl}});
    }
    Json dark = Json::array();
    for (const Dark& each : dark_) {
        dark.push_back({{"subject", each.subject},
                        {"time", each.since},
                        {"reason", each.reason},
                        {"lasted_ms", each.lasted_ms ? Json(*each.lasted_ms) : Json()}});
    }
    head["ended"] = to_string(end_);
    head["why"] = why_;
    head["lasted_ms"] = ended_.count();
    head["restored"] = is_restored();
    head["restored_after_ms"] = optional_ms(time_to_restore());
    head["names"] = std::move(names);
    head["names_unmoved"] = names_.size() - head["names"].size();
    head["names_not_looked_at"] = more_names_;
    head["moves"] = moves_;
    head["all_unhealthy"] = std::move(dark);
    head["events_missed"] = missed_;
    return head;
}

void DrillReport::print_names(bool colour, std::ostream& out) const {
    std::vector<std::vector<Cell>> rows;
    for (const auto& [key, name] : moved()) {
        const bool no_answer = name.moved_to.contains("no answer");
        rows.push_back({key.first, key.second, precise(*name.switched), whole_percent(name.moved),
                        spelled(name.before),
                        Cell(spelled(name.moved_to), no_answer ? Tint::bad : Tint::none),
                        name.back ? Cell(precise(*name.back)) : Cell("not back", Tint::warning),
                        std::to_string(name.ttl) + " s"});
    }
    if (rows.empty()) {
        out << "no answer has moved\n";
    } else {
        print_table({"NAME", "TYPE", "SWITCHED", "MOVED", "FROM", "TO", "BACK", "TTL"}, rows,
                    colour, out);
    }
    const auto unmoved = names_.size() - rows.size();
    if (!rows.empty() && unmoved > 0)
        out << "not moved: " << counted(unmoved, "more answer") << '\n';
    if (more_names_ > 0) out << "not looked at: " << counted(more_names_, "more name") << '\n';
}

void DrillReport::print_dark(bool colour, std::ostream& out) const {
    const auto shown = std::span(dark_).first(std::min(dark_.size(), kDarkShownMax));
    const std::string what = tinted("nothing healthy left", Tint::bad, colour) + ": ";
    for (const Dark& each : shown) {
        out << what << each.subject << ' '
            << (each.lasted_ms ? "for " + precise(Time(*each.lasted_ms)) : "still") << " ("
            << each.since << ")\n";
    }
    if (shown.size() < dark_.size()) out << what << dark_.size() - shown.size() << " more\n";
    if (missed_ > 0) out << counted(missed_, "event") << " came too fast to be seen\n";
    if (dark_.empty() && missed_ == 0) out << "nothing was left without a healthy target\n";
}

void DrillReport::print(bool colour, std::ostream& out) const {
    std::string how = to_string(end_);
    std::ranges::replace(how, '_', ' ');
    out << tinted("drill " + how, end_ == DrillEnd::done ? Tint::good : Tint::bad, colour)
        << " after " << precise(ended_) << (why_.empty() ? "" : ": " + why_) << '\n';
    print_names(colour, out);
    print_dark(colour, out);
    if (const auto last = last_switch()) {
        out << "switched within " << precise(*last);
        if (const auto back = time_to_restore()) out << ", back within " << precise(*back);
        out << "; resolvers follow within the TTL, " << largest_ttl() << " s at most\n";
    }
    if (!is_restored()) {
        out << tinted("not as before", Tint::warning, colour)
            << ": see `fairlead status`; with failback: manual, `fairlead failback NAME`\n";
    }
}

}  // namespace fairlead::backend
