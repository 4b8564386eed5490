// SPDX-License-Identifier: Apache-2.0

// A failover test of a running process: an override with an end of its own, a look a few times a
// second at what it does, and the report. Whatever becomes of this program, the process takes the
// override back kMargin after the drill should have ended.

#include <csignal>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "backend/commands/commands.h"
#include "backend/commands/drill_report.h"
#include "backend/commands/refusal.h"
#include "backend/commands/remote.h"
#include "backend/counted.h"
#include "backend/daemon.h"
#include "base/clock.h"
#include "base/duration.h"

namespace fairlead::backend {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kPace{250};
constexpr milliseconds kForMax = std::chrono::hours(24);
/// How much longer than the drill its override lasts.
constexpr seconds kMargin{5};
/// How long the process may be out of reach, as over a restart.
constexpr seconds kPatience{10};
/// A reply that does not come in this time does not come.
constexpr seconds kReplyTimeout{5};
/// How long to wait until all is as before, and from then on for the events that say so.
constexpr seconds kSettling{10};
constexpr milliseconds kLastEvents{750};
/// So many names are looked at.
constexpr int kNamesMax = 200;

/// So many events are shown as they happen.
constexpr int kShownMax = 20;

constexpr std::string_view kAllUnhealthy = " all_unhealthy";

/// Ctrl-C and the like are taken notice of between two looks; a pipe that nobody reads any more
/// ends nothing.
class HeldSignals {
  public:
    HeldSignals() {
        ::sigemptyset(&set_);
        for (const int number : {SIGINT, SIGTERM, SIGHUP})
            ::sigaddset(&set_, number);
        ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
        pipe_before_ = std::signal(SIGPIPE, SIG_IGN);
    }
    ~HeldSignals() {
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        std::signal(SIGPIPE, pipe_before_);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    /// True when a signal has come, which ends the wait.
    [[nodiscard]] bool wait(milliseconds time) const {
        const timespec wait{.tv_sec = time.count() / 1000,
                            .tv_nsec = time.count() % 1000 * 1'000'000};
        return ::sigtimedwait(&set_, nullptr, &wait) > 0;
    }

  private:
    sigset_t set_{};
    sigset_t before_{};
    void (*pipe_before_)(int) = SIG_DFL;
};

/// What was wrong with a request during the drill.
struct Trouble {
    std::string what;
    bool is_refusal = false;  // the process answers, and says no
};

/// One drill, step by step; each step leaves its exit code when it cannot go on.
class Drill {
  public:
    Drill(const DrillOptions& options, milliseconds duration, std::vector<std::string> conditions,
          const Streams& streams)
        : options_(options),
          duration_(duration),
          conditions_(std::move(conditions)),
          streams_(streams) {}

    int run() {
        if (!prepare()) return exit_code_;
        const HeldSignals signals;
        if (!take_down(signals)) return exit_code_;
        hold(signals);
        give_back();
        settle(signals);
        return tell();
    }

  private:
    // Before: nothing is changed.

    /// Who could not be asked, or says no, has been told why.
    std::optional<Json> ask(const std::string& target) {
        return ask_json(options_.remote, {.target = target}, streams_, exit_code_);
    }

    bool refuse(const std::string& why) {
        exit_code_ = backend::refuse("drill", why, streams_);
        return false;
    }

    bool prepare() {
        const auto records = ask(records_path());
        if (!records) return false;
        report_.emplace(*records);
        names_ = records->value("total", 0);
        return nothing_is_set() && no_condition_holds() && find_newest_event();
    }

    bool nothing_is_set() {
        const auto overrides = ask("/api/v1/overrides");
        if (!overrides) return false;
        for (const auto& entry : (*overrides)["overrides"]) {
            const std::string target = entry.value("target", "");
            if (target != options_.target) {
                also_set_.push_back(target + " " + entry.value("state", ""));
                continue;
            }
            return refuse(target + " is set " + entry.value("state", "") + " by " +
                          entry.value("by", "") + " (" + entry.value("reason", "") +
                          "), which a drill would overwrite; `fairlead clear` it first");
        }
        return true;
    }

