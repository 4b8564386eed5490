// SPDX-License-Identifier: Apache-2.0
#pragma once

// The seam between schedule and network: how one attempt at one address is made.
// One Probe serves all subjects of its check; everything that is the same for them (request
// settings, TLS context) is prepared once.
// Thread rule: immutable; start() on the checker thread.

#include <functional>

#include "base/ip.h"
#include "checks/outcome.h"

namespace boost::asio {
class io_context;
}

namespace fairlead::checks {

class Probe {
  public:
    using Done = std::function<void(Outcome)>;

    virtual ~Probe() = default;

    /// Begins one attempt. `done` runs once from `io`'s loop, never from within start(), and at
    /// the latest when the check's timeout has passed. An attempt that is still under way when `io`
    /// is destroyed ends without a word. The probe must outlive the running of `io`.
    virtual void start(boost::asio::io_context& io, const IpAddress& address, Done done) const = 0;
};

}  // namespace fairlead::checks
