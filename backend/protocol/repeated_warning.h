// SPDX-License-Identifier: Apache-2.0
#pragma once

// A warning about something that a peer can cause as often as it likes: the first is logged at
// once, then one line in ten seconds, which says how many it stands for.
// Thread rule: safe from any thread.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/log.h"

namespace fairlead::backend {

class RepeatedWarning {
  public:
    /// `what` opens every line: "refused a request". `log` must outlive this object.
    RepeatedWarning(Log& log, std::string what) : log_(log), what_(std::move(what)) {}

    /// Reads the clock: for the paths of things that went wrong only.
    void happened(std::string_view detail);

  private:
    Log& log_;
    const std::string what_;
    LogLimit limit_;
    std::atomic<std::uint64_t> unreported_{0};
};

}  // namespace fairlead::backend
