// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the sockets of a starting process come from, and where those of an ending one go, when no
// other fairlead is there to take or to give: the file system, or systemd, which keeps them over a
// restart. In systemd's store the listener is from the start, so that even a killed process leaves
// PowerDNS a socket to wait at; connections are there between one process and the next only,
// because a connection whose owner was killed may be in the middle of a reply.
//
// Thread rule: control thread.

#include "backend/protocol/server.h"
#include "backend/service_manager.h"
#include "base/log.h"
#include "base/result.h"

namespace fairlead::backend {

/// From systemd's store, if what it has was opened at this path, or bound there anew. The error
/// says what stands in the way and what to do.
[[nodiscard]] Result<Sockets> open_sockets(const UnixListener::Settings& settings,
                                           const Supervision& supervision, Log& log);

/// They are served here from now on: what systemd has of the connections it is to forget.
void begin_to_own(const Supervision& supervision);

/// Leaves them, and the path, to systemd, which drops them unless it restarts the process.
void leave_to_service_manager(Sockets sockets);

}  // namespace fairlead::backend
