// SPDX-License-Identifier: Apache-2.0
#pragma once

// Tells systemd how far the service is (sd_notify(3)). Without systemd, at build time or at run
// time, nothing happens. Thread rule: any one thread at a time.

#include <string>

namespace fairlead::backend {

/// READY=1, with `status` for `systemctl status`.
void notify_ready(const std::string& status);
/// RELOADING=1; notify_ready() ends it.
void notify_reloading();
/// STOPPING=1.
void notify_stopping();

}  // namespace fairlead::backend
