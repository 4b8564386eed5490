// SPDX-License-Identifier: Apache-2.0
#pragma once

// One receiver of alerts: groups what it wants to know, keeps what could not be handed over yet,
// in order, and tries again.
//
// A receiver that fails holds up nothing but its own messages: kQueueMax of them, for kGiveUp at
// most; then the oldest are dropped, which is counted and logged.
//
// Thread rule: control thread.

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "backend/alerts/alert_groups.h"
#include "backend/alerts/alert_transport.h"
#include "base/clock.h"
#include "base/log.h"

namespace fairlead::backend {

class AlertReceiver {
  public:
    static constexpr std::size_t kQueueMax = 100;
    static constexpr Duration kGiveUp = std::chrono::hours(24);

    struct Totals {
        std::uint64_t delivered = 0;
        std::uint64_t failed = 0;   // attempts
        std::uint64_t dropped = 0;  // messages that nobody got
        std::size_t waiting = 0;
    };

    /// `name` stands for it in the log and in metrics, and holds no secret. `draw` gives numbers in
    /// [0, 1). `log` must outlive this object.
    AlertReceiver(std::string name, AlertGroups groups, std::unique_ptr<AlertTransport> transport,
                  std::function<double()> draw, std::string instance, Log& log);

    void add(const std::shared_ptr<const Event>& event, TimePoint now) { groups_.add(event, now); }
    /// A few times a second: takes what is due to be told, and hands over what waits.
    void tick(TimePoint now);

    [[nodiscard]] AlertGroups& groups() { return groups_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Totals totals() const;

  private:
    struct Waiting {
        std::string body;
        TimePoint since{};
    };

    void enqueue(const AlertMessage& message, TimePoint now);
    void drop_stale(TimePoint now);
    void on_delivery(Delivery delivery, const std::string& problem);
    void drop_first(const std::string& why);

    const std::string name_;
    AlertGroups groups_;
    const std::function<double()> draw_;
    const std::string instance_;
    Log& log_;
    std::deque<Waiting> waiting_;  // the first is under way while sending_
    bool sending_ = false;
    int failures_ = 0;  // in a row
    TimePoint now_{};
    TimePoint next_try_{};
    Totals totals_;
    std::unique_ptr<AlertTransport> transport_;  // destroyed first
};

}  // namespace fairlead::backend
