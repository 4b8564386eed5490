// SPDX-License-Identifier: Apache-2.0
#pragma once

// A thread for what operators ask that takes seconds: which share of the world gets what, what
// another configuration would change. One after the other, and at a lower priority than queries.
//
// Thread rule: control thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/log.h"

namespace fairlead::backend {

class Calculations {
  public:
    /// Those that wait, and the one under way.
    static constexpr std::size_t kWaitingMax = 8;

    /// Both must outlive this object.
    Calculations(boost::asio::io_context& control, Log& log);

    /// Tells the one under way to end, waits for that, and forgets the others.
    ~Calculations();
    Calculations(const Calculations&) = delete;
    Calculations& operator=(const Calculations&) = delete;

    /// Calls `work` on the thread, and `done` on control's afterwards, also when `work` has thrown
    /// for want of memory. False, and nothing happens: too many wait already.
    [[nodiscard]] bool begin(std::function<void(const std::stop_token&)> work,
                             std::function<void()> done);

  private:
    boost::asio::io_context& control_;
    Log& log_;
    std::shared_ptr<std::size_t> waiting_ = std::make_shared<std::size_t>(0);  // outlives this
    std::stop_source stop_;
    boost::asio::thread_pool pool_{1};
};

}  // namespace fairlead::backend
