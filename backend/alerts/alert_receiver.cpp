// SPDX-License-Identifier: Apache-2.0
#include "backend/alerts/alert_receiver.h"

#include <utility>

#include "backend/alerts/alert_json.h"
#include "backend/alerts/backoff.h"

namespace fairlead::backend {

AlertReceiver::AlertReceiver(std::string name, AlertGroups groups,
                             std::unique_ptr<AlertTransport> transport,
                             std::function<double()> draw, std::string instance, Log& log)
    : name_(std::move(name)),
      groups_(std::move(groups)),
      draw_(std::move(draw)),
      instance_(std::move(instance)),
      log_(log),
      transport_(std::move(transport)) {}

void AlertReceiver::tick(TimePoint now) {
    now_ = now;
    for (const auto& message : groups_.due(now))
        enqueue(message, now);
    if (sending_) return;
    drop_stale(now);
    if (waiting_.empty() || now < next_try_) return;
    sending_ = true;
    transport_->send(waiting_.front().body, [this](Delivery delivery, const std::string& problem) {
        on_delivery(delivery, problem);
    });
}

void AlertReceiver::enqueue(const AlertMessage& message, TimePoint now) {
    if (waiting_.size() >= kQueueMax) {
        // Not the one under way; the one after it is the oldest then.
        waiting_.erase(waiting_.begin() + (sending_ ? 1 : 0));
        ++totals_.dropped;
        if (totals_.dropped == 1) {
            log_.error("alerts: too many messages wait for " + name_ + "; the oldest are dropped");
        }
    }
    waiting_.push_back({.body = alert_json(message, instance_), .since = now});
}

void AlertReceiver::drop_stale(TimePoint now) {
    while (!waiting_.empty() && now - waiting_.front().since > kGiveUp)
        drop_first("nobody took it for a day");
}

void AlertReceiver::drop_first(const std::string& why) {
    log_.error("alerts: a message for " + name_ + " is dropped: " + why);
    waiting_.pop_front();
    ++totals_.dropped;
}

void AlertReceiver::on_delivery(Delivery delivery, const std::string& problem) {
    sending_ = false;
    if (delivery == Delivery::done) {
        waiting_.pop_front();
        ++totals_.delivered;
        if (failures_ > 0) log_.info("alerts: " + name_ + " takes messages again");
        failures_ = 0;
        next_try_ = {};
        return;
    }
    ++totals_.failed;
    if (delivery == Delivery::refused) return drop_first(problem);
    if (++failures_ == 1) {
        log_.warning("alerts: cannot tell " + name_ + ": " + problem + "; it is tried again");
    }
    next_try_ = now_ + backoff(failures_, draw_());
}

AlertReceiver::Totals AlertReceiver::totals() const {
    Totals totals = totals_;
    totals.waiting = waiting_.size();
    return totals;
}

}  // namespace fairlead::backend
