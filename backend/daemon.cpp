// SPDX-License-Identifier: Apache-2.0
#include "backend/daemon.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backend/admin_interface.h"
#include "backend/alerts/alerts.h"
#include "backend/backend_command.h"
#include "backend/counted.h"
#include "backend/events/event_file.h"
#include "backend/events/event_recorder.h"
#include "backend/events/watch.h"
#include "backend/keystore/keystore_keeper.h"
#include "backend/operations.h"
#include "backend/override_keeper.h"
#include "backend/powerdns/examine.h"
#include "backend/powerdns/purger.h"
#include "backend/protocol/administration.h"
#include "backend/protocol/server.h"
#include "backend/protocol/unix_listener.h"
#include "backend/reloader.h"
#include "backend/serials_file.h"
#include "backend/service_manager.h"
#include "backend/serving.h"
#include "backend/state_keeper.h"

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

constexpr std::chrono::milliseconds kTick{250};

class Daemon {
  public:
    Daemon(std::filesystem::path config, config::Loaded loaded, Log& log)
        : config_(std::move(config)), loaded_(std::move(loaded)), recorder_(log) {}

    int run() {
        if (const int failed = build(); failed != kExitClean) return failed;
        watch_signals();
        wait_for_tick();
        open_gate_at_latest(knows_every_endpoint() ? std::chrono::milliseconds(0)
                                                   : kFirstRoundWait);
        serving_->start(round_complete());
        control_.run();
        stop();
        return kExitClean;
    }

  private:
    int build() {
        auto serving = Serving::create(
            control_, loaded_.catalog, last_known_state(), log_,
            {.workers = loaded_.server.workers, .probes = loaded_.server.max_probes});
        if (!serving) return cannot_start(serving.error(), kExitBadConfig);
        serving_ = *std::move(serving);
        watch_.emplace(serving_->state(), log_);
        configure_alerts(loaded_.alerts);

        const config::ServerSettings& settings = loaded_.server;
        auto listener = UnixListener::open({.path = settings.socket,
                                            .group = settings.socket_group,
                                            .mode = settings.socket_mode});
        if (!listener) return cannot_start(listener.error(), kExitCannotStart);
        if (!settings.state_dir.empty() && loaded_.serials) {
            save_serials(settings.state_dir, *loaded_.serials, log_);
        }
        keystore_ = std::make_unique<KeystoreKeeper>(settings.state_dir, log_);
        auto server = Server::start(std::move(*listener), server_parts(), settings.workers);
        if (!server) return cannot_start(server.error(), kExitCannotStart);
        server_ = std::move(*server);
        if (!settings.state_dir.empty()) {
            keeper_ = std::make_unique<StateKeeper>(settings.state_dir, serving_->state(), log_);
            writer_ = std::make_unique<EventWriter>(settings.state_dir, recorder_.history(), log_);
        }
        open_purger(settings.pdns_control);
        log_.info("listening on " + settings.socket.string() + "; first round of health checks");

        const auto admin_settings = loaded_.admin;
        const Reloader::Listener listens{.begins = [this] { reload_begins(); },
                                         .ended = [this] { reload_ended(); },
                                         .round_complete = round_complete()};
        reloader_ = std::make_unique<Reloader>(control_, config_, std::move(loaded_), *serving_,
                                               listens, log_);
        overrides_ = std::make_unique<OverrideKeeper>(control_, *serving_, log_);
        overrides_->report_unmatched();
        operations_ =
            std::make_unique<Operations>(Operations::Parts{.serving = *serving_,
                                                           .server = *server_,
                                                           .reloader = *reloader_,
                                                           .overrides = *overrides_,
                                                           .first_round_complete = is_ready_,
                                                           .events = recorder_.history(),
                                                           .writer = writer_.get(),
                                                           .watch = *watch_,
                                                           .alerts = alerts_,
                                                           .purger = purger_.get(),
                                                           .keeper = keeper_.get(),
                                                           .log = log_});
        return admin_settings ? open_admin(*admin_settings) : kExitClean;
    }

    void open_purger(const std::vector<std::filesystem::path>& sockets) {
        if (sockets.empty()) return;
        std::vector<ControlChannel> channels(sockets.begin(), sockets.end());
        purger_ = std::make_unique<Purger>(
            std::move(channels), needs_of(loaded_), serving_->state(),
            [this](bool purges) { serving_->set_purges(purges); }, log_);
        serving_->on_change([this] { purger_->wake(); });
        purger_->start();
    }

