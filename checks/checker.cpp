// SPDX-License-Identifier: Apache-2.0
#include "checks/checker.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/thread.h"
#include "checks/alias_places.h"
#include "checks/health_table.h"
#include "checks/named_subjects.h"
#include "checks/names.h"
#include "checks/probe.h"
#include "checks/probe_factory.h"
#include "checks/probe_queue.h"
#include "checks/publication.h"
#include "checks/schedule.h"
#include "checks/transition.h"

namespace fairlead::checks {
namespace {

using Probes = std::vector<std::unique_ptr<const Probe>>;

/// A probe that starts this much after it was due is worth a word to the operator.
constexpr Duration kLate = std::chrono::seconds(1);

TimePoint now() {
    return std::chrono::steady_clock::now();
}

std::string seconds_text(Duration duration) {
    const auto tenths = std::chrono::duration_cast<milliseconds>(duration).count() / 100;
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
}

}  // namespace

/// After every event the loop takes a turn: start what is due and allowed, publish and log what is
/// due, and set the one alarm for whatever comes next.
class Checker::Impl {
  public:
    Impl(Plan plan, Probes probes, std::shared_ptr<CommandSlots> slots, Publish publish, Log& log,
         CheckerLimits limits)
        : checks_(std::move(plan.checks)),
          subjects_(std::move(plan.subjects)),
          name_servers_(std::move(plan.name_servers)),
          probes_(std::move(probes)),
          slots_(std::move(slots)),
          publish_(std::move(publish)),
          log_(log),
          places_(std::move(plan.aliases), subjects_),
          queue_(limits.probes_in_flight, *slots_) {}

    void inherit(const Memory& memory);
    std::shared_ptr<const Snapshot> snapshot() { return table_.next_snapshot(); }
    void start(std::function<void()> first_round_complete);
    void stop();
    void report(std::vector<SubjectIndex> subjects, HeartbeatReport report);
    TimePoint sign_of_life();
    [[nodiscard]] Memory memory() const;
    [[nodiscard]] CheckerLoad load() const;

  private:
    /// What lives only while the thread may run. The alarm goes before the loop it belongs to, and
    /// the loop takes every attempt under way with it.
    struct Loop {
        boost::asio::io_context io{1};
        boost::asio::steady_timer alarm{io};
        std::unique_ptr<Names> names;
    };

    void begin();
    void on_name(std::size_t name);
    [[nodiscard]] std::vector<SubjectIndex> settle(const NameState& name, TimePoint at);
    void show_names();
    [[nodiscard]] std::uint32_t tenancy(SubjectIndex subject) const;
    void schedule(SubjectIndex subject, TimePoint due);
    [[nodiscard]] bool ends_first_round() const;
    void begin_subjects_of(std::size_t name, TimePoint at);
    void turn();
    void start_due_probes(TimePoint at);
    void start_probe(const ProbeQueue::Turn& turn, TimePoint at);
    struct Started {
        ProbeQueue::Turn turn;
        TimePoint at;
    };
    void on_outcome(const Started& started, Outcome outcome);
    void on_report(SubjectIndex subject, const HeartbeatReport& report);
    void on_heartbeat_due(SubjectIndex subject, TimePoint at);
    void note(SubjectIndex subject, HealthTable::Recorded recorded, TimePoint at);
    void tell(SubjectIndex subject, bool first_result, TimePoint at);
    void publish_if_due(TimePoint at);
    void finish_first_round();
    void set_alarm();
    void warn_late(Duration late, Lane lane, TimePoint at);
    [[nodiscard]] std::string cause_of_lateness(Lane lane) const;
    void count_load();
    void warn_resource(const Outcome& outcome, TimePoint at);

    // Constant after construction.
    const std::vector<HealthCheck> checks_;
    std::vector<Subject> subjects_;  // but for who lives at the places of aliases
    const std::string name_servers_;
    const Probes probes_;  // one per check
    const std::shared_ptr<CommandSlots> slots_;
    const Publish publish_;
    Log& log_;

