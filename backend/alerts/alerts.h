// SPDX-License-Identifier: Apache-2.0
#pragma once

// `alerts:` put to work: every receiver, fed from the history of events.
// Thread rule: control thread.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backend/alerts/alert_receiver.h"
#include "backend/events/event_history.h"
#include "backend/serving_state.h"
#include "base/log.h"
#include "config/alerts_reader.h"

namespace fairlead::backend {

class Alerts {
  public:
    /// All must outlive this object.
    Alerts(boost::asio::io_context& control, const EventHistory& history, Log& log);

    /// At the start and after a reload. A receiver that is there as before keeps its messages; one
    /// that cannot be made (its `ca_file`) is an error in the log, and is not told anything.
    void configure(const config::AlertSettings& settings);

    /// What has happened up to now is told by somebody else.
    void skip() { seen_ = history_.newest_id(); }

    /// A few times a second. `state`: what is published, which tells what lasts where events came
    /// too fast to be read.
    void tick(TimePoint now, const PublishedState& state);

    /// By the receiver's name; a second one of the same has a number.
    [[nodiscard]] std::vector<std::pair<std::string, AlertReceiver::Totals>> totals() const;

  private:
    struct Entry {
        config::WebhookSettings webhook;  // or
        std::vector<std::string> exec;    // not empty
        std::unique_ptr<AlertReceiver> receiver;
    };

    [[nodiscard]] Entry take_over(const config::WebhookSettings& webhook,
                                  const std::vector<std::string>& exec, EventKinds events,
                                  Duration window);
    [[nodiscard]] std::unique_ptr<AlertTransport> transport_for(const Entry& entry);

    void read_events(TimePoint now);
    void reconcile(TimePoint now, const ServingState& state);

    boost::asio::io_context& control_;
    const EventHistory& history_;
    Log& log_;
    const std::string instance_;
    std::mt19937_64 random_{std::random_device{}()};
    std::uint64_t seen_;       // the id up to which events were read
    bool has_missed_ = false;  // some of them, and has not made up for it yet
    TimePoint reconcile_at_{};
    std::vector<Entry> entries_;
};

}  // namespace fairlead::backend
