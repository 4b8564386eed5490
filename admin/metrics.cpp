// SPDX-License-Identifier: Apache-2.0
#include "admin/metrics.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/endpoints.h"
#include "admin/failovers.h"
#include "admin/resolved_names.h"
#include "admin/status.h"

namespace fairlead::admin {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double in_seconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double>(time).count();
}

ClientMetric::Label label(std::string name, std::string value) {
    ClientMetric::Label made;
    made.name = std::move(name);
    made.value = std::move(value);
    return made;
}

/// The families in the order in which they were named.
class Exposition {
  public:
    void counter(const char* name, const char* help) { begin(name, help, MetricType::Counter); }
    void gauge(const char* name, const char* help) { begin(name, help, MetricType::Gauge); }

    /// A whole family of one series.
    void histogram(const char* name, const char* help, const Activity::Latency& latency) {
        begin(name, help, MetricType::Histogram);
        ClientMetric metric;
        std::uint64_t so_far = 0;
        for (const auto& [bound, count] : latency.buckets) {
            so_far += count;
            metric.histogram.bucket.push_back(
                {.cumulative_count = so_far, .upper_bound = in_seconds(bound)});
        }
        if (latency.buckets.empty()) return;
        metric.histogram.bucket.back().upper_bound = std::numeric_limits<double>::infinity();
        metric.histogram.sample_count = so_far;
        metric.histogram.sample_sum = in_seconds(latency.sum);
        families_.back().metric.push_back(std::move(metric));
    }

    /// One more series of the family named last.
    void add(double value, Labels labels = {}) {
        MetricFamily& family = families_.back();
        ClientMetric metric;
        metric.label = std::move(labels);
        if (family.type == MetricType::Counter) {
            metric.counter.value = value;
        } else {
            metric.gauge.value = value;
        }
        family.metric.push_back(std::move(metric));
    }
    void add(std::uint64_t value, Labels labels = {}) {
        add(static_cast<double>(value), std::move(labels));
    }

    /// There are `count` series, of which kSeriesMax at most are shown.
    void of(std::size_t count) { truncated_ |= count > kSeriesMax; }

    [[nodiscard]] std::string text() {
        gauge("fairlead_metrics_truncated", "1 when there are more series than are shown");
        add(truncated_ ? 1.0 : 0.0);
        std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
        return prometheus::TextSerializer().Serialize(families_);
    }

  private:
    void begin(const char* name, const char* help, MetricType type) {
        MetricFamily family;
        family.name = name;
        family.help = help;
        family.type = type;
        families_.push_back(std::move(family));
    }

    std::vector<MetricFamily> families_;
    bool truncated_ = false;
};

void add_process(Exposition& out, const View& view, const Activity& activity, const Moment& now) {
    out.gauge("fairlead_build_info", "The running version");
    out.add(1.0, {label("version", FAIRLEAD_VERSION)});
    out.gauge("fairlead_start_time_seconds", "When the process started, Unix time");
    out.add(in_seconds(activity.started.time_since_epoch()));
    out.gauge("fairlead_ready", "1 when /readyz says so");
    out.add(why_not_ready(view, activity, now.steady) ? 0.0 : 1.0);
    out.gauge("fairlead_zones", "Zones served");
    out.add(std::uint64_t{view.catalog->zones().size()});
    out.gauge("fairlead_names", "Names served");
    out.add(std::uint64_t{view.catalog->record_set_count()});
    out.counter("fairlead_reloads_total", "Reloads of the configuration, by outcome");
    out.add(activity.reloads, {label("outcome", "applied")});
    out.add(activity.reloads_failed, {label("outcome", "failed")});
    out.gauge("fairlead_config_generation",
              "Configurations that have served since the start, the first one included");
    out.add(activity.reloads + 1);
    out.gauge("fairlead_last_reload_successful",
              "0 when the configuration that serves is not the one that was last read");
    out.add(activity.last_reload_applied ? 1.0 : 0.0);
    out.gauge("fairlead_state_saved", "0 while the state for the next start cannot be written");
    if (activity.state_saved) out.add(*activity.state_saved ? 1.0 : 0.0);
}

