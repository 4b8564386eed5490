// SPDX-License-Identifier: Apache-2.0
#include "backend/daemon.h"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "backend/alerts/alerts.h"
#include "backend/backend_command.h"
#include "backend/counted.h"
#include "backend/events/event_recorder.h"
#include "backend/events/watch.h"
#include "backend/handover.h"
#include "backend/keystore/keystore_keeper.h"
#include "backend/powerdns/channels.h"
#include "backend/powerdns/examine.h"
#include "backend/powerdns/purger.h"
#include "backend/protocol/administration.h"
#include "backend/protocol/server.h"
#include "backend/protocol/unix_listener.h"
#include "backend/serials_file.h"
#include "backend/service_manager.h"
#include "backend/serving.h"
#include "backend/signals.h"
#include "backend/socket_origin.h"
#include "backend/state_keeper.h"
#include "backend/upkeep.h"
#include "backend/watchdog.h"

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

/// For a predecessor to save its state and to end, once it has given its place away.
constexpr std::chrono::seconds kEndWait{10};

/// For the system to close its sockets when it was killed.
constexpr std::chrono::milliseconds kCloseWait{1000};

class Daemon {
  public:
    Daemon(std::filesystem::path config, config::Loaded loaded, bool take_over, Log& log)
        : config_(std::move(config)),
          settings_(loaded.server),
          loaded_(std::move(loaded)),
          lines_(log),
          recorder_(log),
          succeeds_(take_over && !supervision_.supervised && Predecessor::find(settings_.socket)) {
        if (take_over && supervision_.supervised) {
            log_.warning(
                "--take-over is ignored, because a service manager runs this process "
                "(NOTIFY_SOCKET) and would not know of the other one's end: restart the "
                "service instead");
        }
    }

    int run() {
        if (const int failed = make_serving(); failed != kExitClean) return failed;
        if (succeeds_) {
            log_.info("another process serves " + settings_.socket.string() +
                      "; first round of health checks, then this one takes its place");
        } else if (const int failed = open(find_sockets()); failed != kExitClean) {
            if (supervision_.keeps_descriptors) leave_sockets();
            return failed;
        }
        wait_for_tick();
        serving_->start(round_complete());
        control_.run();
        stop();
        return exit_code_;
    }

  private:
    int make_serving() {
        auto serving =
            Serving::create(control_, loaded_.catalog, last_known_state(), log_,
                            {.workers = settings_.workers, .probes = settings_.max_probes});
        if (!serving) return cannot_start(serving.error(), kExitBadConfig);
        serving_ = *std::move(serving);
        make_purger();
        return kExitClean;
    }

    /// PowerDNS can connect from here on, and waits at the gate, if there is something to wait for.
    int open(Result<Sockets> sockets) {
        if (!sockets) return cannot_start(advised(sockets.error()), kExitCannotStart);
        const bool waits = !sockets->connections.empty();
        waiting_.emplace(*std::move(sockets));
        if (const auto made = make_server(); !made) {
            return cannot_start(made.error(), kExitCannotStart);
        }
        log_.info("listening on " + settings_.socket.string() + "; first round of health checks");
        if (knows_every_endpoint()) open_gate();
        settle_in();
        open_gate_at_latest(waits ? kFirstRoundWaitWithConnections : kFirstRoundWait);
        const auto opened = upkeep_->open_admin();
        return opened ? kExitClean : cannot_start(opened.error(), kExitCannotStart);
    }

    [[nodiscard]] UnixListener::Settings listener_settings() const {
        return {.path = settings_.socket,
                .group = settings_.socket_group,
                .mode = settings_.socket_mode};
    }

    [[nodiscard]] Error advised(Error error) const {
        if (!supervision_.supervised && Predecessor::find(settings_.socket)) {
            error.message += "; or take its place: fairlead serve --take-over";
        }
        return error;
    }

    Result<void> make_server() {
        keystore_ = std::make_unique<KeystoreKeeper>(settings_.state_dir, log_);
        auto server = Server::start(server_parts(), settings_.workers);
        if (!server) return server.error();
        server_ = *std::move(server);
        return {};
    }

