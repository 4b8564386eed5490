// SPDX-License-Identifier: Apache-2.0
#pragma once

// The running service: builds checker, workers and socket from a loaded configuration, connects
// them through the published state, and takes them down in reverse.
//
// Order of a start: the socket is bound (PowerDNS's connections queue there), the first round of
// probes goes out, and PowerDNS is answered as soon as the round is complete, or after
// kFirstRoundWait: an endpoint that refuses is out of the very first answer, and one that is silent
// does not hold PowerDNS up. "Ready" is said after the complete round.
//
// A restart leaves the sockets to systemd, if that keeps them, and the next process goes on with
// them (socket_origin.h). With `take_over` it goes on with those of the process that serves
// (handover.h): once its first round is complete, because until then the other one serves well.
//
// Thread rule: run_daemon() is the control thread: signals, and the wiring above.

#include <chrono>
#include <filesystem>

#include "base/log.h"
#include "config/load.h"

namespace fairlead::backend {

/// Less than PowerDNS waits for the answer to "initialize" before it gives up (`timeout`, from 1 s
/// on in sensible configurations).
inline constexpr std::chrono::milliseconds kFirstRoundWait{750};

/// With connections of before a restart PowerDNS waits already, since the old process has stopped.
inline constexpr std::chrono::milliseconds kFirstRoundWaitWithConnections{250};

/// Process exit codes.
inline constexpr int kExitClean = 0;
inline constexpr int kExitCannotStart = 1;  // the socket, threads
inline constexpr int kExitBadConfig = 2;    // configuration or database
inline constexpr int kExitTrouble = 3;      // asked about, something is not as it should be

/// Serves until SIGINT or SIGTERM, or until a successor has its place; returns the exit code. A
/// second of these signals ends the process at once. What prevents a start is logged. `take_over`:
/// in place of the process that serves now, if there is one; that one goes on if this one cannot.
///
/// SIGHUP loads `config` again and goes over to it; `loaded` is what was loaded from there.
[[nodiscard]] int run_daemon(const std::filesystem::path& config, config::Loaded loaded, Log& log,
                             bool take_over = false);

}  // namespace fairlead::backend
