// SPDX-License-Identifier: Apache-2.0
#pragma once

// A message as the standard input of a command: no shell, a process group of its own, killed at the
// deadline. Status 0 is delivered, everything else is tried again.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "backend/alerts/alert_transport.h"

namespace fairlead::backend {

inline constexpr std::chrono::milliseconds kCommandTimeout{30'000};

/// `io` must outlive it.
[[nodiscard]] std::unique_ptr<AlertTransport> make_alert_command(
    boost::asio::io_context& io, std::vector<std::string> command,
    std::chrono::milliseconds timeout = kCommandTimeout);

}  // namespace fairlead::backend
