// SPDX-License-Identifier: Apache-2.0
#include "backend/events/certificates.h"

#include <optional>
#include <unordered_set>
#include <utility>
#include <variant>

#include "checks/transition.h"

namespace fairlead::backend {
namespace {

/// The days left from which on a certificate makes its check fail.
std::int32_t days_needed(const checks::HealthCheck& check) {
    const checks::TlsSettings* tls = nullptr;
    if (const auto* http = std::get_if<checks::HttpProbe>(&check.probe)) {
        if (http->tls) tls = &*http->tls;
    } else if (const auto* probe = std::get_if<checks::TlsProbe>(&check.probe)) {
        tls = &probe->settings;
    }
    return tls == nullptr ? 0 : static_cast<std::int32_t>(tls->min_days_left);
}

Event expires_soon(const std::string& subject, std::int32_t days, std::int32_t needed) {
    Event event{.kind = EventKind::certificate,
                .severity = LogLevel::warning,
                .phase = Phase::begins,
                .subject = subject,
                .to = "expires_soon",
                .reason = "its certificate expires in " + std::to_string(days) + " days"};
    if (needed > 0) {
        event.reason += ", and makes it unhealthy with fewer than " + std::to_string(needed);
    }
    event.text = subject + ": " + event.reason;
    return event;
}

Event renewed(const std::string& subject, Duration lasted) {
    Event event{.kind = EventKind::certificate,
                .phase = Phase::ends,
                .subject = subject,
                .from = "expires_soon",
                .to = "renewed",
                .reason = "its certificate does not expire soon any more",
                .lasted = lasted};
    event.text = subject + ": " + event.reason;
    return event;
}

}  // namespace

std::vector<Event> Certificates::update(const policy::Catalog& catalog,
                                        const checks::Snapshot& health, TimePoint now) {
    std::vector<Event> events;
    std::unordered_set<std::string> still;
    for (checks::SubjectIndex i = 0; i < health.evidence.size(); ++i) {
        const checks::Outcome& last = health.evidence[i].last;
        const checks::HealthCheck& check = catalog.checks()[catalog.subjects()[i].check];
        const std::int32_t needed = days_needed(check);
        // A probe that failed before it saw the certificate says nothing of it.
        const bool soon =
            last.certificate_days_left && *last.certificate_days_left <= needed + kEarlyDays;
        if (last.certificate_days_left && !soon) continue;
        if (!soon && expiring_.empty()) continue;
        const auto subject = health.at_present(catalog.subjects()[i], i);
        if (!subject) continue;
        std::string name = checks::subject_name(check, *subject);
        const auto told = expiring_.find(name);
        if (!soon && told == expiring_.end()) continue;
        if (soon && last.success() &&
            (told == expiring_.end() || now - told->second.at >= kRepeat)) {
            events.push_back(expires_soon(name, *last.certificate_days_left, needed));
            auto& entry = expiring_.try_emplace(name, Told{.since = now}).first->second;
            entry.at = now;
        }
        still.insert(std::move(name));
    }
    std::erase_if(expiring_, [&](const auto& entry) {
        if (still.contains(entry.first)) return false;
        events.push_back(renewed(entry.first, now - entry.second.since));
        return true;
    });
    return events;
}

}  // namespace fairlead::backend
