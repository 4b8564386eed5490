// SPDX-License-Identifier: Apache-2.0
#include "backend/protocol/server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <random>
#include <system_error>
#include <utility>
#include <vector>

#include "backend/protocol/worker.h"

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// After accept(2) failed (out of descriptors, usually): try again so much later.
constexpr std::chrono::milliseconds kAcceptPause{100};

std::uint64_t random_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

class Server::Impl {
  public:
    Impl(UnixListener listener, ServerParts parts, unsigned workers, ServerLimits limits)
        : listener_(std::move(listener)),
          limits_(limits),
          parts_(std::move(parts)),
          shared_{parts_, parts_.log},
          refused_connections_(parts_.log, "refused a connection"),
          failed_accepts_(parts_.log, "cannot accept a connection") {
        for (unsigned i = 0; i < std::max(1U, workers); ++i) {
            workers_.push_back(std::make_unique<Worker>(i, random_seed(), limits_, shared_));
        }
        acceptor_.emplace(workers_.front()->context());
        pause_.emplace(workers_.front()->context());
    }

    void start() {
        // The acceptor closes its descriptor, the listener its own.
        acceptor_->assign(asio::local::stream_protocol(), ::dup(listener_->descriptor()));
        for (const auto& worker : workers_)
            worker->start();
    }

    void start_accepting() {
        asio::post(workers_.front()->context(), [this] { accept(); });
    }

    void stop() {
        listener_.reset();  // nobody finds the socket from here on
        asio::post(workers_.front()->context(), [this] {
            stopping_ = true;
            error_code ignored;  // nothing can be done about a failing close
            acceptor_->close(ignored);
            pause_->cancel();
        });
        for (const auto& worker : workers_)
            worker->stop();
        for (const auto& worker : workers_)
            worker->join();
        shared_.clerk.stop();  // its replies go to the workers, if only to be dropped
    }

    [[nodiscard]] std::uint64_t total(Count which) const {
        std::uint64_t sum = 0;
        for (const auto& worker : workers_)
            sum += worker->counters().of(which);
        return sum;
    }

    [[nodiscard]] std::size_t open_connections() const {
        std::size_t sum = 0;
        for (const auto& worker : workers_)
            sum += worker->open_connections();
        return sum;
    }

  private:
    void accept() {
        if (stopping_) return;
        Worker& worker = *workers_[next_++ % workers_.size()];
        acceptor_->async_accept(worker.context(),
                                [this, &worker](const error_code& error, Session::Socket socket) {
                                    if (stopping_) return;
                                    if (error) return pause(error);
                                    admit(worker, std::move(socket));
                                    accept();
                                });
    }

    void admit(Worker& worker, Session::Socket socket) {
        if (open_connections() < limits_.connections) return worker.adopt(std::move(socket));
        // Closed without a word: PowerDNS would take any as the answer to its first question.
        workers_.front()->counters().count(Count::connection_refused);
        refused_connections_.happened("there are " + std::to_string(limits_.connections) +
                                      " already");
    }

    void pause(const error_code& error) {
        failed_accepts_.happened(error.message());
        pause_->expires_after(kAcceptPause);
        pause_->async_wait([this](const error_code& cancelled) {
            if (!cancelled) accept();
        });
    }

    std::optional<UnixListener> listener_;
    const ServerLimits limits_;
    const ServerParts parts_;
    Worker::Shared shared_;
    RepeatedWarning refused_connections_;
    RepeatedWarning failed_accepts_;
    std::vector<std::unique_ptr<Worker>> workers_;

    // first worker's thread only, once started
    std::optional<asio::local::stream_protocol::acceptor> acceptor_;
    std::optional<asio::steady_timer> pause_;
    std::size_t next_ = 0;
    bool stopping_ = false;
};

Result<std::unique_ptr<Server>> Server::start(UnixListener listener, ServerParts parts,
                                              unsigned workers, ServerLimits limits) {
    try {
        auto impl = std::make_unique<Impl>(std::move(listener), std::move(parts), workers, limits);
        impl->start();
        return std::unique_ptr<Server>(new Server(std::move(impl)));
    } catch (const std::system_error& failure) {
        return Error{std::string("cannot start the workers: ") + failure.what()};
    }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    stop();
}

void Server::start_accepting() {
    impl_->start_accepting();
}

void Server::stop() {
    if (impl_) impl_->stop();
}

std::uint64_t Server::total(Count which) const {
    return impl_->total(which);
}

std::size_t Server::open_connections() const {
    return impl_->open_connections();
}

}  // namespace fairlead::backend