    /// From here on this process has its place.
    void settle_in() {
        watch_.emplace(serving_->state(), log_);
        configure_alerts(loaded_.alerts);
        if (purger_) purger_->start();
        upkeep_.emplace(config_, std::move(loaded_),
                        Upkeep::Parts{.control = control_,
                                      .serving = *serving_,
                                      .server = *server_,
                                      .recorder = recorder_,
                                      .lines = lines_,
                                      .watch = *watch_,
                                      .alerts = alerts_,
                                      .purger = purger_.get(),
                                      .is_ready = is_ready_,
                                      .told = {.begins = [this] { reload_begins(); },
                                               .ended = [this] { reload_ended(); },
                                               .round_complete = round_complete()}});
        open_handover();
        if (supervision_.watchdog) guard(*supervision_.watchdog);
        if (reload_wanted_ != nullptr) upkeep_->reloader().request(reload_wanted_);
    }

    void make_purger() {
        auto channels = open_channels(settings_);
        if (channels.empty()) return;
        purger_ = std::make_unique<Purger>(
            std::move(channels), serving_->state(),
            [this](bool purges) { serving_->set_purges(purges); }, log_);
        // Not through purger_, which is null already while the purger ends its threads.
        serving_->on_change([purger = purger_.get()] { purger->wake(); });
    }

    ServerParts server_parts() {
        return {.state = serving_->state(),
                .keystore = *keystore_,
                .command =
                    [this](std::string command, auto done) {
                        asio::post(control_, [this, command = std::move(command),
                                              done = std::move(done)] {
                            done(text_reply(run_backend_command(command, upkeep_->operations())));
                        });
                    },
                .log = log_};
    }

    /// A process that serves already does so without operators rather than not at all.
    void open_admin() {
        if (auto opened = upkeep_->open_admin(); !opened) log_.error(opened.error().message);
    }

    /// A service manager would restart the process that has given its place away.
    void open_handover() {
        if (supervision_.supervised) return;
        auto opened = HandoverSocket::open(
            control_, settings_.socket,
            [this](std::unique_ptr<Successor> successor) { give_place_to(std::move(successor)); },
            log_);
        if (opened) {
            handover_ = *std::move(opened);
        } else {
            log_.warning("no other process will be able to take this one's place: " +
                         opened.error().message);
        }
    }

    void guard(std::chrono::microseconds period) {
        watchdog_.emplace(period,
                          Watchdog::Calls{.oldest_sign_of_life =
                                              [this] {
                                                  return std::min(server_->last_sign_of_life(),
                                                                  serving_->checker_sign_of_life());
                                              },
                                          .alive = notify_alive},
                          log_);
    }

    LastKnown last_known_state() {
        return settings_.state_dir.empty() ? LastKnown{} : recall(settings_.state_dir, log_);
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
        if (!waiting_) return;
        serve(*std::move(waiting_));
        waiting_.reset();
        begin_to_own(supervision_);
    }

    void serve(Sockets sockets) {
        server_->serve(std::move(sockets));
        gate_is_open_ = true;
    }

    /// Of the checker, and after a reload of the next one.
    void first_round_complete() {
        if (std::exchange(is_ready_, true)) return;
        if (std::exchange(succeeds_, false) && !take_over()) return;
        gate_timer_.cancel();
        open_gate();
        log_.info("ready: " + served());
        say_ready();
    }

    /// False: this process ends.
    bool take_over() {
        auto predecessor = Predecessor::find(settings_.socket);
        if (!predecessor) {
            exit_code_ = open_after_its_end();
        } else if (const auto taken = take_place_of(*predecessor); !taken) {
            exit_code_ = ends(*predecessor)
                             ? open_after_its_end()
                             : cannot_start(Error{"the process that serves keeps its place: " +
                                                  taken.error().message},
                                            kExitCannotStart);
        }
        if (exit_code_ != kExitClean) control_.stop();
        return exit_code_ == kExitClean;
    }

