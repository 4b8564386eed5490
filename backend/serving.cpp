// SPDX-License-Identifier: Apache-2.0
#include "backend/serving.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <string>
#include <unordered_set>
#include <utility>

#include "backend/counted.h"
#include "backend/failover_moves.h"
#include "base/clock.h"
#include "base/event.h"
#include "checks/descriptors.h"
#include "checks/transition.h"

namespace fairlead::backend {
namespace {

/// An idle worker lets go of an old state at its next tick, within a second.
constexpr std::chrono::milliseconds kLettingGo{1000};

std::shared_ptr<const ServingState> unknown_state(std::shared_ptr<const policy::Catalog> catalog) {
    auto health = checks::Snapshot::all_unknown(catalog->subjects().size());
    return std::make_shared<ServingState>(
        ServingState{.catalog = std::move(catalog),
                     .health = std::make_shared<checks::Snapshot>(std::move(health)),
                     .health_at = SteadyClock().now()});
}

/// What is down and will not be probed any more has no other end.
std::vector<Event> no_longer_checked(const policy::Catalog& before, const checks::Snapshot& health,
                                     const policy::Catalog& next) {
    std::unordered_set<std::string> known;
    // The places of an alias are known together: who lives there goes to the next checker.
    const auto key = [](const checks::HealthCheck& check, const checks::Subject& subject) {
        return subject.place == 0 ? checks::subject_name(check, subject)
                                  : check.name + " alias " + subject.host;
    };
    for (const auto& subject : next.subjects())
        known.insert(key(next.checks()[subject.check], subject));
    std::vector<Event> events;
    for (checks::SubjectIndex i = 0; i < health.health.size(); ++i) {
        if (health.health[i] != checks::Health::unhealthy) continue;
        const auto subject = health.at_present(before.subjects()[i], i);
        if (!subject) continue;
        const auto& check = before.checks()[subject->check];
        if (known.contains(key(check, *subject))) continue;
        std::string name = checks::subject_name(check, *subject);
        Event event{.kind = EventKind::health,
                    .phase = Phase::ends,
                    .subject = std::move(name),
                    .from = "unhealthy",
                    .to = "removed",
                    .reason = "the configuration has it no longer"};
        event.text = event.subject + " is no longer checked";
        events.push_back(std::move(event));
    }
    return events;
}

checks::CheckerLimits checker_limits(std::size_t wanted, Log& log) {
    const std::size_t files = checks::open_files_max();
    const std::size_t possible = checks::files_for_probes(files);
    if (wanted > possible) {
        log.warning("server.max_probes " + std::to_string(wanted) + " is more than half of the " +
                    std::to_string(files) +
                    " files that this process may have open: " + std::to_string(possible) +
                    " it is. Raise the limit of open files (LimitNOFILE of the unit)");
    }
    return {.probes_in_flight = std::min(wanted == 0 ? checks::kProbesUsual : wanted, possible)};
}

/// What `set` means in another catalog; null when nothing is set.
std::shared_ptr<const policy::Overrides> resolved(const policy::OverrideList* set,
                                                  const policy::Catalog& catalog) {
    if (set == nullptr || set->empty()) return nullptr;
    return std::make_shared<policy::Overrides>(set->resolve(catalog.forest()));
}

}  // namespace

std::string size_of(const policy::Catalog& catalog) {
    const auto addresses = std::ranges::count(catalog.subjects(), 0, &checks::Subject::place);
    const auto aliases = catalog.aliases().size();
    return counted(catalog.zones().size(), "zone") + ", " +
           counted(catalog.record_set_count(), "name") + ", " +
           counted(static_cast<std::size_t>(addresses), "checked address", "es") +
           (aliases == 0 ? "" : ", " + counted(aliases, "alias", "es"));
}

Serving::Serving(boost::asio::io_context& control, const Catalog& catalog, Log& log,
                 ServingLimits limits)
    : control_(control),
      log_(log),
      workers_(limits.workers),
      checker_limits_(checker_limits(limits.probes, log)),
      state_(unknown_state(catalog)),
      heartbeats_(*catalog),
      letting_go_(control),
      failback_(control) {}

Serving::~Serving() {
    stop();
}

Result<std::unique_ptr<Serving>> Serving::create(boost::asio::io_context& control, Catalog catalog,
                                                 const LastKnown& known, Log& log,
                                                 ServingLimits limits) {
    auto serving = std::unique_ptr<Serving>(new Serving(control, catalog, log, limits));
    auto checker = serving->make_checker(*catalog);
    if (!checker) return checker.error();
    serving->checker_ = *std::move(checker);
    serving->checker_->inherit(known.health);
    serving->update([&](ServingState& first) {
        first.traffic = std::make_shared<Traffic>(limits.workers, *catalog);
    });
    serving->publish_known(known, *serving->checker_);
    return serving;
}

/// What `checker` has inherited, and all that is known beside it.
void Serving::publish_known(const LastKnown& known, checks::Checker& checker) {
    const auto catalog = state_.load()->catalog;
    auto positions = restored_positions(*catalog, known.positions);
    policy::OverrideList list = known.overrides;
    list.delay([&](const policy::OverrideEntry& entry) {  // one of a version that did not say
        return entry.safe_at.value_or(expiry(entry.target, entry.since));
    });
    const auto set = std::make_shared<const policy::OverrideList>(std::move(list));
    const auto overrides = resolved(set.get(), *catalog);
    update([&](ServingState& next) {
        next.health = checker.snapshot();
        next.health_at = SteadyClock().now();
        next.positions = std::move(positions);
        next.set = set;
        next.overrides = overrides;
    });
}

Result<std::unique_ptr<checks::Checker>> Serving::make_checker(const policy::Catalog& catalog) {
    return checks::Checker::create(
        {.checks = catalog.checks(),
         .subjects = catalog.subjects(),
         .aliases = catalog.aliases(),
         .name_servers = catalog.name_servers()},
        [this](auto snapshot) { publish(std::move(snapshot)); }, log_, checker_limits_);
}

checks::CheckerLoad Serving::checker_load() const {
    checks::CheckerLoad load = checker_->load();
    load.probes += before_.probes;
    load.late += before_.late;
    load.not_possible += before_.not_possible;
    return load;
}

void Serving::start(RoundComplete complete) {
    checker_->start(std::move(complete));
}

Result<void> Serving::replace(Catalog catalog, RoundComplete complete) {
    auto checker = make_checker(*catalog);
    if (!checker) return checker.error();
    checker_->stop();
    (*checker)->inherit(checker_->memory());
    const auto before = state_.load();
    replaced_.push_back(before->catalog);
    for (Event& event : no_longer_checked(*before->catalog, *before->health, *catalog))
        log_.report(std::move(event));
    heartbeats_ = policy::HeartbeatTargets(*catalog);
    policy::OverrideList set = before->set == nullptr ? policy::OverrideList() : *before->set;
    ttls_.replace(*before->catalog, *catalog, set, wall_time());
    publish(std::move(catalog), std::move(set), **checker);
    before_ = checker_load();
    checker_ = *std::move(checker);
    checker_->start(std::move(complete));
    let_go();
    return {};
}

Result<void> Serving::take_up(const LastKnown& known, RoundComplete complete) {
    auto checker = make_checker(*state_.load()->catalog);
    if (!checker) return checker.error();
    checker_->stop();
    (*checker)->inherit(checks::joined(checker_->memory(), known.health));
    publish_known(known, **checker);
    before_ = checker_load();
    checker_ = *std::move(checker);
    checker_->start(std::move(complete));
    return {};
}

void Serving::stop() {
    if (checker_) checker_->stop();
    letting_go_.cancel();
    failback_.cancel();
}

/// Changes the state, and with it where failover nodes stand.
template <typename Change>
void Serving::update(Change&& change) {
    std::vector<policy::Move> moves;
    Catalog catalog;
    state_.update([&](const auto& current) {
        auto next = std::make_shared<ServingState>(*current);
        change(*next);
        moves = advance_positions(*next, SteadyClock().now());
        count_answers(*current, *next);
        catalog = next->catalog;
        next->known = policy::KnownStandings(catalog->forest().node_count());
        return next;
    });
    changed_();
    note(*catalog, moves);
    if (catalog->forest().failback_nodes().empty()) return;
    boost::asio::post(control_, [this] { wait_for_failback(); });
}

void Serving::note(const policy::Catalog& catalog, const std::vector<policy::Move>& moves,
                   std::string_view by) {
    for (const auto& move : moves)
        ++(move.is_return() ? failbacks_ : failovers_);
    for (Event& event : move_events(catalog.forest(), moves, by))
        log_.report(std::move(event));
}

void Serving::set_purges(bool purges) {
    update([=](ServingState& next) { next.purges = purges; });
}

Result<std::chrono::milliseconds> Serving::heartbeat(std::string_view check,
                                                     std::string_view endpoint,
                                                     checks::HeartbeatReport report) {
    const auto& subjects = heartbeats_.find(check, endpoint);
    if (subjects.empty()) {
        return Error{"no endpoint \"" + std::string(endpoint.substr(0, 100)) +
                     "\" has a heartbeat check \"" + std::string(check.substr(0, 100)) + "\""};
    }
    const auto catalog = state_.load()->catalog;
    const auto ttl = catalog->checks()[catalog->subjects()[subjects.front()].check].interval;
    checker_->report(subjects, std::move(report));
    return ttl;
}

void Serving::set_overrides(policy::OverrideList list) {
    const auto set = std::make_shared<const policy::OverrideList>(std::move(list));
    const auto overrides = resolved(set.get(), *state_.load()->catalog);
    update([&](ServingState& next) {
        next.set = set;
        next.overrides = overrides;
    });
}

std::vector<policy::Move> Serving::fail_back(const std::vector<policy::NodeIndex>& nodes,
                                             std::string_view by) {
    std::vector<policy::Move> moves;
    update([&](ServingState& next) {
        if (next.positions == nullptr) return;
        const policy::Forest& forest = next.catalog->forest();
        auto positions = std::make_shared<policy::FailoverPositions>(*next.positions);
        for (const auto node : nodes) {
            const auto moved = positions->fail_back(forest, node, SteadyClock().now());
            moves.insert(moves.end(), moved.begin(), moved.end());
        }
        next.positions = std::move(positions);
    });
    note(*state_.load()->catalog, moves, by);
    return moves;
}

/// Catalog and health at once. Only the control thread, which this is, changes what is set.
void Serving::publish(Catalog catalog, policy::OverrideList list, checks::Checker& checker) {
    const auto before = state_.load();  // nobody else changes what is used of it now
    const auto set = std::make_shared<const policy::OverrideList>(std::move(list));
    const auto overrides = resolved(set.get(), *catalog);
    auto positions = inherited_positions(*before, *catalog);
    update([&](ServingState& next) {
        next.set = set;
        next.overrides = overrides;
        next.health_at = SteadyClock().now();
        next.positions = std::move(positions);
        next.traffic = std::make_shared<Traffic>(workers_, *catalog);
        next.catalog = std::move(catalog);
        next.health = checker.snapshot();
    });
}

/// On the checker's thread: only the health of the state changes.
void Serving::publish(std::shared_ptr<const checks::Snapshot> snapshot) {
    update([&](ServingState& next) {
        next.health = std::move(snapshot);
        next.health_at = SteadyClock().now();
    });
}

void Serving::wait_for_failback() {
    const TimePoint due = next_failback(*state_.load());
    if (due == TimePoint::max()) return;
    failback_.expires_at(due);
    failback_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) update([](ServingState&) {});
    });
}

void Serving::let_go() {
    std::erase_if(replaced_, [](const Catalog& catalog) { return catalog.use_count() == 1; });
    if (replaced_.empty()) return;
    letting_go_.expires_after(kLettingGo);
    letting_go_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) let_go();
    });
}

}  // namespace fairlead::backend
