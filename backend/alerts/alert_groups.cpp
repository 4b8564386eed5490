// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alert_groups.h"

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/fingerprint.h"

namespace fairlead::backend {
namespace {

/// What belongs into one message: an endpoint, the pools it was the last of, and the failovers that
/// follow are one outage.
const char* class_of(EventKind kind) {
    switch (kind) {
        case EventKind::health:
        case EventKind::all_unhealthy:
        case EventKind::failover:
        case EventKind::failback:
            return "outage";
        case EventKind::checker:
        case EventKind::reload:
        case EventKind::caches:
        case EventKind::override:
        case EventKind::certificate:
        case EventKind::query_spike:
            break;
    }
    return to_string(kind);
}

std::uint64_t key_of(EventKind kind, const std::string& subject) {
    return Fingerprint().add(kind).add(subject).value();
}

void list(AlertMessage& message, const std::shared_ptr<const Event>& event) {
    if (message.events.size() < AlertGroups::kEventsShown) {
        message.events.push_back(event);
    } else {
        ++message.more;
    }
    message.time = std::max(message.time, event->time);
}

void tell(AlertMessage& message, const std::shared_ptr<const Event>& event) {
    ++message.counts[static_cast<std::size_t>(event->kind)];
    if (event->kind == EventKind::all_unhealthy && message.dark.size() < AlertGroups::kDarkShown) {
        message.dark.push_back(event->subject);
    }
    list(message, event);
}

/// ": pool fra (A), pool ams (A), pool nyc (A) and 9 more".
std::string dark_text(const AlertMessage& message) {
    std::string text;
    for (const auto& subject : message.dark)
        text += (text.empty() ? ": " : ", ") + subject;
    const std::size_t all = message.counts[static_cast<std::size_t>(EventKind::all_unhealthy)];
    const std::size_t more = all - message.dark.size();
    if (text.empty() || more == 0) return text;
    return text + " and " + std::to_string(more) + " more";
}

std::string counted(EventKind kind, std::size_t count) {
    const std::string number = std::to_string(count) + " ";
    const auto words = [&](const char* one, const char* many) {
        return number + (count == 1 ? one : many);
    };
    switch (kind) {
        case EventKind::health:
            return number + "unhealthy";
        case EventKind::failover:
            return words("failover", "failovers");
        case EventKind::failback:
            return words("failback", "failbacks");
        case EventKind::all_unhealthy:
            return number + "with nothing healthy left";
        case EventKind::checker:
            return "checker stale";
        case EventKind::reload:
            return words("reload", "reloads");
        case EventKind::caches:
            return "caches are not purged";
        case EventKind::override:
            return words("override", "overrides");
        case EventKind::certificate:
            return words("certificate expires soon", "certificates expire soon");
        case EventKind::query_spike:
            return words("spike of queries", "spikes of queries");
    }
    return "";
}

}  // namespace

const char* to_string(AlertStatus status) {
    switch (status) {
        case AlertStatus::firing:
            return "firing";
        case AlertStatus::resolved:
            return "resolved";
        case AlertStatus::notice:
            return "notice";
    }
    return "";
}

void AlertGroups::add(const std::shared_ptr<const Event>& event, TimePoint now) {
    if (!wanted_.test(static_cast<std::size_t>(event->kind))) return;
    switch (event->phase) {
        case Phase::begins:
            return begin(event, now);
        case Phase::ends:
            return end(event, now);
        case Phase::instant:
            break;
    }
    Group& group = group_for(*event, now)->second;
    group.has_notices = true;
    tell(group.message, event);
}

/// The group that still collects events about this; end() when there is none.
AlertGroups::Groups::iterator AlertGroups::collecting(const char* about, TimePoint now) {
    return std::ranges::find_if(groups_, [&](const auto& entry) {
        const Group& group = entry.second;
        return !group.told && now < group.collects_until && group.message.about == about;
    });
}

template <typename Holds>
AlertGroups::Groups::iterator AlertGroups::newest(const char* about, Holds holds) {
    for (auto group = groups_.rbegin(); group != groups_.rend(); ++group) {
        if (group->second.message.about == about && holds(group->second)) {
            return std::prev(group.base());
        }
    }
    return groups_.end();
}

/// One that collects; for what does not last else the newest that is open; else a new one.
AlertGroups::Groups::iterator AlertGroups::group_for(const Event& event, TimePoint now) {
    const char* const about = class_of(event.kind);
    if (const auto found = collecting(about, now); found != groups_.end()) return found;
    if (event.phase == Phase::instant) {
        const auto told = newest(about, [](const Group& group) { return group.told; });
        if (told != groups_.end()) return told;
    }
    const auto made = groups_.try_emplace(event.id).first;
    Group& group = made->second;
    group.collects_until = now + window_;
    group.message.about = about;
    group.message.group = std::string(about) + "-" + std::to_string(event.id);
    group.message.began = event.time;
    return made;
}

void AlertGroups::begin(const std::shared_ptr<const Event>& event, TimePoint now) {
    const std::uint64_t key = key_of(event->kind, event->subject);
    if (const auto known = conditions_.find(key); known != conditions_.end()) {
        Group& group = groups_.at(known->second.group);
        if (!std::exchange(known->second.active, true)) {
            ++group.message.active;  // again before its end was told
        } else if (std::exchange(group.told, false)) {
            group.collects_until = now + window_;  // it is told once more: a certificate each day
        }
        return;
    }
    const auto found = group_for(*event, now);
    Group& group = found->second;
    tell(group.message, event);
    ++group.message.active;
    if (conditions_.size() >= conditions_max_) {
        ++group.beyond;
    } else {
        conditions_.emplace(key, Condition{.group = found->first, .kind = event->kind});
    }
}

void AlertGroups::end(const std::shared_ptr<const Event>& event, TimePoint now) {
    const auto known = conditions_.find(key_of(event->kind, event->subject));
    if (known == conditions_.end()) return end_one_beyond(event, now);
    if (!std::exchange(known->second.active, false)) return;
    Group& group = groups_.at(known->second.group);
    list(group.recovery, event);
    end_one(group, now);
}

/// An end without a beginning that is known: of one that was only counted, if there are such.
void AlertGroups::end_one_beyond(const std::shared_ptr<const Event>& event, TimePoint now) {
    const auto found =
        newest(class_of(event->kind), [](const Group& group) { return group.beyond > 0; });
    if (found == groups_.end()) return;
    Group& group = found->second;
    --group.beyond;
    list(group.recovery, event);
    end_one(group, now);
}

void AlertGroups::end_one(Group& group, TimePoint now) {
    if (--group.message.active == 0) group.quiet_since = now;
}

void AlertGroups::reconcile(EventKind kind, const std::unordered_set<std::string>& lasting,
                            TimePoint now) {
    if (!wanted_.test(static_cast<std::size_t>(kind))) return;
    std::unordered_set<std::uint64_t> keys;
    for (const auto& subject : lasting)
        keys.insert(key_of(kind, subject));
    for (auto& [key, condition] : conditions_) {
        if (condition.kind != kind || !condition.active || keys.contains(key)) continue;
        condition.active = false;
        Group& group = groups_.at(condition.group);
        ++group.recovery.more;
        end_one(group, now);
    }
    for (const auto key : keys)
        take_in(kind, key);
}

/// A condition that lasts, whatever has been heard of it.
void AlertGroups::take_in(EventKind kind, std::uint64_t key) {
    if (const auto known = conditions_.find(key); known != conditions_.end()) {
        if (!std::exchange(known->second.active, true)) {
            ++groups_.at(known->second.group).message.active;
        }
        return;
    }
    const auto open = newest(class_of(kind), [](const Group&) { return true; });
    if (open == groups_.end() || conditions_.size() >= conditions_max_) return;
    conditions_.emplace(key, Condition{.group = open->first, .kind = kind});
    AlertMessage& message = open->second.message;
    ++message.active;
    ++message.more;
    ++message.counts[static_cast<std::size_t>(kind)];
}

std::vector<AlertMessage> AlertGroups::due(TimePoint now) {
    std::vector<AlertMessage> messages;
    std::vector<std::uint64_t> closed;
    for (auto& [id, group] : groups_) {
        AlertMessage& message = group.message;
        const bool over = message.active == 0;
        if (!group.told) {
            if (now < group.collects_until) continue;
            group.told = true;
            message.status = over ? AlertStatus::notice : AlertStatus::firing;
            if (!over || group.has_notices) messages.push_back(message);
            if (over) closed.push_back(id);
        } else if (over && now >= group.quiet_since + window_) {
            AlertMessage end = message;
            end.status = AlertStatus::resolved;
            end.events = std::move(group.recovery.events);
            end.more = group.recovery.more;
            end.time = std::max(message.time, group.recovery.time);
            messages.push_back(std::move(end));
            closed.push_back(id);
        }
    }
    for (const auto id : closed)
        forget(id);
    return messages;
}

void AlertGroups::forget(std::uint64_t group) {
    std::erase_if(conditions_, [&](const auto& entry) { return entry.second.group == group; });
    groups_.erase(group);
}

std::string summary_of(const AlertMessage& message) {
    std::string text;
    for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
        if (message.counts[kind] == 0) continue;
        text += (text.empty() ? "" : ", ") +
                counted(static_cast<EventKind>(kind), message.counts[kind]);
    }
    text += dark_text(message);  // the last kind of its class
    if (message.status == AlertStatus::resolved) {
        return "over after " + rough_duration(message.time - message.began) + ": " + text;
    }
    if (message.events.size() == 1 && message.more == 0) return message.events.front()->text;
    return text;
}

}  // namespace fairlead::backend
