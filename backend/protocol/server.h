// SPDX-License-Identifier: Apache-2.0
#pragma once

// Serves PowerDNS's connections: accepts them from a UnixListener and hands each to one of the
// workers, where it stays for its life.
//
// Sockets come and go as a whole. Before serve() nobody is answered: PowerDNS's connections wait in
// the backlog of the listener that its owner has bound. release() gives listener and connections
// back, each connection between two requests, so that another process can go on with them, or this
// one: PowerDNS asks one question at a time on a connection, and what it asks meanwhile waits in
// the socket.
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
#include "base/clock.h"
#include "base/descriptor.h"
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

/// What PowerDNS is served on.
struct Sockets {
    UnixListener listener;
    std::vector<Descriptor> connections{};
};

struct ServerLimits {
    /// PowerDNS opens one for each distributor thread and a few for transfers and its tools.
    std::size_t connections = 4096;
    /// How often a worker looks after idle things: old states, peers that do not move on.
    std::chrono::milliseconds tick{1000};
    /// A peer that leaves half a request, or reads nothing of a reply, for so many ticks is closed.
    int stalled_ticks = 60;
    /// What release() waits for requests under way. With what a successor needs it has to be less
    /// than PowerDNS's `timeout`, which begins with a question that waits for it.
    std::chrono::milliseconds release{250};
};

class Server {
  public:
    /// Starts `workers` threads (at least one), which have nothing to do yet. The error is the
    /// operating system's: no more threads or descriptors.
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerParts parts, unsigned workers,
                                                               ServerLimits limits = {});

    /// Calls stop().
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Accepts from this listener, and goes on with these connections. Once, and again after each
    /// release().
    void serve(Sockets sockets);

    /// After serve(): accepts no more, finishes the requests that are under way, and gives back all
    /// there is. A connection that is still in a request after `limits.release` is closed. The
    /// error is that a worker does not answer, soon after that; everything is then served on.
    [[nodiscard]] Result<Sockets> release();

    /// Accepts no more, lets replies that are under way go out (for two ticks at most), closes all
    /// connections, ends the threads and removes the socket.
    void stop();

    /// When the worker that has been silent for longest last gave a sign of life; each does once a
    /// tick. Any thread.
    [[nodiscard]] TimePoint last_sign_of_life() const;

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