    ServerParts server_parts() {
        return {.state = serving_->state(),
                .keystore = *keystore_,
                .command =
                    [this](std::string command, auto done) {
                        asio::post(control_,
                                   [this, command = std::move(command), done = std::move(done)] {
                                       done(text_reply(run_backend_command(command, *operations_)));
                                   });
                    },
                .log = log_};
    }

    int open_admin(const config::AdminSettings& settings) {
        auto opened = AdminInterface::open(control_, settings, *operations_, log_);
        if (!opened) return cannot_start(opened.error(), kExitCannotStart);
        admin_ = *std::move(opened);
        return kExitClean;
    }

    LastKnown last_known_state() {
        const auto& directory = loaded_.server.state_dir;
        return directory.empty() ? LastKnown{} : recall(directory, log_);
    }

    /// From before a restart.
    [[nodiscard]] bool knows_every_endpoint() const {
        const auto& health = serving_->state().load()->health->health;
        return std::ranges::find(health, checks::Health::unknown) == health.end();
    }

    int cannot_start(const Error& error, int exit_code) {
        log_.error(error.message);
        return exit_code;
    }

    /// On the checker's thread.
    Serving::RoundComplete round_complete() {
        return [this] { asio::post(control_, [this] { first_round_complete(); }); };
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

    /// Of the checker, and after a reload of the next one.
    void first_round_complete() {
        if (std::exchange(is_ready_, true)) return;
        gate_timer_.cancel();
        open_gate();
        log_.info("ready: " + size_of(*reloader_->current().catalog));
        say_ready();
    }

    void configure_alerts(const config::AlertSettings& settings) {
        watch_->configure({.factor = static_cast<double>(settings.spike_factor),
                           .window = settings.spike_window});
        alerts_.configure(settings);
    }

    void reload_begins() {
        if (is_ready_) notify_reloading();
    }

    void reload_ended() {
        const auto& settings = reloader_->current().admin;
        if (admin_ && settings) admin_->reconfigure(*settings);
        configure_alerts(reloader_->current().alerts);
        overrides_->report_unmatched();
        say_ready();
    }

    void say_ready() {
        if (is_ready_) notify_ready("serving " + size_of(*reloader_->current().catalog));
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
            reloader_->request("SIGHUP");
            wait_for_hangup();
        });
    }

    void wait_for_tick() {
        tick_.expires_after(kTick);
        tick_.async_wait([this](const error_code& cancelled) {
            if (cancelled) return;
            const TimePoint now = SteadyClock().now();
            watch_->tick(now);
            recorder_.tick(now);
            alerts_.tick(now, serving_->state());
            wait_for_tick();
        });
    }

    void stop() {
        notify_stopping();
        admin_.reset();
        overrides_->stop();
        server_->stop();
        serving_->stop();
        purger_.reset();
        keeper_.reset();
        writer_.reset();
        log_.info("stopped after " + summary());
    }

    [[nodiscard]] std::string summary() const {
        const auto total = [this](Count which) { return server_->total(which); };
        return counted(total(Count::request), "request") + " (" +
               counted(total(Count::lookup), "lookup") + ", " +
               std::to_string(total(Count::unsupported)) + " unsupported, " +
               std::to_string(server_->total_refused()) + " refused) on " +
               counted(total(Count::connection), "connection");
    }

    const std::filesystem::path config_;
    config::Loaded loaded_;  // until the reloader takes it over
    EventRecorder recorder_;
    Log& log_ = recorder_;

    // control thread only
    asio::io_context control_{1};
    asio::signal_set ending_{control_};
    asio::signal_set hangup_{control_};
    asio::steady_timer gate_timer_{control_};
    asio::steady_timer tick_{control_};
    Alerts alerts_{control_, recorder_.history(), log_};
    bool gate_is_open_ = false;
    bool is_ready_ = false;

    // destroyed first: their threads use everything above
    std::unique_ptr<Serving> serving_;
    std::optional<Watch> watch_;
    std::unique_ptr<KeystoreKeeper> keystore_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Purger> purger_;       // null: no PowerDNS can be told
    std::unique_ptr<StateKeeper> keeper_;  // null, and so the next: nothing is kept
    std::unique_ptr<EventWriter> writer_;
    std::unique_ptr<Reloader> reloader_;
    std::unique_ptr<OverrideKeeper> overrides_;
    std::unique_ptr<Operations> operations_;
    std::unique_ptr<AdminInterface> admin_;  // null: no interface for operators
};

}  // namespace

int run_daemon(const std::filesystem::path& config, config::Loaded loaded, Log& log) {
    raise_descriptor_limit();
    return Daemon(config, std::move(loaded), log).run();
}

}  // namespace fairlead::backend
