// SPDX-License-Identifier: Apache-2.0
#include "backend/events/dark_names.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "policy/selection.h"

namespace fairlead::backend {
namespace {

using policy::Node;
using policy::Target;

bool has_name(const Node& node) {
    return node.label.starts_with("pool ") || node.label.starts_with("policy ");
}

/// Its one target says all that it could say.
bool only_repeats(const Node& node, const policy::Forest& forest) {
    return node.targets.size() == 1 && !node.default_target &&
           node.targets.front().kind == Target::Kind::node &&
           has_name(forest.node(node.targets.front().index));
}

const char* consequence(const Node& node, policy::Manner manner) {
    if (node.on_all_unhealthy == policy::OnAllUnhealthy::fail_up) {
        return "who uses it goes elsewhere, as long as there is anything";
    }
    switch (manner) {
        case policy::Manner::serve_all:
            return "all are answered as if they were healthy";
        case policy::Manner::fallback:
            return "its fallback answers";
        case policy::Manner::no_answer:
            return "there is no answer";
        case policy::Manner::normal:
        case policy::Manner::too_few:
            break;
    }
    return "";
}

Event entered(std::string subject, std::string zone, const char* consequence) {
    Event event{.kind = EventKind::all_unhealthy,
                .severity = LogLevel::warning,
                .phase = Phase::begins,
                .subject = std::move(subject),
                .from = "healthy",
                .to = "all_unhealthy",
                .reason = std::string("nothing healthy is left: ") + consequence,
                .zone = std::move(zone)};
    event.text = event.subject + ": " + event.reason;
    return event;
}

Event left(const std::string& subject, const std::string& zone, Duration lasted) {
    Event event{.kind = EventKind::all_unhealthy,
                .severity = LogLevel::info,
                .phase = Phase::ends,
                .subject = subject,
                .from = "all_unhealthy",
                .to = "healthy",
                .reason = "something healthy is there again",
                .zone = zone,
                .lasted = lasted};
    event.text = event.subject + ": " + event.reason;
    return event;
}

}  // namespace

/// Policy simple answers whatever the health.
void DarkNames::learn(const policy::Catalog& catalog) {
    const policy::Forest& forest = catalog.forest();
    watched_.clear();
    std::unordered_set<policy::NodeIndex> known;
    const auto watch = [&](policy::NodeIndex index, std::string subject, std::string zone) {
        const Node& node = forest.node(index);
        if (node.policy == policy::Policy::simple || only_repeats(node, forest)) return;
        const auto& depends = forest.facts(index).depends;
        if (!(depends.health || depends.names) || !known.insert(index).second) return;
        watched_.push_back({index, std::move(subject), std::move(zone)});
    };
    for (policy::NodeIndex i = 0; i < forest.node_count(); ++i) {
        if (has_name(forest.node(i))) watch(i, forest.node(i).label, "");
    }
    for (policy::RecordSetIndex i = 0; i < catalog.record_set_count(); ++i) {
        const policy::RecordSet& records = catalog.record_set(i);
        if (!records.steering) continue;
        watch(records.steering->root, records.name.to_string(),
              catalog.zones()[records.zone].name.to_string());
    }
}

std::vector<Event> DarkNames::update(const ServingState& state, TimePoint now) {
    if (state.catalog != catalog_) learn(*(catalog_ = state.catalog));
    if (!state.health->has_asked()) return {};
    ++updates_;
    const policy::Forest& forest = state.catalog->forest();
    std::vector<Event> events;
    for (const Family family : kFamilies) {
        const auto selection = policy::Selection::for_everybody(forest, state.conditions(), family);
        for (const auto& [node, name, zone] : watched_) {
            if (!forest.facts(node).tells(family)) continue;
            if (selection.presence(node) == policy::Presence::nothing) continue;
            const auto candidates = selection.candidates(node);
            if (candidates.healthy > 0) continue;
            std::string subject = name + (family == Family::v4 ? " (A)" : " (AAAA)");
            const auto [dark, is_new] =
                dark_.try_emplace(subject, Dark{.zone = zone, .since = now});
            dark->second.seen = updates_;
            if (!is_new) continue;
            events.push_back(entered(std::move(subject), zone,
                                     consequence(forest.node(node), candidates.manner)));
        }
    }
    std::erase_if(dark_, [&](const auto& entry) {
        const auto& [subject, dark] = entry;
        if (dark.seen == updates_) return false;
        events.push_back(left(subject, dark.zone, now - dark.since));
        return true;
    });
    return events;
}

}  // namespace fairlead::backend
