// SPDX-License-Identifier: Apache-2.0
#include "backend/reloader.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "backend/counted.h"
#include "backend/serials_file.h"
#include "base/event.h"
#include "base/thread.h"
#include "policy/plan.h"

namespace fairlead::backend {
namespace {

constexpr double kAnyShift = 1;
constexpr const char* kOldOneServes = "; the configuration loaded before keeps serving";

void log_findings(const config::Diagnostics& findings, Log& log) {
    for (const auto& finding : findings) {
        const bool error = finding.severity == config::Severity::error;
        log.write(error ? LogLevel::error : LogLevel::warning, finding.to_string());
    }
}

std::size_t count_errors(const config::Diagnostics& findings) {
    return static_cast<std::size_t>(
        std::ranges::count(findings, config::Severity::error, &config::Diagnostic::severity));
}

/// A refused one lasts, until one is applied.
Event reload_event(bool applied, const std::string& summary, const std::set<std::string>& by) {
    std::string operators;
    for (const auto& name : by)
        operators += (operators.empty() ? "" : ", ") + name;
    return {.kind = EventKind::reload,
            .severity = applied ? LogLevel::info : LogLevel::error,
            .phase = applied ? Phase::ends : Phase::begins,
            .subject = "configuration",
            .to = applied ? "applied" : "rejected",
            .reason = summary.substr(summary.find(": ") + 2),
            .by = operators,
            .text = summary};
}

/// Empty when no name's clients are answered otherwise than before by more than `max_shift`.
std::string excessive_shift(const config::Loaded& before, const config::Loaded& after,
                            double max_shift) {
    const auto plan = policy::plan(*before.catalog, *after.catalog, *after.locator,
                                   {.places_changed = config::may_place_otherwise(before, after)});
    const std::string more_than =
        ", more than the " + policy::percent_text(max_shift) + " that were allowed";
    if (plan.exceeds(max_shift)) {
        const auto& [name, family, shift] = plan.shifts.front();
        return policy::percent_text(shift.share()) + " of the clients of " +
               name->name.to_string() + (family == Family::v4 ? " A" : " AAAA") +
               " would be answered otherwise" + more_than +
               "; see fairlead plan, and reload without a limit if it is meant";
    }
    if (plan.unseen > 0) {
        return "steered names change that cannot be looked at here, too many or with an alias (" +
               counted(plan.unseen, "name") +
               " left); see fairlead plan, and reload without a limit";
    }
    return {};
}

}  // namespace

Reloader::Reloader(boost::asio::io_context& control, std::filesystem::path path,
                   config::Loaded first, Serving& serving, Listener listener, Log& log)
    : control_(control),
      path_(std::move(path)),
      started_with_(first.server),
      current_(std::move(first)),
      serving_(serving),
      listener_(std::move(listener)),
      log_(log),
      watch_(
          control, [this] { request("watched files have changed"); }, log) {
    watch_.watch(current_.watched);
}

Reloader::~Reloader() {
    stop();
}

void Reloader::stop() {
    watch_.stop();
    if (loader_.joinable()) loader_.join();
}

void Reloader::Requests::add(std::string_view who, std::optional<double> limit, Done more) {
    if (!who.empty()) by.emplace(who);
    max_shift = std::max(max_shift, limit.value_or(kAnyShift));
    if (more) done.push_back(std::move(more));
}

void Reloader::request(std::string_view why) {
    request(std::string(why), {}, std::nullopt, {});
}

void Reloader::request(std::string_view by, std::optional<double> max_shift, Done done) {
    request("asked for by " + std::string(by), by, max_shift, std::move(done));
}

void Reloader::request(const std::string& why, std::string_view by, std::optional<double> max_shift,
                       Done done) {
    const bool busy = loader_.joinable();
    log_.info(why + ": reloading " + path_.string() +
              (busy ? " once more after the reload under way" : ""));
    (busy ? waiting_for_next_ : waiting_).add(by, max_shift, std::move(done));
    if (busy) {
        again_ = true;
        return;
    }
    listener_.begins();
    begin();
}

void Reloader::begin() {
    try {
        loader_ = std::thread([this, previous = current_, max_shift = waiting_.max_shift] {
            name_this_thread("loader");
            auto done = std::make_shared<const Attempt>(attempt(previous, max_shift));
            boost::asio::post(control_, [this, done] {
                loader_.join();
                finish(*done);
            });
        });
    } catch (const std::system_error& problem) {
        finish({.result = {}, .changes = {}, .failure = problem.what(), .shift = {}});
    }
}

/// On the loader thread. Two large configurations may not fit into memory together; the one that
/// serves must survive that.
Reloader::Attempt Reloader::attempt(const config::Loaded& previous, double max_shift) const {
    try {
        Attempt attempt{.result = config::load(path_, &previous)};
        if (attempt.result.loaded) {
            attempt.changes = policy::changes(*previous.catalog, *attempt.result.loaded->catalog);
            if (max_shift < kAnyShift) {
                attempt.shift = excessive_shift(previous, *attempt.result.loaded, max_shift);
            }
            if (!attempt.shift.empty()) return attempt;
            // Before anybody sees them: a serial that was seen must not be forgotten.
            const auto& serials = attempt.result.loaded->serials;
            if (!started_with_.state_dir.empty() && *serials != *previous.serials) {
                save_serials(started_with_.state_dir, *serials, log_);
            }
        }
        return attempt;
    } catch (const std::exception& problem) {
        return {.result = {}, .changes = {}, .failure = problem.what(), .shift = {}};
    }
}

void Reloader::finish(const Attempt& attempt) {
    const Outcome outcome = apply(attempt);
    ++(outcome.applied ? applied_ : failed_);
    last_ = outcome.summary;
    last_applied_ = outcome.applied;
    const auto waiting = std::exchange(waiting_, std::exchange(waiting_for_next_, {}));
    const bool again = std::exchange(again_, false);
    again ? begin() : listener_.ended();
    for (const auto& done : waiting.done)
        done(outcome);
}

Reloader::Outcome Reloader::failed(std::string summary, const config::Diagnostics& findings) {
    summary = "not reloaded: " + summary + kOldOneServes;
    log_.report(reload_event(false, summary, waiting_.by));
    return {.applied = false, .summary = std::move(summary), .findings = findings};
}

Reloader::Outcome Reloader::apply(const Attempt& attempt) {
    const auto& [result, changes, failure, shift] = attempt;
    if (!failure.empty()) return failed(failure, {});
    log_findings(result.diagnostics, log_);
    if (!result.loaded) {
        return failed(counted(count_errors(result.diagnostics), "error"), result.diagnostics);
    }
    if (!shift.empty()) return failed(shift, result.diagnostics);
    const config::Loaded& next = *result.loaded;
    if (const auto replaced = serving_.replace(next.catalog, listener_.round_complete); !replaced) {
        return failed(replaced.error().message, result.diagnostics);
    }
    const bool same_places = next.locator == current_.locator;
    std::string summary = "reloaded: " + size_of(*next.catalog) + " (" + to_string(changes) +
                          (same_places ? "" : "; geography read anew") +
                          (next.latencies ? "; latencies read anew" : "") + ")";
    log_.report(reload_event(true, summary, waiting_.by));
    report_what_needs_a_restart(next);
    current_ = next;
    watch_.watch(current_.watched);
    return {.applied = true, .summary = std::move(summary), .findings = result.diagnostics};
}

void Reloader::report_what_needs_a_restart(const config::Loaded& next) {
    const config::ServerSettings& settings = next.server;
    const auto report = [this](bool changed, const char* key) {
        if (changed) {
            log_.warning(std::string(key) + " has changed, which takes effect at a restart");
        }
    };
    report(settings.socket != started_with_.socket, "server.socket");
    report(settings.socket_group != started_with_.socket_group, "server.socket_group");
    report(settings.socket_mode != started_with_.socket_mode, "server.socket_mode");
    report(settings.workers != started_with_.workers, "server.workers");
    report(settings.max_probes != started_with_.max_probes, "server.max_probes");
    report(settings.state_dir != started_with_.state_dir, "server.state_dir");
    report(settings.pdns_control != started_with_.pdns_control, "server.pdns_control");
    report(settings.pdns_api != started_with_.pdns_api, "server.pdns_api");
}

}  // namespace fairlead::backend
