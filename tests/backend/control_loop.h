// SPDX-License-Identifier: Apache-2.0
#pragma once

// The control thread's loop, run by a test until something has come about.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "tests/backend/protocol/unix_client.h"

namespace fairlead::backend {

class ControlLoop {
  public:
    boost::asio::io_context io{1};

    /// Runs the loop until `condition` is true; false when it is not in time.
    bool run_until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < deadline) {
            if (condition()) return true;
            io.run_one_for(std::chrono::milliseconds(10));
        }
        return condition();
    }
    void run_for(std::chrono::milliseconds time) { io.run_for(time); }

  private:
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io.get_executor()};
};

}  // namespace fairlead::backend