    bool no_condition_holds() {
        for (const auto& condition : conditions_) {
            const auto standing = ask(standing_path(condition));
            if (!standing) return false;
            if (is_all_unhealthy(*standing)) {
                return refuse(condition + " is all_unhealthy before the drill has begun");
            }
        }
        return true;
    }

    bool find_newest_event() {
        const auto events = ask("/api/v1/events?limit=0");
        if (events) seen_event_ = events->value("newest", std::uint64_t{0});
        return events.has_value();
    }

    // The drill.

    bool take_down(const HeldSignals& signals) {
        const std::string reason =
            "drill: " + (options_.reason.empty() ? "failover test" : options_.reason);
        const Json body{{"target", options_.target},
                        {"state", "down"},
                        {"reason", reason},
                        {"for", std::to_string((duration_ + kMargin).count()) + "ms"}};
        const auto entry =
            ask_json(options_.remote,
                     {.method = "PUT",
                      .target = "/api/v1/overrides",
                      .body = body.dump(-1, ' ', false, Json::error_handler_t::replace),
                      .timeout = kReplyTimeout},
                     streams_, exit_code_);
        begun_ = SteadyClock().now();
        if (!entry) {
            if (exit_code_ == kExitCannotStart) undo(reason, signals);
            return false;
        }
        entry_ = *entry;
        if (!options_.remote.json) {
            streams_.out << options_.target << " is down for " << rough_duration(duration_) << ": "
                         << counted(entry_["endpoints"].size(), "endpoint") << " of "
                         << counted(static_cast<std::uint64_t>(names_), "name")
                         << "; Ctrl-C gives it back at once" << std::endl;
            for (const auto& other : also_set_)
                streams_.out << "set as well: " << other << std::endl;
        }
        return true;
    }

    /// It may be down, though no reply says so.
    void undo(const std::string& reason, const HeldSignals& signals) {
        do {
            if (is_undone(reason)) return;
        } while (elapsed() < kPatience && !signals.wait(kPace));
        streams_.err << "fairlead drill: " << options_.target << " may be down for another "
                     << rough_duration(duration_ + kMargin - elapsed())
                     << "; `fairlead overrides` tells, and `fairlead clear` ends it\n";
    }

    /// False when nobody answers. Nothing was set before, so what has the reason is the drill's.
    [[nodiscard]] bool is_undone(const std::string& reason) const {
        Json entry;
        if (find_override(entry)) return false;
        const bool is_own = entry.is_object() && entry.value("state", "") == "down" &&
                            entry.value("reason", "") == reason;
        return !is_own || !clear();
    }

    void hold(const HeldSignals& signals) {
        reached_ = begun_;
        while (!has_ended_) {
            look();
            if (has_ended_) return;
            const milliseconds left = duration_ - elapsed();
            if (left <= milliseconds(0)) return end(DrillEnd::done, "");
            if (signals.wait(std::min(left, kPace))) end(DrillEnd::interrupted, "by a signal");
        }
    }

    /// Ends the drill when a condition holds, the target is no longer its own, or nobody answers.
    void look() {
        if (!bear(look_at_overrides()) || has_ended_) return;
        for (const auto& condition : conditions_) {
            if (!bear(look_at(condition)) || has_ended_) return;
        }
        if (!bear(look_at_names())) return;
        (void)bear(look_at_events());
    }

    /// False when there was trouble, which ends the drill when it does not pass.
    bool bear(const std::optional<Trouble>& trouble) {
        const TimePoint now = SteadyClock().now();
        if (!trouble) {
            reached_ = now;
            return true;
        }
        if (trouble->is_refusal) end(DrillEnd::aborted, trouble->what);
        if (now - reached_ > kPatience) end(DrillEnd::lost, trouble->what);
        return false;
    }

    std::optional<Trouble> look_at_overrides() {
        Json entry;
        if (auto trouble = find_override(entry)) return trouble;
        if (entry.is_object()) {
            if (!is_own(entry)) end(DrillEnd::taken_over, taken_over_by(entry));
        } else if (elapsed() < duration_) {
            end(DrillEnd::taken_over, "what the drill had set is set no more");
        }
        return {};
    }