    /// Why it has not given its place away: it is gone, or was about to end when it was asked.
    bool ends(Predecessor& predecessor) {
        return predecessor.wait_until_gone(kEndWait) && !Predecessor::find(settings_.socket);
    }

    /// The process that served has ended by itself: what it knew last is in its files.
    int open_after_its_end() {
        server_.reset();
        if (!settings_.state_dir.empty()) {
            const auto taken = serving_->take_up(last_known_state(), round_complete());
            if (!taken) log_.error(taken.error().message);
        }
        follow_predecessor();
        return open(sockets_after_its_end());
    }

    /// The system closes the sockets of a process that was killed one after the other: for a moment
    /// one of them may still look served.
    Result<Sockets> sockets_after_its_end() {
        const TimePoint deadline = SteadyClock().now() + kCloseWait;
        for (;;) {
            auto sockets = find_sockets();
            if (sockets || SteadyClock().now() > deadline) return sockets;
            std::this_thread::sleep_for(kCloseWait / 100);
        }
    }

    Result<Sockets> find_sockets() { return open_sockets(listener_settings(), supervision_, log_); }

    /// Since this process has begun, the one that served has told of what happened, and may have
    /// loaded again.
    void follow_predecessor() {
        alerts_.skip();
        if (!settings_.state_dir.empty()) {
            loaded_.serials = std::make_shared<const config::ZoneSerials>(
                config::latest(*loaded_.serials, recall_serials(settings_.state_dir, log_)));
        }
        if (config::current(loaded_.files) != loaded_.files) {
            reload_wanted_ = "files have changed since this process loaded them";
        }
    }

    /// PowerDNS waits from ask() on.
    Result<void> take_place_of(Predecessor& predecessor) {
        auto estate = predecessor.ask();
        if (!estate) return estate.error();
        const auto known = decode_state(estate->state, Moment::now());
        if (!known) return known.error();
        if (auto taken = serving_->take_up(known->known, round_complete()); !taken) return taken;
        if (auto made = make_server(); !made) return made;
        auto listener = UnixListener::adopt(settings_.socket, std::move(estate->listener));
        if (!listener) return listener.error();
        Sockets sockets{.listener = *std::move(listener),
                        .connections = std::move(estate->connections)};
        const auto count = sockets.connections.size();
        if (auto taken = predecessor.take_place(); !taken) {
            (void)std::move(sockets.listener).release();  // the path is not this process's
            return taken;
        }
        if (const auto permitted = sockets.listener.permit(listener_settings()); !permitted) {
            log_.error(permitted.error().message);  // with those of before it can be used
        }
        serve(std::move(sockets));
        log_.info("serves in place of the other process, on " + counted(count, "connection") +
                  " of it");
        if (!predecessor.wait_until_gone(kEndWait)) {
            log_.warning("the other process serves no more but has not ended");
        }
        follow_predecessor();
        settle_in();
        open_admin();
        return {};
    }

    /// What it may change ends here; what it has changed goes along.
    void give_place_to(std::unique_ptr<Successor> successor) {
        upkeep_->close_admin();
        if (const auto given = give_sockets_to(successor); !given) {
            open_admin();
            return log_.warning("nobody took over, this process goes on: " + given.error().message);
        }
        successor_ = std::move(successor);
        control_.stop();
    }

    /// On an error they are served as before.
    Result<void> give_sockets_to(std::unique_ptr<Successor>& successor) {
        auto sockets = gate_is_open_ ? server_->release() : *std::move(waiting_);
        if (!sockets) return sockets.error();
        auto given = successor->offer(
            *sockets, encode_state(known_of(*serving_->state().load()), Moment::now()));
        if (given) given = successor->commit();
        if (given) {
            (void)std::move(sockets->listener).release();  // the path, too, is the successor's
            waiting_.reset();
            gate_is_open_ = false;
            return given;
        }
        successor.reset();  // before anything is read again: it knows that nothing is its
        if (gate_is_open_) {
            serve(*std::move(sockets));
        } else {
            waiting_.emplace(*std::move(sockets));
        }
        return given;
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
        configure_alerts(upkeep_->reloader().current().alerts);
        watch_->tick(SteadyClock().now());  // so that metrics have all of it at once
        say_ready();
    }

