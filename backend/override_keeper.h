// SPDX-License-Identifier: Apache-2.0
#pragma once

// Holds what operators have set true over time: takes it up and takes it back, ends what was set
// for a time only, and says all of it in the log: who, what, why.
//
// Thread rule: control thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/system_timer.hpp>
#include <string_view>

#include "backend/serving.h"
#include "base/log.h"
#include "base/result.h"
#include "policy/override_list.h"

namespace fairlead::backend {

class OverrideKeeper {
  public:
    /// Goes on with what `serving` has set, as after a restart: what has ended meanwhile ends now.
    /// All must outlive this object.
    OverrideKeeper(boost::asio::io_context& control, Serving& serving, Log& log);

    /// The error says that there are too many.
    [[nodiscard]] Result<void> set(policy::OverrideEntry entry);

    /// False when nothing was set for the target.
    bool remove(std::string_view target, std::string_view by);

    /// After a reload: says which entries match nothing any more.
    void report_unmatched();

    /// No more entries end by themselves.
    void stop() { expiry_.cancel(); }

  private:
    [[nodiscard]] policy::OverrideList list() const;
    void publish(policy::OverrideList list);
    void expire();

    Serving& serving_;
    Log& log_;
    boost::asio::system_timer expiry_;
};

}  // namespace fairlead::backend