    // Checker thread only, once it runs.
    AliasPlaces places_;
    HealthTable table_{checks_, subjects_};
    std::vector<bool> has_place_ = std::vector<bool>(subjects_.size());  // one that was inherited
    bool round_under_way_ = false;                                       // at the start
    ProbeQueue queue_;
    Publication publication_;
    std::optional<Transitions> transitions_;      // from begin() on
    std::function<void()> first_round_complete_;  // empty once called
    /// Until when a subject of a heartbeat check that has reported in need not do so again. Its
    /// entry in the timetable may be for an earlier time: it is put off when it comes.
    std::unordered_map<SubjectIndex, TimePoint> heard_until_;
    NamedSubjects named_{subjects_, places_.aliases()};
    bool names_changed_ = false;  // since they were shown
    /// How many have lived at each place of an alias: what began for one of them is not for the
    /// next.
    std::unordered_map<SubjectIndex, std::uint32_t> tenancies_;
    TimePoint alarm_set_for_ = TimePoint::max();
    LogLimit late_limit_;
    LogLimit resource_limit_;
    std::size_t not_probed_ = 0;  // for want of resources, since the last warning
    std::mt19937_64 random_{std::random_device{}()};

    // Written by the checker thread, read by any.
    std::atomic<std::size_t> in_flight_{0};
    std::atomic<TimePoint> longest_due_{TimePoint::max()};
    std::atomic<std::uint64_t> started_{0};
    std::atomic<std::uint64_t> late_{0};
    std::atomic<std::uint64_t> not_possible_{0};
    std::atomic<TimePoint> sign_of_life_{now()};