    std::optional<Trouble> look_at(const std::string& condition) {
        Json standing;
        if (auto trouble = get(standing_path(condition), standing)) return trouble;
        if (is_all_unhealthy(standing)) {
            end(DrillEnd::aborted, condition + std::string(kAllUnhealthy));
        }
        return {};
    }

    std::optional<Trouble> look_at_names() {
        Json records;
        if (auto trouble = get(records_path(), records)) return trouble;
        report_->look(elapsed(), records);
        return {};
    }

    std::optional<Trouble> look_at_events() {
        Json page;
        const auto path = "/api/v1/events?limit=10000&since=" + std::to_string(seen_event_);
        if (auto trouble = get(path, page)) return trouble;
        for (const auto& event : page["events"]) {
            seen_event_ = event.value("id", seen_event_);
            report_->add_event(event);
            if (DrillReport::is_told(event)) show(event);
        }
        report_->add_missed(page.value("missed", std::uint64_t{0}));
        return {};
    }

    /// As it happens; of many the first ones.
    void show(const Json& event) {
        if (options_.remote.json || shown_ > kShownMax) return;
        if (shown_++ == kShownMax) {
            streams_.out << "... and more, see fairlead events" << std::endl;
        } else {
            streams_.out << event.value("time", "") << "  " << event.value("text", "") << std::endl;
        }
    }

    void end(DrillEnd how, std::string why) {
        has_ended_ = true;
        end_ = how;
        why_ = std::move(why);
    }

    // After it.

    /// What is no longer the drill's is left alone; what cannot be given back ends by itself.
    void give_back() {
        if (end_ != DrillEnd::taken_over) {
            if (const auto trouble = clear_own()) {
                is_given_back_ = false;
                end(DrillEnd::lost, trouble->what + "; " + options_.target +
                                        " comes back by itself within " +
                                        rough_duration(kMargin + duration_ - elapsed()));
            }
        }
        report_->end(elapsed(), end_, why_);
    }

    /// With a last look: somebody may have set it since the one before.
    std::optional<Trouble> clear_own() {
        Json entry;
        if (auto trouble = find_override(entry)) return trouble;
        if (!entry.is_object()) return {};  // its time was over already
        if (is_own(entry)) return clear();
        end(DrillEnd::taken_over, taken_over_by(entry));
        return {};
    }

    void settle(const HeldSignals& signals) {
        if (!is_given_back_) return;
        const TimePoint latest = SteadyClock().now() + kSettling;
        std::optional<TimePoint> restored;
        for (TimePoint now = SteadyClock().now(); now < latest; now = SteadyClock().now()) {
            if (look_at_names() || look_at_events()) return;
            if (report_->is_restored() && !restored) restored = now;
            if (restored && now - *restored >= kLastEvents) return;
            if (signals.wait(kPace)) return;
        }
    }

    int tell() {
        if (options_.remote.json) {
            Json head{{"target", options_.target},  {"endpoints", entry_["endpoints"]},
                      {"reason", entry_["reason"]}, {"by", entry_["by"]},
                      {"began", entry_["since"]},   {"for_ms", duration_.count()},
                      {"set_as_well", also_set_}};
            streams_.out << report_->json(std::move(head)).dump(2) << '\n';
        } else {
            report_->print(options_.remote.colour, streams_.out);
        }
        streams_.out.flush();
        if (end_ == DrillEnd::lost) return kExitCannotStart;
        return end_ == DrillEnd::done && report_->is_restored() ? kExitClean : kExitTrouble;
    }

    // Asking.

    [[nodiscard]] std::string records_path() const {
        std::string path = "/api/v1/records?shares=true&limit=" + std::to_string(kNamesMax) +
                           "&target=" + admin::url_encoded(options_.target);
        if (!options_.client.empty()) path += "&client=" + admin::url_encoded(options_.client);
        return path;
    }
    [[nodiscard]] static std::string standing_path(const std::string& condition) {
        return "/api/v1/standing?of=" + admin::url_encoded(condition);
    }

