// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alerts.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>

#include "backend/alerts/alert_command.h"
#include "backend/alerts/webhook.h"
#include "backend/events/dark_names.h"
#include "checks/transition.h"

namespace fairlead::backend {
namespace {

constexpr std::size_t kBatch = 1000;
/// Each looks at all names.
constexpr std::chrono::seconds kBetweenReconciliations{2};

std::string machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "";
    return name.data();
}

/// Without the path, which may be a secret.
std::string name_of(const config::WebhookSettings& webhook, const std::vector<std::string>& exec) {
    return exec.empty() ? "webhook " + webhook.server.host_header : "exec " + exec.front();
}

/// As events of health name them.
std::unordered_set<std::string> unhealthy_subjects(const ServingState& state) {
    std::unordered_set<std::string> names;
    const auto& health = state.health->health;
    for (checks::SubjectIndex i = 0; i < health.size(); ++i) {
        if (health[i] != checks::Health::unhealthy) continue;
        const auto subject = state.health->at_present(state.catalog->subjects()[i], i);
        if (!subject) continue;
        names.insert(checks::subject_name(state.catalog->checks()[subject->check], *subject));
    }
    return names;
}

/// As events of what has nothing healthy left name them: who begins to look sees all that is dark.
std::unordered_set<std::string> dark_subjects(const ServingState& state, TimePoint now) {
    std::unordered_set<std::string> names;
    for (const Event& event : DarkNames().update(state, now))
        names.insert(event.subject);
    return names;
}

}  // namespace

Alerts::Alerts(boost::asio::io_context& control, const EventHistory& history, Log& log)
    : control_(control),
      history_(history),
      log_(log),
      instance_(machine_name()),
      seen_(history.newest_id()) {}

void Alerts::configure(const config::AlertSettings& settings) {
    std::vector<Entry> next;
    for (const auto& webhook : settings.webhooks)
        next.push_back(take_over(webhook, {}, webhook.events, settings.group_window));
    if (!settings.exec.empty()) {
        next.push_back(take_over({}, settings.exec, settings.exec_events, settings.group_window));
    }
    std::erase_if(next, [](const Entry& entry) { return entry.receiver == nullptr; });
    entries_ = std::move(next);
}

Alerts::Entry Alerts::take_over(const config::WebhookSettings& webhook,
                                const std::vector<std::string>& exec, EventKinds events,
                                Duration window) {
    for (Entry& entry : entries_) {
        if (entry.receiver == nullptr || entry.webhook != webhook || entry.exec != exec) continue;
        entry.receiver->groups().configure(events, window);
        return std::move(entry);
    }
    Entry entry{.webhook = webhook, .exec = exec, .receiver = nullptr};
    auto transport = transport_for(entry);
    if (transport == nullptr) return entry;
    entry.receiver = std::make_unique<AlertReceiver>(
        name_of(webhook, exec), AlertGroups(events, window), std::move(transport),
        [this] { return std::uniform_real_distribution<double>(0, 1)(random_); }, instance_, log_);
    return entry;
}

std::unique_ptr<AlertTransport> Alerts::transport_for(const Entry& entry) {
    if (!entry.exec.empty()) return make_alert_command(control_, entry.exec);
    auto webhook = make_webhook(control_, entry.webhook);
    if (webhook) return *std::move(webhook);
    log_.error("alerts: " + name_of(entry.webhook, entry.exec) + ": " + webhook.error().message);
    return nullptr;
}

void Alerts::tick(TimePoint now, const PublishedState& state) {
    // Before what has come since: an event is told before the state that it is of is published, by
    // milliseconds. Those that were read until now are older than that, and who reads on from here
    // learns what the state has no more.
    if (has_missed_ && now >= reconcile_at_) reconcile(now, *state.load());
    read_events(now);
    for (const Entry& entry : entries_)
        entry.receiver->tick(now);
}

void Alerts::read_events(TimePoint now) {
    while (true) {
        const auto [events, missed] = history_.after(seen_, kBatch);
        if (missed > 0) {
            log_.warning("alerts: " + std::to_string(missed) + " events came too fast to be told");
            has_missed_ = true;
        }
        if (events.empty()) return;
        seen_ = events.back()->id;
        for (const auto& event : events) {
            for (const Entry& entry : entries_)
                entry.receiver->add(event, now);
        }
    }
}

void Alerts::reconcile(TimePoint now, const ServingState& state) {
    has_missed_ = false;
    reconcile_at_ = now + kBetweenReconciliations;
    const auto unhealthy = unhealthy_subjects(state);
    const auto dark = dark_subjects(state, now);
    for (const Entry& entry : entries_) {
        entry.receiver->groups().reconcile(EventKind::health, unhealthy, now);
        entry.receiver->groups().reconcile(EventKind::all_unhealthy, dark, now);
    }
}

std::vector<std::pair<std::string, AlertReceiver::Totals>> Alerts::totals() const {
    std::vector<std::pair<std::string, AlertReceiver::Totals>> list;
    list.reserve(entries_.size());
    std::map<std::string, int> seen;
    for (const Entry& entry : entries_) {
        std::string name = entry.receiver->name();
        if (const int number = ++seen[name]; number > 1) name += " " + std::to_string(number);
        list.emplace_back(std::move(name), entry.receiver->totals());
    }
    return list;
}

}  // namespace fairlead::backend
