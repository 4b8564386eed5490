// SPDX-License-Identifier: Apache-2.0
#pragma once

// The running process as the interface for operators sees it (admin/process.h).
// Thread rule: control thread.

#include "admin/process.h"
#include "backend/alerts/alerts.h"
#include "backend/calculations.h"
#include "backend/events/event_file.h"
#include "backend/events/event_history.h"
#include "backend/events/watch.h"
#include "backend/override_keeper.h"
#include "backend/powerdns/purger.h"
#include "backend/protocol/server.h"
#include "backend/reloader.h"
#include "backend/serving.h"
#include "backend/state_keeper.h"

namespace fairlead::backend {

class Operations final : public admin::Process {
  public:
    /// What it speaks for; all must outlive this object.
    struct Parts {
        Serving& serving;
        const Server& server;
        Reloader& reloader;
        OverrideKeeper& overrides;
        const bool& first_round_complete;
        const EventHistory& events;
        const EventWriter* writer;  // null: no file of events
        const Watch& watch;
        const Alerts& alerts;
        const Purger* purger;       // null: no PowerDNS can be told
        const StateKeeper* keeper;  // null: no state is kept
        boost::asio::io_context& control;
        Log& log;
        Log& lines;  // behind `log`
    };
    explicit Operations(Parts parts);

    [[nodiscard]] admin::Moment now() const override;
    [[nodiscard]] admin::View view() const override;
    [[nodiscard]] admin::Activity activity() const override;
    [[nodiscard]] admin::Lookups lookups() const override;
    [[nodiscard]] admin::EventPage events(std::optional<std::uint64_t> since,
                                          std::size_t limit) const override;
    [[nodiscard]] std::uint64_t newest_event() const override;
    [[nodiscard]] Result<std::chrono::milliseconds> heartbeat(
        std::string_view check, std::string_view endpoint, checks::HeartbeatReport report) override;
    [[nodiscard]] Result<void> set_override(policy::OverrideEntry entry) override;
    bool remove_override(std::string_view target, std::string_view by) override;
    std::vector<policy::Move> fail_back(const std::vector<policy::NodeIndex>& nodes,
                                        std::string_view by) override;
    [[nodiscard]] LogSettings log_settings() const override { return parts_.lines.settings(); }
    void set_log_level(LogLevel lowest, std::string_view by) override;
    void reload(std::string_view by, std::optional<double> max_shift,
                std::function<void(admin::ReloadOutcome)> done) override;
    [[nodiscard]] bool calculate(std::function<void(const std::stop_token&)> work,
                                 std::function<void()> done) override;
    [[nodiscard]] Result<std::function<admin::Candidate()>> candidate(
        const std::string& file) const override;

  private:
    const Parts parts_;
    const admin::Moment started_;
    Calculations calculations_;
};

}  // namespace fairlead::backend
