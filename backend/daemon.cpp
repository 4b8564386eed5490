// SPDX-License-Identifier: Apache-2.0
#include "backend/daemon.h"

#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "backend/counted.h"
#include "backend/server.h"
#include "backend/service_manager.h"
#include "backend/serving_state.h"
#include "backend/unix_listener.h"
#include "checks/checker.h"

namespace fairlead::backend {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Probes and connections need descriptors; the soft limit of 1024 is there for select(2) only.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);  // at worst it stays as it was
}

std::string size_of(const policy::Catalog& catalog) {
    return counted(catalog.zones().size(), "zone") + ", " +
           counted(catalog.record_set_count(), "name") + ", " +
           counted(catalog.subjects().size(), "checked address", "es");
}

std::shared_ptr<const ServingState> first_state(const config::Loaded& loaded) {
    auto health = checks::Snapshot::all_unknown(loaded.catalog->subjects().size());
    return std::make_shared<ServingState>(
        ServingState{.catalog = loaded.catalog,
                     .health = std::make_shared<checks::Snapshot>(std::move(health))});
}

class Daemon {
  public:
    Daemon(const config::Loaded& loaded, Log& log)
        : loaded_(loaded), log_(log), state_(first_state(loaded)) {}

    int run() {
        if (const int failed = build(); failed != kExitClean) return failed;
        watch_signals();
        open_gate_at_latest(kFirstRoundWait);
        checker_->start([this] { asio::post(control_, [this] { first_round_complete(); }); });
        control_.run();
        stop();
        return kExitClean;
    }

  private:
    int build() {
        auto checker = checks::Checker::create(
            {.checks = loaded_.catalog->checks(), .subjects = loaded_.catalog->subjects()},
            [this](auto snapshot) { publish(std::move(snapshot)); }, log_);
        if (!checker) return cannot_start(checker.error(), kExitBadConfig);
        checker_ = std::move(*checker);

        const config::ServerSettings& settings = loaded_.server;
        auto listener = UnixListener::open({.path = settings.socket,
                                            .group = settings.socket_group,
                                            .mode = settings.socket_mode});
        if (!listener) return cannot_start(listener.error(), kExitCannotStart);
        auto server = Server::start(std::move(*listener), state_, settings.workers, log_);
        if (!server) return cannot_start(server.error(), kExitCannotStart);
        server_ = std::move(*server);
        log_.info("listening on " + settings.socket.string() + "; first round of health checks");
        return kExitClean;
    }

    int cannot_start(const Error& error, int exit_code) {
        log_.error(error.message);
        return exit_code;
    }

    /// On the checker's thread: only the health of the state changes.
    void publish(std::shared_ptr<const checks::Snapshot> snapshot) {
        state_.update([&](const auto& current) {
            auto next = std::make_shared<ServingState>(*current);
            next->health = std::move(snapshot);
            return next;
        });
    }

    void open_gate_at_latest(std::chrono::milliseconds wait) {
        gate_timer_.expires_after(wait);
        gate_timer_.async_wait([this](const error_code& cancelled) {
            if (!cancelled) open_gate();
        });
    }

    void open_gate() {
        if (!std::exchange(gate_is_open_, true)) server_->start_accepting();
    }

    void first_round_complete() {
        gate_timer_.cancel();
        open_gate();
        const std::string size = size_of(*loaded_.catalog);
        log_.info("ready: " + size);
        notify_ready("serving " + size);
    }

    void watch_signals() {
        std::signal(SIGPIPE, SIG_IGN);
        ending_.add(SIGINT);
        ending_.add(SIGTERM);
        ending_.async_wait([this](const error_code& cancelled, int) {
            if (cancelled) return;
            ending_.clear();  // the next one has its default effect: the process ends at once
            control_.stop();
        });
        hangup_.add(SIGHUP);
        wait_for_hangup();
    }

    void wait_for_hangup() {
        hangup_.async_wait([this](const error_code& cancelled, int) {
            if (cancelled) return;
            log_.warning(
                "SIGHUP: reloading is not supported yet; restart fairlead to apply a changed "
                "configuration");
            wait_for_hangup();
        });
    }

    void stop() {
        notify_stopping();
        server_->stop();
        checker_->stop();
        log_.info("stopped after " + summary());
    }

    [[nodiscard]] std::string summary() const {
        const auto total = [this](Event event) { return server_->total(event); };
        const auto refused = total(Event::not_json) + total(Event::no_method) +
                             total(Event::bad_parameters) + total(Event::too_long);
        return counted(total(Event::request), "request") + " (" +
               counted(total(Event::lookup), "lookup") + ", " +
               std::to_string(total(Event::unsupported)) + " unsupported, " +
               std::to_string(refused) + " refused) on " +
               counted(total(Event::connection), "connection");
    }

    const config::Loaded& loaded_;
    Log& log_;
    PublishedState state_;

    // control thread only
    asio::io_context control_{1};
    asio::signal_set ending_{control_};
    asio::signal_set hangup_{control_};
    asio::steady_timer gate_timer_{control_};
    bool gate_is_open_ = false;

    // destroyed first: their threads use everything above
    std::unique_ptr<checks::Checker> checker_;
    std::unique_ptr<Server> server_;
};

}  // namespace

int run_daemon(const config::Loaded& loaded, Log& log) {
    raise_descriptor_limit();
    return Daemon(loaded, log).run();
}

}  // namespace fairlead::backend
