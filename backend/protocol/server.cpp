// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include "backend/protocol/worker.h"
#include "base/system_error.h"

namespace fairlead::backend {
namespace {

/// After accept(2) failed (out of descriptors, usually): try again so much later.
constexpr std::chrono::milliseconds kAcceptPause{100};

/// Beyond `limits.release`: for a worker on a busy machine to get its turn.
constexpr std::chrono::milliseconds kReleaseGrace{500};

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

/// What threads give back, for whoever waits for it, as long as somebody does.
class Handback {
  public:
    struct Given {
        std::optional<UnixListener> listener{};
        std::vector<std::pair<Worker*, Descriptor>> connections{};  // and whose they were
    };

    /// Any thread, which gives once, with `give`. False, and it is not called: too late.
    template <typename Give>
    [[nodiscard]] bool accept(Give&& give) {
        {
            const std::lock_guard lock(mutex_);
            if (over_) return false;
            give(given_);
            ++givers_;
        }
        changed_.notify_one();
        return true;
    }

    /// False: fewer than so many threads have given by then.
    [[nodiscard]] bool wait_for(std::size_t givers, TimePoint deadline) {
        std::unique_lock lock(mutex_);
        return changed_.wait_until(lock, deadline, [&] { return givers_ >= givers; });
    }

    /// From here on it is too late.
    [[nodiscard]] Given end() {
        const std::lock_guard lock(mutex_);
        over_ = true;
        return std::move(given_);
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Given given_;
    std::size_t givers_ = 0;
    bool over_ = false;
};

}  // namespace

class Server::Impl final : private EventLoop::Watcher {
  public:
    Impl(ServerParts parts, unsigned workers, ServerLimits limits)
        : limits_(limits),
          parts_(std::move(parts)),
          shared_{parts_, parts_.log},
          refused_connections_(parts_.log, "refused a connection"),
          failed_accepts_(parts_.log, "cannot accept a connection") {
        for (unsigned i = 0; i < std::max(1U, workers); ++i) {
            workers_.push_back(std::make_unique<Worker>(i, random_seed(), limits_, shared_));
        }
        retry_.emplace(acceptors_loop(), [this] { accept_again(); });
    }

    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void start() {
        for (const auto& worker : workers_)
            worker->start();
    }

    void serve(Sockets sockets) {
        // Shared, because a task can be copied.
        acceptors_loop().post([this, shared = std::make_shared<Sockets>(std::move(sockets))] {
            listener_.emplace(std::move(shared->listener));
            for (Descriptor& connection : shared->connections)
                give_to_a_worker(std::move(connection));
            accept_again();
        });
    }

    Result<Sockets> release() {
        const auto handback = std::make_shared<Handback>();
        const bool complete = collect(handback);
        auto [listener, connections] = handback->end();
        if (!listener) return Error{"the worker that accepts does not answer"};
        Sockets sockets{.listener = *std::move(listener)};
        for (auto& [worker, connection] : connections) {
            if (complete) {
                sockets.connections.push_back(std::move(connection));
            } else {
                worker->adopt(std::move(connection));
            }
        }
        if (complete) return sockets;
        serve(std::move(sockets));
        return Error{"a worker, or what a request has begun, does not end"};
    }

    void stop() {
        acceptors_loop().post([this] {
            if (!listener_) return;
            stop_accepting();
            listener_.reset();
        });
        for (const auto& worker : workers_)
            worker->stop();
        for (const auto& worker : workers_)
            worker->join();    // the first one, which accepts, before the others
        shared_.clerk.stop();  // its replies go to the workers, if only to be dropped
    }

    [[nodiscard]] std::uint64_t total(Count which) const {
        std::uint64_t sum = 0;
        for (const auto& worker : workers_)
            sum += worker->counters().of(which);
        return sum;
    }

    [[nodiscard]] std::vector<std::uint64_t> methods() const {
        std::vector<std::uint64_t> sums(kMethods);
        for (const auto& worker : workers_) {
            for (std::size_t method = 0; method < kMethods; ++method)
                sums[method] += worker->counters().of_method(method);
        }
        return sums;
    }

    [[nodiscard]] LatencyHistogram::Values lookup_latency() const {
        LatencyHistogram::Values values;
        for (const auto& worker : workers_)
            worker->counters().lookup_latency.add_to(values);
        return values;
    }

