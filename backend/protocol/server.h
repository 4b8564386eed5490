// SPDX-License-Identifier: Apache-2.0
#pragma once

// Serves PowerDNS's connections: accepts them from a UnixListener and hands each to one of the
// workers, where it stays for its life. The socket listens from the start, but nobody is answered
// before start_accepting(): until then PowerDNS's connections wait in the backlog.
//
// Thread rule: all members on one thread, except total(), which any thread may call.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/keystore/keystore_keeper.h"
#include "backend/protocol/counters.h"
#include "backend/protocol/unix_listener.h"
#include "backend/serving_state.h"
#include "base/log.h"
#include "base/result.h"

namespace fairlead::backend {

/// What requests are answered from. All must outlive the server.
struct ServerParts {
    const PublishedState& state;
    KeystoreKeeper& keystore;
    /// `pdnsutil backend-cmd`: to be called on any thread, and to call `done` with the whole reply,
    /// one line of JSON, on any.
    std::function<void(std::string command, std::function<void(std::string reply)> done)> command;
    Log& log;
};

struct ServerLimits {
    /// PowerDNS opens one for each distributor thread and a few for transfers and its tools.
    std::size_t connections = 4096;
    /// How often a worker looks after idle things: old states, peers that do not move on.
    std::chrono::milliseconds tick{1000};
    /// A peer that leaves half a request, or half a reply unread, for so many ticks is closed. More
    /// than the longest `timeout` anybody gives PowerDNS for large transfers.
    int stalled_ticks = 60;
};

class Server {
  public:
    /// Starts `workers` threads (at least one). The error is the operating system's: no more
    /// threads or descriptors.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(UnixListener listener,
                                                               ServerParts parts, unsigned workers,
                                                               ServerLimits limits = {});

    /// Calls stop().
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Opens the gate. Once.
    void start_accepting();

    /// Accepts no more, lets replies that are under way go out (for two ticks at most), closes all
    /// connections, ends the threads and removes the socket.
    void stop();

    /// How often `which` happened, on all workers together.
    [[nodiscard]] std::uint64_t total(Count which) const;

    /// Requests by method, in the order of method_names().
    [[nodiscard]] std::vector<std::uint64_t> methods() const;

    /// See Counters::lookup_latency.
    [[nodiscard]] LatencyHistogram::Values lookup_latency() const;

    /// Requests that were refused, for whatever reason.
    [[nodiscard]] std::uint64_t total_refused() const {
        return total(Count::not_json) + total(Count::no_method) + total(Count::bad_parameters) +
               total(Count::too_long);
    }

    /// Connections that are being served. Any thread.
    [[nodiscard]] std::size_t open_connections() const;

  private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairlead::backend
