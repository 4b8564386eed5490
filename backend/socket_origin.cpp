// SPDX-License-Identifier: Apache-2.0
#include "backend/socket_origin.h"

#include <utility>
#include <vector>

#include "backend/counted.h"

namespace fairlead::backend {
namespace {

/// Nothing: the store has none of this path.
std::optional<Sockets> stored_sockets(const UnixListener::Settings& settings, Log& log) {
    StoredDescriptors stored = StoredDescriptors::take();
    for (Descriptor& descriptor : stored.listeners) {
        if (!UnixListener::listens_at(descriptor.get(), settings.path)) continue;
        auto listener = UnixListener::adopt(settings.path, std::move(descriptor));
        if (!listener) {
            log.warning(listener.error().message);
            break;
        }
        if (const auto permitted = listener->permit(settings); !permitted) {
            log.warning(permitted.error().message);
            (void)std::move(*listener).release();  // the path stays
            break;
        }
        log.info("goes on with " + counted(stored.connections.size(), "connection") +
                 " of before the restart");
        return Sockets{.listener = *std::move(listener),
                       .connections = std::move(stored.connections)};
    }
    return std::nullopt;
}

}  // namespace

Result<Sockets> open_sockets(const UnixListener::Settings& settings, const Supervision& supervision,
                             Log& log) {
    if (auto stored = stored_sockets(settings, log)) return *std::move(stored);
    if (supervision.keeps_descriptors) {
        forget_stored(kStoredListener);  // of another path, or of one that has gone
        forget_stored(kStoredConnection);
        wait_for_service_manager();  // as long as it has a copy, the old one is alive
    }
    auto listener = UnixListener::open(settings);
    if (!listener) return listener.error();
    const int descriptor = listener->descriptor();
    if (supervision.keeps_descriptors) store_descriptors(kStoredListener, {&descriptor, 1});
    return Sockets{.listener = *std::move(listener)};
}

void begin_to_own(const Supervision& supervision) {
    if (supervision.keeps_descriptors) forget_stored(kStoredConnection);
}

void leave_to_service_manager(Sockets sockets) {
    std::vector<int> connections;
    connections.reserve(sockets.connections.size());
    for (const Descriptor& connection : sockets.connections)
        connections.push_back(connection.get());
    store_descriptors(kStoredConnection, connections);
    wait_for_service_manager();
    (void)std::move(sockets.listener).release();
}

}  // namespace fairlead::backend