void add_backend(Exposition& out, const Activity& activity) {
    out.counter("fairlead_backend_requests_total",
                "Requests of PowerDNS that were understood, by method");
    for (const auto& [method, count] : activity.requests)
        out.add(count, {label("method", std::string(method))});
    out.add(activity.unsupported, {label("method", "unsupported")});
    out.histogram("fairlead_lookup_duration_seconds",
                  "From a lookup read to its reply written, without the socket; of every 16th",
                  activity.lookup_latency);
    out.counter("fairlead_backend_requests_refused_total", "Requests that were not, by reason");
    for (const auto& [reason, count] : activity.refused)
        out.add(count, {label("reason", reason)});
    out.gauge("fairlead_backend_connections", "Open connections of PowerDNS");
    out.add(std::uint64_t{activity.connections_open});
    out.counter("fairlead_backend_connections_total", "Connections of PowerDNS that were accepted");
    out.add(activity.connections);
    out.counter("fairlead_backend_connections_refused_total",
                "Connections closed at once because there were too many");
    out.add(activity.connections_refused);
    out.counter("fairlead_backend_accepts_failed_total",
                "Connections that could not be accepted at the first try");
    out.add(activity.accepts_failed);
    out.counter("fairlead_backend_connections_stalled_total",
                "Connections closed because the peer did not move on");
    out.add(activity.connections_stalled);
}

void add_zones(Exposition& out, const View& view, const Activity& activity,
               const Lookups& lookups) {
    const auto& zones = view.catalog->zones();
    out.of(zones.size());
    out.counter("fairlead_zone_lookups_total", "Lookups by zone, since the zones were loaded");
    for (std::size_t i = 0; i < std::min({zones.size(), lookups.by_zone.size(), kSeriesMax}); ++i)
        out.add(lookups.by_zone[i], {label("zone", zones[i].name.to_string())});
    out.counter("fairlead_policy_lookups_total",
                "Lookups by the policy of the name and by what came of them");
    for (const auto& [policy, outcome, count] : lookups.outcomes)
        out.add(count, {label("policy", policy), label("outcome", outcome)});
    out.gauge("fairlead_query_spikes", "Zones that are asked far more often than usual");
    out.add(std::uint64_t{activity.query_spikes});
}

double value_of(checks::Health health) {
    if (health == checks::Health::unknown) return -1;
    return health == checks::Health::healthy ? 1 : 0;
}

/// What is exposed of one check of one address.
struct HealthSeries {
    const char* name;
    const char* help;
    bool (*is_known)(const checks::Evidence&);
    double (*value)(const checks::Evidence&, TimePoint now);
};

constexpr auto kHealthSeries = std::to_array<HealthSeries>({
    {"fairlead_check_state_age_seconds", "How long the state of the check has stood",
     [](const checks::Evidence& evidence) { return evidence.since != TimePoint{}; },
     [](const checks::Evidence& evidence, TimePoint now) {
         return in_seconds(now - evidence.since);
     }},
    {"fairlead_check_last_duration_seconds", "How long the last probe took",
     [](const checks::Evidence& evidence) { return evidence.since != TimePoint{}; },
     [](const checks::Evidence& evidence, TimePoint) {
         return in_seconds(evidence.last.duration);
     }},
    {"fairlead_check_last_success", "1 when the last probe succeeded",
     [](const checks::Evidence& evidence) { return evidence.since != TimePoint{}; },
     [](const checks::Evidence& evidence, TimePoint) {
         return evidence.last.success() ? 1.0 : 0.0;
     }},
    {"fairlead_check_results_against", "Results in a row that speak against the state",
     [](const checks::Evidence& evidence) { return evidence.since != TimePoint{}; },
     [](const checks::Evidence& evidence, TimePoint) {
         return static_cast<double>(evidence.state.against);
     }},
    {"fairlead_check_certificate_days_left", "Days until the endpoint's certificate expires",
     [](const checks::Evidence& evidence) {
         return evidence.last.certificate_days_left.has_value();
     },
     [](const checks::Evidence& evidence, TimePoint) {
         return static_cast<double>(evidence.last.certificate_days_left.value_or(0));
     }},
});

/// One subject as it is shown. The address of an alias has its name beside it: others may have the
/// same one.
struct Slot {
    checks::SubjectIndex index = 0;
    Labels labels;
};

/// What there is, without the empty places of aliases; kSeriesMax + 1 at most.
std::vector<Slot> slots_of(const View& view) {
    const auto& catalog = *view.catalog;
    std::vector<Slot> slots;
    for (checks::SubjectIndex i = 0; i < catalog.subjects().size(); ++i) {
        const auto subject = view.health->at_present(catalog.subjects()[i], i);
        if (!subject) continue;
        Labels labels{label("check", catalog.checks()[subject->check].name),
                      label("address", subject->target())};
        if (subject->place != 0) labels.push_back(label("alias", subject->host));
        slots.push_back({i, std::move(labels)});
        if (slots.size() > kSeriesMax) break;
    }
    return slots;
}

