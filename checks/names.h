// SPDX-License-Identifier: Apache-2.0
#pragma once

// Keeps what host names resolve to fresh: asks when a question is due, a few at a time.
// Thread rule: the loop's thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "checks/name_state.h"

namespace fairlead::checks {

class Names {
  public:
    /// Called with the index of a name when a question about it is over.
    using Answered = std::function<void(std::size_t)>;

    /// Asks `servers`, as NameLookup has it, about `states`, which this object alone changes from
    /// here on and which must outlive it, like `io`.
    Names(boost::asio::io_context& io, std::string servers, std::vector<NameState>& states,
          Answered answered);

    /// Asks what is due, and from then on whatever becomes due.
    void begin();

  private:
    struct Question {
        std::size_t name = 0;
        Family family = Family::v4;
    };

    void ask_due();
    void ask(Question question);
    void set_alarm();

    boost::asio::io_context& io_;
    const std::string servers_;
    std::vector<NameState>& states_;
    const Answered answered_;
    boost::asio::steady_timer alarm_;
    std::size_t under_way_ = 0;
};

}  // namespace fairlead::checks