    void say_ready() {
        if (is_ready_) notify_ready("serving " + served());
    }

    [[nodiscard]] std::string served() { return size_of(*upkeep_->reloader().current().catalog); }

    void hung_up() {
        if (upkeep_) {
            upkeep_->reloader().request("SIGHUP");
        } else {
            reload_wanted_ = "SIGHUP";  // before this process has its place
        }
    }

    void wait_for_tick() {
        tick_.expires_after(kTick);
        tick_.async_wait([this](const error_code& cancelled) {
            if (cancelled) return;
            const TimePoint now = SteadyClock().now();
            if (upkeep_) watch_->tick(now);
            recorder_.tick(now);
            if (upkeep_) alerts_.tick(now, serving_->state());
            if (watchdog_) watchdog_->tick(now);
            wait_for_tick();
        });
    }

    /// PowerDNS is answered until the end is near: a next process may be all that it waits for.
    void stop() {
        notify_stopping();
        if (upkeep_) upkeep_->stop();
        serving_->stop();
        purger_.reset();
        if (supervision_.keeps_descriptors) leave_sockets();
        if (server_) server_->stop();
        waiting_.reset();
        log_.info((successor_ ? "replaced after " : "stopped after ") + summary());
    }

    void leave_sockets() {
        if (gate_is_open_) {
            auto released = server_->release();
            if (!released) {
                return log_.warning("the next process gets no connections: " +
                                    released.error().message);
            }
            waiting_.emplace(*std::move(released));
        }
        if (waiting_) leave_to_service_manager(*std::move(waiting_));
    }

    [[nodiscard]] std::string summary() const {
        if (!server_) return "no request";
        const auto total = [this](Count which) { return server_->total(which); };
        return counted(total(Count::request), "request") + " (" +
               counted(total(Count::lookup), "lookup") + ", " +
               std::to_string(total(Count::unsupported)) + " unsupported, " +
               std::to_string(server_->total_refused()) + " refused) on " +
               counted(total(Count::connection), "connection");
    }

    /// Not null: it has this process's place, and learns that this one has ended by the end of
    /// this object, which is therefore the last.
    std::unique_ptr<Successor> successor_;

    const std::filesystem::path config_;
    const config::ServerSettings settings_;  // as this process has started
    const Supervision supervision_ = Supervision::take_from_environment();
    config::Loaded loaded_;  // until the upkeep takes it over
    Log& lines_;
    EventRecorder recorder_;
    Log& log_ = recorder_;

    // control thread only
    asio::io_context control_{1};
    Signals signals_{control_,
                     {.ended = [this] { control_.stop(); }, .hung_up = [this] { hung_up(); }}};
    asio::steady_timer gate_timer_{control_};
    asio::steady_timer tick_{control_};
    Alerts alerts_{control_, recorder_.history(), log_};
    int exit_code_ = kExitClean;
    bool succeeds_;                   // once the first round is complete
    std::optional<Sockets> waiting_;  // before the gate opens
    bool gate_is_open_ = false;       // the server has the sockets
    bool is_ready_ = false;
    const char* reload_wanted_ = nullptr;  // why, once this process has its place

    // destroyed first: their threads use everything above
    std::unique_ptr<Serving> serving_;
    std::optional<Watch> watch_;  // from settle_in() on
    std::unique_ptr<KeystoreKeeper> keystore_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Purger> purger_;            // null: no PowerDNS can be told
    std::optional<Upkeep> upkeep_;              // from settle_in() on
    std::unique_ptr<HandoverSocket> handover_;  // null: nobody can take this place
    std::optional<Watchdog> watchdog_;          // nothing: nobody waits for it
};

}  // namespace

int run_daemon(const std::filesystem::path& config, config::Loaded loaded, Log& log,
               bool take_over) {
    raise_descriptor_limit();
    return Daemon(config, std::move(loaded), take_over, log).run();
}

}  // namespace fairlead::backend