    std::unique_ptr<Loop> loop_;  // null before start() and after stop()
    std::thread thread_;
};

void Checker::Impl::inherit(const Memory& memory) {
    named_.inherit(memory.names);
    for (const auto& name : named_.states())
        static_cast<void>(settle(name, now()));
    show_names();
    table_.count_on_from(memory.generation);
    const auto beginnings = checks::inherit(memory, checks_, subjects_, now());
    for (SubjectIndex i = 0; i < subjects_.size(); ++i) {
        if (places_.is_empty(i)) continue;
        const auto& [evidence, place, was_asked] = beginnings[i];
        table_.inherit(i, evidence, was_asked);
        if (place) schedule(i, *place);
        has_place_[i] = place.has_value();
    }
}

Memory Checker::Impl::memory() const {
    std::vector<Place> places(subjects_.size());
    // Who was attempted and does not wait was cut short by stop().
    for (SubjectIndex i = 0; i < subjects_.size(); ++i) {
        if (table_.attempted(i)) places[i] = now();
    }
    for (const auto& entry : queue_.waiting()) {
        const bool is_left = entry.tenancy != tenancy(entry.subject);
        const bool begins = !table_.attempted(entry.subject) && !has_place_[entry.subject];
        if (is_left || begins) continue;
        const auto heard = heard_until_.find(entry.subject);
        places[entry.subject] = heard == heard_until_.end() ? entry.due : heard->second;
    }
    return remember(checks_, subjects_, table_.current(), places);
}

void Checker::Impl::start(std::function<void()> first_round_complete) {
    first_round_complete_ = std::move(first_round_complete);
    loop_ = std::make_unique<Loop>();
    slots_->on_free([this] { turn(); });
    loop_->names = std::make_unique<Names>(loop_->io, name_servers_, named_.states(),
                                           [this](std::size_t name) { on_name(name); });
    boost::asio::post(loop_->io, [this] { begin(); });
    thread_ = start_thread("checker", "the checker thread cannot go on", log_, [this] {
        stand_back();  // an answer is waited for
        loop_->io.run();
    });
}

void Checker::Impl::stop() {
    if (!thread_.joinable()) return;
    loop_->io.stop();
    thread_.join();
    loop_.reset();
    in_flight_ = 0;
    longest_due_ = TimePoint::max();
    show_names();
}

CheckerLoad Checker::Impl::load() const {
    return {.probes_in_flight = in_flight_,
            .probes_in_flight_max = queue_.places(),
            .behind = std::max(now() - std::min(longest_due_.load(), now()), Duration(0)),
            .probes = started_,
            .late = late_,
            .not_possible = not_possible_};
}

TimePoint Checker::Impl::sign_of_life() {
    if (loop_) boost::asio::post(loop_->io, [this] { sign_of_life_ = now(); });
    return sign_of_life_;
}

void Checker::Impl::begin() {
    const TimePoint at = now();
    for (SubjectIndex i = 0; i < subjects_.size(); ++i) {
        const HealthCheck& check = checks_[subjects_[i].check];
        if (!is_measured(check) || has_place_[i] || places_.is_empty(i)) continue;
        if (is_probed(check) && named_.find(i) != nullptr) continue;
        schedule(i, is_probed(check) ? at : at + check.interval);
    }
    transitions_.emplace(checks_, subjects_, table_);
    for (std::size_t name = 0; name < named_.states().size(); ++name)
        begin_subjects_of(name, at);
    loop_->names->begin();
    round_under_way_ = !table_.first_round_complete() || !named_.asked();
    publication_.note_verdict(at);  // what disabled checks decide, and that there is a checker
    turn();
}

/// A question about it is over. After the first ones its subjects begin.
void Checker::Impl::on_name(std::size_t name) {
    if (const auto news = named_.take_news(name)) {
        log_.write(news->is_failure ? LogLevel::warning : LogLevel::info, news->text);
    }
    const TimePoint at = now();
    const NameState& state = named_.states()[name];
    if (const auto overflow = places_.take_overflow(state)) log_.warning(*overflow);
    const auto generation = places_.changes();
    for (const auto place : settle(state, at)) {
        if (is_probed(checks_[subjects_[place].check])) schedule(place, at);
    }
    begin_subjects_of(name, at);
    names_changed_ = true;
    const bool is_news = places_.changes() != generation || ends_first_round();
    is_news ? publication_.note_verdict(at) : publication_.note_evidence(at);
    turn();
}

/// Gives the addresses of a name their places, if it is an alias. Returns the places that have a
/// new one.
std::vector<SubjectIndex> Checker::Impl::settle(const NameState& name, TimePoint at) {
    auto change = places_.update(name);
    for (const auto& [place, left] : change.left) {
        table_.vacate(place, at);
        if (!transitions_) continue;
        if (auto event = transitions_->leave(place, left, at)) log_.report(*std::move(event));
    }
    for (const auto place : change.occupied) {
        ++tenancies_[place];
        table_.occupy(place, at);
    }
    // What was calculated of who lived there has gone with it.
    if (!change.left.empty()) static_cast<void>(table_.take_calculated());
    return std::move(change.occupied);
}

/// Of the next snapshot. The table of aliases stays the same object as long as it says the same.
void Checker::Impl::show_names() {
    table_.show(std::make_shared<const std::vector<NameState>>(named_.states()));
    const bool asked = std::ranges::all_of(named_.states(), [this](const NameState& name) {
        return name.asked() || name.address || !places_.is_alias(name.host);
    });
    const auto& shown = table_.current().aliases;
    if (shown != nullptr && shown->changes == places_.changes() && shown->asked == asked) return;
    table_.show(places_.table(asked));
}

std::uint32_t Checker::Impl::tenancy(SubjectIndex subject) const {
    if (subjects_[subject].place == 0) return 0;
    const auto found = tenancies_.find(subject);
    return found == tenancies_.end() ? 0 : found->second;
}

void Checker::Impl::schedule(SubjectIndex subject, TimePoint due) {
    const Lane lane = lane_of(checks_[subjects_[subject].check], table_.evidence(subject));
    queue_.add(lane, {.due = due, .subject = subject, .tenancy = tenancy(subject)});
}

bool Checker::Impl::ends_first_round() const {
    return first_round_complete_ && table_.first_round_complete() && named_.asked();
}

/// Unless its first questions are still open. Who keeps an inherited place has begun before.
void Checker::Impl::begin_subjects_of(std::size_t name, TimePoint at) {
    for (const auto subject : named_.take_answered(name)) {
        const bool is_new = !table_.attempted(subject) && !has_place_[subject];
        if (is_new && is_probed(checks_[subjects_[subject].check])) schedule(subject, at);
    }
}

void Checker::Impl::turn() {
    const TimePoint at = now();
    publish_if_due(at);
    start_due_probes(at);
    count_load();
    set_alarm();
}

void Checker::Impl::start_due_probes(TimePoint at) {
    while (const auto turn = queue_.take_due(at)) {
        const auto& [entry, lane] = *turn;
        if (places_.is_empty(entry.subject) || entry.tenancy != tenancy(entry.subject)) continue;
        if (lane == Lane::free) {
            on_heartbeat_due(entry.subject, at);
        } else {
            start_probe(*turn, at);
        }
    }
    const TimePoint held_up = queue_.held_up_since();
    if (held_up < at - kLate) warn_late(at - held_up, queue_.held_up_lane(), at);
}

void Checker::Impl::start_probe(const ProbeQueue::Turn& turn, TimePoint at) {
    const auto& [entry, lane] = turn;
    queue_.begin(lane);
    ++started_;
    const Subject& target = subjects_[entry.subject];
    const auto done = [this, started = Started{turn, now()}](Outcome outcome) {
        on_outcome(started, std::move(outcome));
    };
    const NameState* name = named_.find(entry.subject);
    const auto address = name == nullptr ? target.address : name->address;
    if (address) {
        probes_[target.check]->start(loop_->io, *address, done);
    } else {
        boost::asio::post(loop_->io, [done, problem = name->problem] {
            done({.layer = Layer::dns, .failure = Failure::no_data, .detail = problem});
        });
    }
    if (at - entry.due <= kLate) return;
    ++late_;
    warn_late(at - entry.due, lane, at);
}

void Checker::Impl::on_outcome(const Started& started, Outcome outcome) {
    const auto& [entry, lane] = started.turn;
    const SubjectIndex subject = entry.subject;
    queue_.end(lane);
    if (places_.is_empty(subject) || entry.tenancy != tenancy(subject)) return turn();
    const TimePoint ended = now();
    const HealthCheck& check = checks_[subjects_[subject].check];
    if (outcome.failure == Failure::resource) warn_resource(outcome, ended);

    const auto recorded = table_.record(subject, std::move(outcome), ended);
    note(subject, recorded, ended);

    const double draw = std::uniform_real_distribution<double>(0, 1)(random_);
    const Attempt attempt{
        .due = entry.due, .started = started.at, .ended = ended, .first = recorded.first};
    schedule(subject, next_probe(check, table_.evidence(subject).state, attempt, draw));
    turn();
}

void Checker::Impl::report(std::vector<SubjectIndex> subjects, HeartbeatReport report) {
    boost::asio::post(loop_->io,
                      [this, subjects = std::move(subjects), report = std::move(report)] {
                          for (const auto subject : subjects)
                              on_report(subject, report);
                          turn();
                      });
}

void Checker::Impl::on_report(SubjectIndex subject, const HeartbeatReport& report) {
    const HealthCheck& check = checks_[subjects_[subject].check];
    if (!check.enabled) return;
    const TimePoint at = now();
    heard_until_[subject] = at + check.interval;
    const auto recorded = table_.record(subject, outcome_of(report), at);
    note(subject, recorded, at);
}

/// Nothing has been heard since its place in the timetable was set, or something has.
void Checker::Impl::on_heartbeat_due(SubjectIndex subject, TimePoint at) {
    const auto interval = checks_[subjects_[subject].check].interval;
    const auto heard = heard_until_.find(subject);
    if (heard != heard_until_.end() && heard->second > at) {
        return schedule(subject, heard->second);
    }
    const auto recorded = table_.record(subject, silence(interval), at);
    note(subject, recorded, at);
    schedule(subject, at + interval);
}

void Checker::Impl::note(SubjectIndex subject, HealthTable::Recorded recorded, TimePoint at) {
    if (!recorded.turned && !ends_first_round()) return publication_.note_evidence(at);
    publication_.note_verdict(at);
    if (!recorded.turned) return;
    tell(subject, recorded.decided, at);
    for (const auto& [calculated, decided] : table_.take_calculated())
        tell(calculated, decided, at);
}

void Checker::Impl::tell(SubjectIndex subject, bool first_result, TimePoint at) {
    Event event = transitions_->event(subject, first_result, at);
    // At the start nobody needs to hear of each target that is as it should be.
    if (event.phase == Phase::ends && first_result) return log_.debug(event.text);
    log_.report(std::move(event));
}

void Checker::Impl::publish_if_due(TimePoint at) {
    if (publication_.due() > at) return;
    publication_.note_published(at);
    if (std::exchange(names_changed_, false)) show_names();
    publish_(table_.next_snapshot());
    if (ends_first_round()) finish_first_round();
}

void Checker::Impl::finish_first_round() {
    if (round_under_way_) {  // not when everything was inherited
        log_.info("first round of health checks complete: " +
                  std::to_string(table_.count(Health::healthy)) + " healthy, " +
                  std::to_string(table_.count(Health::unhealthy)) + " unhealthy, " +
                  std::to_string(table_.count(Health::unknown)) + " unknown");
    }
    std::exchange(first_round_complete_, nullptr)();
}

void Checker::Impl::set_alarm() {
    // Those that may not start wait for the end of another, not for a time, but for the warning.
    TimePoint due = std::min(publication_.due(), queue_.next_due());
    const TimePoint held_up = queue_.held_up_since();
    if (held_up < TimePoint::max()) due = std::min(due, std::max(held_up, now()) + kLate);
    if (due >= alarm_set_for_) return;
    alarm_set_for_ = due;
    loop_->alarm.expires_at(due);
    loop_->alarm.async_wait([this](const boost::system::error_code& error) {
        if (error) return;  // set anew for an earlier time
        alarm_set_for_ = TimePoint::max();
        turn();
    });
}

/// A probe of `lane` has started late, or waits.
void Checker::Impl::warn_late(Duration late, Lane lane, TimePoint at) {
    if (!late_limit_.allows(at)) return;
    log_.warning("health checks run " + seconds_text(late) + " late: " + cause_of_lateness(lane));
}

std::string Checker::Impl::cause_of_lateness(Lane lane) const {
    if (queue_.has_room(lane)) return "the checker thread is overloaded";
    if (lane == Lane::command) return "all commands that may run at once are running";
    const std::string all =
        std::to_string(queue_.places()) + " probes that may be in flight at once";
    const std::string remedy = ". Raise server.max_probes, and the limit of open files with it";
    if (queue_.has_room(Lane::answering)) {
        return std::to_string(queue_.places_of_silent()) + " of the " + all +
               " wait for targets that do not answer. Those that do are not held up" + remedy;
    }
    return "all " + all + " are" + remedy;
}

void Checker::Impl::count_load() {
    in_flight_ = queue_.in_flight();
    longest_due_ = std::min(queue_.held_up_since(), queue_.next_due());
}

void Checker::Impl::warn_resource(const Outcome& outcome, TimePoint at) {
    ++not_probed_;
    ++not_possible_;
    if (!resource_limit_.allows(at)) return;
    const bool sockets = outcome.layer == Layer::connect;
    log_.warning("this machine could not run " + std::to_string(not_probed_) +
                 " health check probes (" + describe(outcome) +
                 "), which says nothing of their targets" +
                 (sockets ? ". Raise the limit of open files or of local ports" : ""));
    not_probed_ = 0;
}

Result<std::unique_ptr<Checker>> Checker::create(Plan plan, Publish publish, Log& log,
                                                 CheckerLimits limits) {
    ProbeFactory factory;
    Probes probes;
    probes.reserve(plan.checks.size());
    for (const HealthCheck& check : plan.checks) {
        auto probe = factory.make(check);
        if (!probe) return probe.error();
        probes.push_back(std::move(*probe));
    }
    if (!factory.warning().empty()) log.warning(factory.warning());
    auto impl = std::make_unique<Impl>(std::move(plan), std::move(probes), factory.command_slots(),
                                       std::move(publish), log, limits);
    return std::unique_ptr<Checker>(new Checker(std::move(impl)));
}

Checker::Checker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Checker::~Checker() {
    impl_->stop();
}

void Checker::start(std::function<void()> first_round_complete) {
    impl_->start(std::move(first_round_complete));
}

void Checker::stop() {
    impl_->stop();
}

void Checker::inherit(const Memory& memory) {
    impl_->inherit(memory);
}

void Checker::report(std::vector<SubjectIndex> subjects, HeartbeatReport report) {
    impl_->report(std::move(subjects), std::move(report));
}

CheckerLoad Checker::load() const {
    return impl_->load();
}

TimePoint Checker::sign_of_life() {
    return impl_->sign_of_life();
}

std::shared_ptr<const Snapshot> Checker::snapshot() {
    return impl_->snapshot();
}

Memory Checker::memory() const {
    return impl_->memory();
}

}  // namespace fairlead::checks