    [[nodiscard]] bool is_own(const Json& entry) const {
        return entry.at("since") == entry_.at("since") && entry.at("reason") == entry_.at("reason");
    }
    [[nodiscard]] std::string taken_over_by(const Json& entry) const {
        return options_.target + " was set " + entry.value("state", "") + " by " +
               entry.value("by", "") + ", which stays";
    }

    /// In one of its families.
    [[nodiscard]] static bool is_all_unhealthy(const Json& standing) {
        for (const char* const type : {"A", "AAAA"}) {
            if (standing.contains(type) && standing[type].value("all_unhealthy", false))
                return true;
        }
        return false;
    }

    [[nodiscard]] Result<admin::ClientReply> request(const admin::ClientRequest& request) const {
        const auto client =
            admin::Client::create(options_.remote.server, options_.remote.token_file);
        if (!client) return client.error();
        return client->ask(request);
    }

    [[nodiscard]] std::optional<Trouble> get(const std::string& path, Json& json) const {
        const auto reply = request({.target = path, .timeout = kReplyTimeout});
        if (!reply) return Trouble{.what = reply.error().message};
        if (reply->status >= 400) return Trouble{.what = complaint(*reply), .is_refusal = true};
        json = Json::parse(reply->body, nullptr, false);
        if (!json.is_object()) return Trouble{.what = "what answers is not fairlead"};
        return std::nullopt;
    }

    /// What is set for the target; null: nothing.
    [[nodiscard]] std::optional<Trouble> find_override(Json& entry) const {
        Json overrides;
        if (auto trouble = get("/api/v1/overrides", overrides)) return trouble;
        for (const auto& each : overrides["overrides"]) {
            if (each.value("target", "") == options_.target) entry = each;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Trouble> clear() const {
        const auto reply =
            request({.method = "DELETE",
                     .target = "/api/v1/overrides?target=" + admin::url_encoded(options_.target),
                     .timeout = kReplyTimeout});
        constexpr unsigned kNotFound = 404;  // its time was over already
        if (!reply) return Trouble{.what = reply.error().message};
        if (reply->status < 400 || reply->status == kNotFound) return std::nullopt;
        return Trouble{.what = complaint(*reply), .is_refusal = true};
    }

    /// Since the target was taken down.
    [[nodiscard]] milliseconds elapsed() const {
        return std::chrono::duration_cast<milliseconds>(SteadyClock().now() - begun_);
    }

    const DrillOptions& options_;
    const milliseconds duration_;
    const std::vector<std::string> conditions_;
    const Streams& streams_;
    int exit_code_ = kExitClean;

    std::optional<DrillReport> report_;
    int names_ = 0;  // that can be answered with the target
    std::vector<std::string> also_set_;
    std::uint64_t seen_event_ = 0;
    int shown_ = 0;

    Json entry_;  // the override, as the process has it
    TimePoint begun_{};
    TimePoint reached_{};  // when the process last answered
    bool has_ended_ = false;
    bool is_given_back_ = true;
    DrillEnd end_ = DrillEnd::done;
    std::string why_;
};

}  // namespace

int drill(const DrillOptions& options, const Streams& streams) {
    const auto duration = parse_duration(options.duration);
    if (!duration || *duration <= milliseconds(0) || *duration > kForMax) {
        return refuse(
            "drill",
            "--for: \"" + options.duration + "\" is no duration such as 30s or 5m, up to 1d",
            streams);
    }
    std::vector<std::string> conditions;
    for (const auto& condition : options.abort_if) {
        if (!condition.ends_with(kAllUnhealthy) || condition.size() == kAllUnhealthy.size()) {
            return refuse(
                "drill",
                "--abort-if: \"" + condition +
                    "\" is not \"NAME all_unhealthy\", where NAME may be \"pool NAME\" or "
                    "\"policy NAME\"",
                streams);
        }
        conditions.push_back(condition.substr(0, condition.size() - kAllUnhealthy.size()));
    }
    return Drill(options, *duration, std::move(conditions), streams).run();
}

}  // namespace fairlead::backend