void add_health(Exposition& out, const View& view, const Moment& now) {
    auto slots = slots_of(view);
    out.of(slots.size());
    if (slots.size() > kSeriesMax) slots.pop_back();
    out.gauge("fairlead_check_healthy", "1 healthy, 0 unhealthy, -1 not known yet");
    for (const auto& [slot, labels] : slots)
        out.add(value_of(view.health->health[slot]), labels);
    for (const auto& series : kHealthSeries) {
        out.gauge(series.name, series.help);
        for (const auto& [slot, labels] : slots) {
            if (slot >= view.health->evidence.size()) break;
            const checks::Evidence& evidence = view.health->evidence[slot];
            if (!series.is_known(evidence)) continue;
            out.add(series.value(evidence, now.steady), labels);
        }
    }
    out.gauge("fairlead_check_last_outcome",
              "1, with what came of the last probe in the words of the log");
    for (const auto& [slot, labels] : slots) {
        if (slot >= view.health->evidence.size()) break;
        const checks::Evidence& evidence = view.health->evidence[slot];
        if (evidence.since == TimePoint{}) continue;
        auto with_outcome = labels;
        with_outcome.push_back(label("outcome", checks::kind_of(evidence.last)));
        out.add(1.0, std::move(with_outcome));
    }
    out.gauge("fairlead_checked_addresses", "Addresses with a health check");
    out.add(std::uint64_t{checked_addresses(view)});
    out.gauge("fairlead_snapshot_generation", "Snapshots of health published so far");
    out.add(view.health->generation);
    out.gauge("fairlead_snapshot_age_seconds", "Since the last one: how far the checker lags");
    out.add(in_seconds(now.steady - view.health_at));
    out.gauge("fairlead_check_round_age_seconds",
              "Since every check of every address was last done");
    if (view.health->round_complete != TimePoint{}) {
        out.add(in_seconds(now.steady - view.health->round_complete));
    }
    out.gauge("fairlead_checker_stale", "1 when the checker does not do its work");
    out.add(why_stale(view, now.steady) ? 1.0 : 0.0);
}

void add_checker(Exposition& out, const checks::CheckerLoad& load) {
    out.counter("fairlead_probes_total", "Health check probes that were started");
    out.add(load.probes);
    out.gauge("fairlead_probes_in_flight", "Those under way, without commands");
    out.add(std::uint64_t{load.probes_in_flight});
    out.gauge("fairlead_probes_in_flight_max", "How many may be");
    out.add(std::uint64_t{load.probes_in_flight_max});
    out.gauge("fairlead_probes_behind_seconds",
              "How long the probe that is due the longest has waited for its turn");
    out.add(in_seconds(load.behind));
    out.counter("fairlead_probes_late_total",
                "Probes that started more than a second after they were due");
    out.add(load.late);
    out.counter("fairlead_probes_not_possible_total",
                "Probes that this machine could not make for want of files, ports, memory or a "
                "right");
    out.add(load.not_possible);
}

/// Of aliases, and of names that are probed.
void add_names(Exposition& out, const View& view, const Moment& now) {
    if (view.health->names == nullptr) return;
    const auto& names = *view.health->names;
    out.of(names.size());
    const auto shown = std::span(names).first(std::min(names.size(), kSeriesMax));
    const auto each = [&](auto&& add) {
        for (const auto& name : shown) {
            add(name.host, "A", name.v4);
            add(name.host, "AAAA", name.v6);
        }
    };
    out.gauge("fairlead_name_addresses", "Addresses in the last good answer about a host name");
    each([&](const std::string& host, const char* type, const checks::FamilyAnswer& answer) {
        out.add(std::uint64_t{answer.addresses.size()}, {label("name", host), label("type", type)});
    });
    out.gauge("fairlead_name_answer_age_seconds", "How old that answer is");
    each([&](const std::string& host, const char* type, const checks::FamilyAnswer& answer) {
        const auto age = age_of(answer, now.steady);
        if (age) out.add(*age, {label("name", host), label("type", type)});
    });
    out.gauge("fairlead_name_failing", "1 while a host name cannot be resolved");
    for (const auto& name : shown)
        out.add(name.problem.empty() ? 0.0 : 1.0, {label("name", name.host)});
}

/// Bare addresses that stand under several names are one.
std::map<std::string_view, std::uint64_t> answers_by_name(const View& view,
                                                          const Lookups& lookups) {
    std::map<std::string_view, std::uint64_t> answers;
    const auto& counts = lookups.answers;
    for (policy::EndpointIndex i = 0; i < counts.size(); ++i)
        answers[view.forest().endpoint(i).name] += counts[i];
    return answers;
}

