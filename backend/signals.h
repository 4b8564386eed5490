// SPDX-License-Identifier: Apache-2.0
#pragma once

// The signals that a daemon obeys. Thread rule: control thread, as long as there is no other
// without a say in signals: hold_hangups() and the constructor come before the process's threads.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <functional>

namespace fairlead::backend {

/// SIGHUP, which would end the process, waits until a Signals takes it.
void hold_hangups();

class Signals {
  public:
    struct Listener {
        std::function<void()> ended;    // SIGINT or SIGTERM, once: the next one ends the process
        std::function<void()> hung_up;  // SIGHUP
    };

    /// From here on `listener` is told, on the thread of `control`; SIGPIPE is ignored.
    Signals(boost::asio::io_context& control, Listener listener);

  private:
    void wait_for_end();
    void wait_for_hangup();

    const Listener listener_;
    boost::asio::signal_set ending_;
    boost::asio::signal_set hangup_;
};

}  // namespace fairlead::backend
