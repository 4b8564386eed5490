// SPDX-License-Identifier: Apache-2.0
#pragma once

// The process and systemd: how far the service is and that it lives (sd_notify(3)), and the
// descriptors that systemd keeps over a restart (its file-descriptor store: FileDescriptorStoreMax=
// in systemd.service(5)). Without systemd, at build time or at run time, nothing happens.
//
// Whether there is a store says $FDSTORE: systemd sets it from version 254 on; for the ones before
// the unit does.
//
// Thread rule: any one thread at a time; what changes the environment, before there are others.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace fairlead::backend {

/// READY=1, with `status` for `systemctl status`.
void notify_ready(const std::string& status);
/// RELOADING=1; notify_ready() ends it.
void notify_reloading();
/// STOPPING=1.
void notify_stopping();
/// WATCHDOG=1.
void notify_alive();

/// How systemd runs this process.
struct Supervision {
    bool supervised = false;  // somebody is told, and restarts this process when it ends
    bool keeps_descriptors = false;
    std::optional<std::chrono::microseconds> watchdog{};  // killed when silent for longer

    /// From the environment, out of which it is taken: it is not for this process's children.
    [[nodiscard]] static Supervision take_from_environment();
};

/// What the store had from before a restart; it keeps them until it is told to forget them.
struct StoredDescriptors {
    std::vector<Descriptor> listeners{};
    std::vector<Descriptor> connections{};

    /// Takes them, and what tells of them out of the environment.
    [[nodiscard]] static StoredDescriptors take();
};

inline constexpr const char* kStoredListener = "listener";
inline constexpr const char* kStoredConnection = "connection";

/// Has the store keep copies of these under a name.
void store_descriptors(const char* name, std::span<const int> descriptors);
void forget_stored(const char* name);

/// Waits until systemd has taken all that it was told, a few seconds at most.
void wait_for_service_manager();

}  // namespace fairlead::backend