void add_endpoints(Exposition& out, const View& view, const Lookups& lookups) {
    out.counter("fairlead_endpoint_answers_total",
                "Answers with an address of the endpoint, A and AAAA, since it was loaded");
    const auto answers = answers_by_name(view, lookups);
    out.of(answers.size());
    std::size_t shown = 0;
    for (const auto& [name, count] : answers) {
        if (++shown > kSeriesMax) break;
        out.add(count, {label("endpoint", std::string(name))});
    }

    out.gauge("fairlead_endpoints", "Endpoints by what holds of them");
    const auto counts = count_fortunes(view);
    for (std::size_t i = 0; i < counts.size(); ++i)
        out.add(std::uint64_t{counts[i]}, {label("status", word(static_cast<Fortune>(i)))});
    out.gauge("fairlead_overrides", "States that operators have set");
    for (const auto state :
         {policy::State::obey, policy::State::up, policy::State::down, policy::State::drain}) {
        const auto count = view.set == nullptr ? 0
                                               : std::ranges::count(view.set->all(), state,
                                                                    &policy::OverrideEntry::state);
        out.add(static_cast<double>(count), {label("state", to_string(state))});
    }
}

void add_failover(Exposition& out, const View& view, const Activity& activity) {
    out.gauge("fairlead_failover_position",
              "Which target a failover node stands at; 0 is its first of the type");
    const auto places = failover_places(view);
    const std::size_t shown = places.size();
    for (const auto& place : std::span(places).first(std::min(shown, kSeriesMax))) {
        out.add(std::uint64_t{rank_of(view, place)},
                {label("node", view.forest().node(place.node).path),
                 label("type", address_type(place.family))});
    }
    out.gauge("fairlead_failed_over", "Failover nodes that do not stand at their first target");
    out.add(std::uint64_t{count_failed_over(view)});
    out.counter("fairlead_failovers_total", "Moves of failover nodes to a worse target");
    out.add(activity.failovers);
    out.counter("fairlead_failbacks_total", "Moves of failover nodes to a better target");
    out.add(activity.failbacks);
    out.of(shown);
}

void add_events(Exposition& out, const Activity& activity) {
    out.counter("fairlead_events_total", "Events since the start, by kind");
    for (std::size_t kind = 0; kind < activity.events.size(); ++kind)
        out.add(activity.events[kind], {label("kind", to_string(static_cast<EventKind>(kind)))});
    out.gauge("fairlead_all_unhealthy", "Names, pools and policies with nothing healthy left");
    out.add(std::uint64_t{activity.all_unhealthy});
    out.counter("fairlead_events_lost_total", "Events that could not be written to events.jsonl");
    out.add(activity.events_lost);
}

void add_caches(Exposition& out, const Activity& activity) {
    if (!activity.caches) return;
    out.gauge("fairlead_powerdns_reachable", "1 while every PowerDNS can be told what has changed");
    out.add(activity.caches->purged ? 1.0 : 0.0);
    out.counter("fairlead_purges_total", "Names and zones that PowerDNS was told to forget");
    out.add(activity.caches->purges);
}

void add_alerts(Exposition& out, const Activity& activity) {
    using Receiver = Activity::AlertReceiver;
    const auto add = [&](std::uint64_t Receiver::*number) {
        for (const Receiver& receiver : activity.alert_receivers)
            out.add(receiver.*number, {label("receiver", receiver.name)});
    };
    out.counter("fairlead_alerts_delivered_total", "Messages that a receiver of alerts took");
    add(&Receiver::delivered);
    out.counter("fairlead_alerts_failed_total", "Attempts to hand one over that failed");
    add(&Receiver::failed);
    out.counter("fairlead_alerts_dropped_total", "Messages that nobody got");
    add(&Receiver::dropped);
    out.gauge("fairlead_alerts_waiting", "Messages that wait to be handed over");
    add(&Receiver::waiting);
}

}  // namespace

std::string metrics_text(const View& view, const Activity& activity, const Lookups& lookups,
                         const Moment& now) {
    Exposition out;
    add_process(out, view, activity, now);
    add_backend(out, activity);
    add_zones(out, view, activity, lookups);
    add_health(out, view, now);
    add_checker(out, activity.checker);
    add_names(out, view, now);
    add_endpoints(out, view, lookups);
    add_failover(out, view, activity);
    add_events(out, activity);
    add_caches(out, activity);
    add_alerts(out, activity);
    return out.text();
}

}  // namespace fairlead::admin