    [[nodiscard]] TimePoint last_sign_of_life() const {
        TimePoint oldest = TimePoint::max();
        for (const auto& worker : workers_)
            oldest = std::min(oldest, worker->last_tick());
        return oldest;
    }

    [[nodiscard]] std::size_t open_connections() const {
        std::size_t sum = 0;
        for (const auto& worker : workers_)
            sum += worker->open_connections();
        return sum;
    }

  private:
    [[nodiscard]] EventLoop& acceptors_loop() { return workers_.front()->loop(); }

    /// False: not in time. The listener first: after that no worker gets any more connections.
    bool collect(const std::shared_ptr<Handback>& handback) {
        const TimePoint deadline = SteadyClock().now() + limits_.release + kReleaseGrace;
        acceptors_loop().post([this, handback] { give_back_listener(*handback); });
        if (!handback->wait_for(1, deadline)) return false;
        for (const auto& worker : workers_) {
            worker->release([&worker = *worker, handback](std::vector<Descriptor> connections) {
                const bool given = handback->accept([&](Handback::Given& all) {
                    for (Descriptor& connection : connections)
                        all.connections.emplace_back(&worker, std::move(connection));
                });
                if (given) return;
                for (Descriptor& connection : connections)
                    worker.adopt(std::move(connection));
            });
        }
        if (!handback->wait_for(1 + workers_.size(), deadline)) return false;
        return shared_.clerk.be_idle(deadline);  // of sessions that have ended
    }

    void give_back_listener(Handback& handback) {
        const bool given = handback.accept([this](Handback::Given& all) {
            stop_accepting();
            retry_->cancel();  // or it would come while the next one is watched already
            all.listener.emplace(*std::move(listener_));
        });
        if (given) listener_.reset();
    }

    void accept_again() {
        if (!listener_) return;
        if (!acceptors_loop().watch(listener_->descriptor(), EPOLLIN, *this)) pause();
    }

    void stop_accepting() { acceptors_loop().forget(listener_->descriptor(), *this); }

    /// A connection waits.
    void ready(std::uint32_t) override {
        Descriptor socket(::accept4(listener_->descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
        if (socket.is_open()) return admit(std::move(socket));
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) pause();
    }

    void admit(Descriptor socket) {
        if (open_connections() < limits_.connections) return give_to_a_worker(std::move(socket));
        // Closed without a word: PowerDNS would take any as the answer to its first question.
        workers_.front()->counters().count(Count::connection_refused);
        refused_connections_.happened("there are " + std::to_string(limits_.connections) +
                                      " already");
    }

    void give_to_a_worker(Descriptor socket) {
        workers_[next_++ % workers_.size()]->adopt(std::move(socket));
    }

    void pause() {
        failed_accepts_.happened(last_system_error().message);
        workers_.front()->counters().count(Count::accept_failed);
        stop_accepting();
        retry_->once_after(kAcceptPause);
    }

    const ServerLimits limits_;
    const ServerParts parts_;
    Worker::Shared shared_;
    RepeatedWarning refused_connections_;
    RepeatedWarning failed_accepts_;
    std::vector<std::unique_ptr<Worker>> workers_;

    // first worker's thread only, once started; its loop outlives the timer
    std::optional<UnixListener> listener_;  // nothing: there is nobody to be served
    std::optional<Timer> retry_;
    std::size_t next_ = 0;
};

Result<std::unique_ptr<Server>> Server::start(ServerParts parts, unsigned workers,
                                              ServerLimits limits) {
    try {
        auto impl = std::make_unique<Impl>(std::move(parts), workers, limits);
        impl->start();
        return std::unique_ptr<Server>(new Server(std::move(impl)));
    } catch (const std::system_error& failure) {
        return Error{std::string("cannot start the workers: ") + failure.what()};
    }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() = default;

void Server::serve(Sockets sockets) {
    impl_->serve(std::move(sockets));
}

Result<Sockets> Server::release() {
    return impl_->release();
}

void Server::stop() {
    impl_->stop();
}

std::uint64_t Server::total(Count which) const {
    return impl_->total(which);
}

std::vector<std::uint64_t> Server::methods() const {
    return impl_->methods();
}

LatencyHistogram::Values Server::lookup_latency() const {
    return impl_->lookup_latency();
}

TimePoint Server::last_sign_of_life() const {
    return impl_->last_sign_of_life();
}

std::size_t Server::open_connections() const {
    return impl_->open_connections();
}

}  // namespace fairlead::backend
