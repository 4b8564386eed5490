// SPDX-License-Identifier: Apache-2.0
#pragma once

// A process that serves a small configuration, with the clock and the health in a test's hands.

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "admin/process.h"
#include "config/load.h"
#include "policy/served_ttls.h"

namespace fairlead::admin {

inline const std::string kConfig = R"(
health_checks: {web: {type: http, interval: 10s, timeout: 4s}}
pools:
  eu:
    health_check: web
    endpoints: [{name: fra1, address: [203.0.113.10, "2001:db8::10"]}, {name: fra2, address: 203.0.113.11}]
  us: {health_check: web, labels: {site: ash}, endpoints: [{name: ash1, address: 198.51.100.10, labels: {rack: b4}}]}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      www: {policy: failover, ttl: 300, targets: [{pool: eu}, {endpoint: ash1}]}
      db: {policy: failover, failback: manual, targets: [{endpoint: fra2}, {endpoint: ash1}]}
      plain: {TXT: '"x"'}
)";

class FakeProcess final : public Process {
  public:
    FakeProcess() {
        auto result = config::load_text(kConfig);
        if (!result.loaded) throw std::logic_error(result.diagnostics.front().to_string());
        catalog = result.loaded->catalog;
        locator = result.loaded->locator;
        health = checks::Snapshot::all_unknown(catalog->subjects().size());
        positions = policy::FailoverPositions(catalog->forest());
    }

    void set_health(const std::string& address, checks::Health state) {
        for (std::size_t i = 0; i < catalog->subjects().size(); ++i) {
            if (catalog->subjects()[i].address == *IpAddress::parse(address)) {
                health.health[i] = state;
                health.evidence[i] = {.state = {.health = state},
                                      .last = {.layer = checks::Layer::connect,
                                               .failure = state == checks::Health::healthy
                                                              ? checks::Failure::none
                                                              : checks::Failure::refused},
                                      .since = time.steady};
            }
        }
        advance();
    }
    void advance() {
        (void)positions->advance(catalog->forest(), view().conditions(), time.steady);
    }
    void pass(std::chrono::seconds seconds) {
        time.steady += seconds;
        time.wall += seconds;
    }

    [[nodiscard]] Moment now() const override { return time; }
    [[nodiscard]] View view() const override {
        return {.catalog = catalog,
                .locator = locator,
                .health = std::make_shared<checks::Snapshot>(health),
                .set = std::make_shared<policy::OverrideList>(list),
                .overrides = std::make_shared<policy::Overrides>(list.resolve(catalog->forest())),
                .positions = std::make_shared<policy::FailoverPositions>(*positions),
                .places = std::make_shared<std::vector<policy::Place>>(places),
                .health_at = health_at};
    }
    [[nodiscard]] Activity activity() const override { return what_happened; }
    [[nodiscard]] Lookups lookups() const override { return what_was_asked; }
    [[nodiscard]] EventPage events(std::optional<std::uint64_t> since,
                                   std::size_t limit) const override {
        EventPage page;
        for (const auto& event : happened) {
            if (!since || event.id > *since) page.events.push_back(std::make_shared<Event>(event));
        }
        if (page.events.size() <= limit) return page;
        const auto surplus = static_cast<std::ptrdiff_t>(page.events.size() - limit);
        since ? page.events.erase(page.events.end() - surplus, page.events.end())
              : page.events.erase(page.events.begin(), page.events.begin() + surplus);
        return page;
    }
    [[nodiscard]] std::uint64_t newest_event() const override {
        return happened.empty() ? 0 : happened.back().id;
    }
    [[nodiscard]] Result<std::chrono::milliseconds> heartbeat(
        std::string_view check, std::string_view endpoint,
        checks::HeartbeatReport report) override {
        if (check != "alive") return Error{"there is no such check"};
        heard.push_back(std::string(endpoint) + (report.is_up ? " up " : " down ") +
                        report.message);
        return std::chrono::milliseconds(30000);
    }
    [[nodiscard]] Result<void> set_override(policy::OverrideEntry entry) override {
        if (policy::takes_out(entry.state)) {
            entry.safe_at = policy::ServedTtls().expiry(*catalog, entry.target, entry.since);
        }
        auto set = list.set(std::move(entry));
        advance();
        return set;
    }
    bool remove_override(std::string_view target, std::string_view) override {
        return list.remove(target).has_value();
    }
    std::vector<policy::Move> fail_back(const std::vector<policy::NodeIndex>& nodes,
                                        std::string_view) override {
        std::vector<policy::Move> moves;
        for (const auto node : nodes) {
            const auto some = positions->fail_back(catalog->forest(), node, time.steady);
            moves.insert(moves.end(), some.begin(), some.end());
        }
        return moves;
    }
    [[nodiscard]] LogSettings log_settings() const override { return log; }
    void set_log_level(LogLevel lowest, std::string_view) override { log.lowest = lowest; }
    void reload(std::string_view, std::optional<double>,
                std::function<void(ReloadOutcome)> done) override {
        done(next_reload);
    }
    bool calculate(std::function<void(const std::stop_token&)> work,
                   std::function<void()> done) override {
        if (is_busy) return false;
        work({});
        done();
        return true;
    }
    [[nodiscard]] Result<std::function<Candidate()>> candidate(
        const std::string& file) const override {
        if (file != "next.yaml") return Error{"only next.yaml can be read"};
        return std::function<Candidate()>([this] {
            const auto [next, diagnostics] = config::load_text(next_config);
            Candidate found{.before = catalog};
            for (const auto& finding : diagnostics) {
                found.findings.push_back({.is_error = finding.severity == config::Severity::error,
                                          .rule = std::string(finding.rule),
                                          .text = finding.to_string()});
            }
            if (!next) return found;
            found.after = next->catalog;
            found.locator = next->locator;
            return found;
        });
    }

    std::shared_ptr<const policy::Catalog> catalog;
    std::shared_ptr<const geo::Locator> locator;
    checks::Snapshot health;
    std::optional<policy::FailoverPositions> positions;
    std::vector<policy::Place> places;
    policy::OverrideList list;
    LogSettings log;
    std::vector<Event> happened;
    std::vector<std::string> heard;  // by heartbeat()
    Moment time{TimePoint{} + std::chrono::hours(5),
                policy::WallTime{std::chrono::milliseconds(1763640000000)}};
    TimePoint health_at = time.steady;
    Lookups what_was_asked{
        .by_zone = {41}, .outcomes = {{"failover", "degraded", 5}}, .answers = {3, 4}};
    Activity what_happened{.started = time.wall,
                           .started_steady = time.steady,
                           .first_round_complete = true,
                           .lookups = 7,
                           .requests = {{"lookup", 7}, {"list", 2}},
                           .refused = {{"not_json", 3}}};
    bool is_busy = false;               // with calculations
    std::string next_config = kConfig;  // what candidate() reads
    ReloadOutcome next_reload{.applied = true, .summary = "reloaded: nothing changed"};
};

}  // namespace fairlead::admin
