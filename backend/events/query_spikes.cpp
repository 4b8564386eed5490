// SPDX-License-Identifier: Apache-2.0
#include "backend/events/query_spikes.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace fairlead::backend {
namespace {

std::string rate_text(double per_s) {
    return std::to_string(std::llround(per_s)) + " lookups/s";
}

Event spike_event(const std::string& name, const QueryRate& rate) {
    const bool begins = rate.is_spike();
    Event event{.kind = EventKind::query_spike,
                .severity = begins ? LogLevel::warning : LogLevel::info,
                .phase = begins ? Phase::begins : Phase::ends,
                .subject = "zone " + name,
                .from = begins ? "usual" : "spike",
                .to = begins ? "spike" : "usual",
                .reason = rate_text(rate.per_s()) + ", usual are " + rate_text(rate.usual_per_s()),
                .zone = name};
    event.text =
        event.subject + (begins ? ": spike of queries: " : ": no spike any more: ") + event.reason;
    return event;
}

}  // namespace

bool QueryRate::sample(std::uint64_t lookups, double seconds, const SpikeLimits& limits) {
    if (seconds <= 0) return false;
    const double window = std::chrono::duration<double>(limits.window).count();
    const double rate = static_cast<double>(lookups) / seconds;
    // In the beginning the plain mean of what there is: an average that starts at nothing would
    // take every zone's first minutes for a spike.
    age_s_ += seconds;
    const bool learning = age_s_ < kLearning * window;
    const auto weight = [&](double memory) {
        const double lasting = 1 - std::exp(-seconds / memory);
        return learning ? std::max(lasting, seconds / age_s_) : lasting;
    };
    now_ += (rate - now_) * weight(window);
    usual_ += (rate - usual_) * weight(window * kMemory);
    const bool before = spike_;
    const double usual = std::max(usual_, limits.least_per_s / limits.factor);
    if (!spike_) {
        spike_ = !learning && now_ > limits.factor * usual;
    } else {
        spike_ = now_ > (1 + limits.factor) / 2 * usual;  // not to flutter at the edge
    }
    return spike_ != before;
}

void QuerySpikes::rename(std::vector<std::string> names) {
    std::unordered_map<std::string, Zone> before;
    for (auto& zone : zones_)
        before.emplace(zone.name, std::move(zone));
    zones_.clear();
    for (auto& name : names) {
        const auto known = before.find(name);
        if (known == before.end()) {
            zones_.push_back({.name = std::move(name)});
        } else {
            zones_.push_back(std::move(known->second));
            zones_.back().counted = 0;
        }
    }
}

std::size_t QuerySpikes::count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(zones_, [](const Zone& zone) { return zone.rate.is_spike(); }));
}

std::vector<Event> QuerySpikes::sample(std::span<const std::uint64_t> lookups, TimePoint now) {
    std::vector<Event> events;
    const double seconds = std::chrono::duration<double>(now - sampled_).count();
    const bool is_first = std::exchange(sampled_, now) == TimePoint{};
    for (std::size_t i = 0; i < zones_.size() && i < lookups.size(); ++i) {
        Zone& zone = zones_[i];
        const auto more = lookups[i] - std::exchange(zone.counted, lookups[i]);
        if (is_first || !zone.rate.sample(more, seconds, limits_)) continue;
        Event event = spike_event(zone.name, zone.rate);
        if (zone.rate.is_spike()) {
            zone.since = now;
        } else {
            event.lasted = now - zone.since;
        }
        events.push_back(std::move(event));
    }
    return events;
}

}  // namespace fairlead::backend
