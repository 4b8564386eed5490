// SPDX-License-Identifier: Apache-2.0
#include "backend/state_keeper.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "backend/counted.h"
#include "backend/durable_file.h"
#include "base/duration.h"
#include "base/fingerprint.h"
#include "base/thread.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

fs::path file_in(const fs::path& directory) {
    return directory / "state.json";
}

std::string age_text(std::chrono::milliseconds age) {
    return age.count() < 0 ? rough_duration(-age) + " in the future" : rough_duration(age) + " ago";
}

/// What distinguishes two states for the file; not the texts and durations of the last results.
std::uint64_t content_of(const ServingState& state) {
    Fingerprint print;
    const auto identity = reinterpret_cast<std::uintptr_t>(state.catalog.get());
    print.add(identity);
    for (const auto& [verdict, last, since] : state.health->evidence) {
        print.add(verdict.health).add(verdict.against).add(verdict.agreeing);
        print.add(since.time_since_epoch());
    }
    print.add(state.health->aliases == nullptr ? 0 : state.health->aliases->changes);
    for (const auto& position : named_positions(state))
        print.add(position.node).add(position.family).add(position.target);
    print.add(reinterpret_cast<std::uintptr_t>(state.set.get()));
    return print.value();
}

}  // namespace

LastKnown recall(const fs::path& directory, Log& log) {
    const fs::path file = file_in(directory);
    std::error_code error;
    if (fs::status(file, error).type() == fs::file_type::not_found) return {};  // the first start
    const std::string opening = "the last known state in " + file.string();
    const auto text = read_whole(file, kStateBytesMax);
    auto state = text ? decode_state(*text, Moment::now()) : Result<SavedState>(text.error());
    if (!state) {
        const fs::path aside = file.string() + ".bad";
        fs::rename(file, aside, error);
        log.warning(opening + " cannot be used: " + state.error().message +
                    "; every endpoint counts as healthy until its first probe" +
                    (error ? "" : ". The file is kept as " + aside.filename().string()));
        return {};
    }
    const std::string saved = ", saved " + age_text(state->age);
    if (std::chrono::abs(state->age) > kStateAgeMax) {
        log.info(opening + saved + ", says too little about now, except for what is set");
        return {.health = {}, .positions = {}, .overrides = std::move(state->known.overrides)};
    }
    const auto& subjects = state->known.health.subjects;
    const auto down = std::ranges::count_if(subjects, [](const auto& subject) {
        return subject.evidence.state.health == checks::Health::unhealthy;
    });
    log.info(opening + saved + ": " + counted(subjects.size(), "checked address", "es") + ", " +
             std::to_string(down) + " unhealthy");
    return std::move(state->known);
}

StateKeeper::StateKeeper(fs::path directory, const PublishedState& state, Log& log, KeeperPace pace)
    : directory_(std::move(directory)),
      file_(file_in(directory_)),
      state_(state),
      log_(log),
      pace_(pace) {
    thread_ = start_thread("keeper", "saving the state failed", log_, [this] { run(); });
}

StateKeeper::~StateKeeper() {
    stop();
}

void StateKeeper::stop() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void StateKeeper::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        save_if_changed();
        lock.lock();
        wake_.wait_for(lock, pace_.changes, [this] { return stopping_; });
    }
    lock.unlock();
    save(*state_.load());
}

void StateKeeper::save_if_changed() {
    const auto state = state_.load();
    const bool same = content_of(*state) == saved_content_;
    if (same && SteadyClock().now() < refresh_at_) return;
    save(*state);
}

void StateKeeper::save(const ServingState& state) {
    const auto& catalog = *state.catalog;
    const LastKnown known{
        .health = checks::remember(catalog.checks(), catalog.subjects(), *state.health),
        .positions = named_positions(state),
        .overrides = state.set == nullptr ? policy::OverrideList() : *state.set};
    const auto saved = write_durably(file_, encode_state(known, Moment::now()));
    if (!saved) return failed(saved.error());
    saved_content_ = content_of(state);
    refresh_at_ = SteadyClock().now() + pace_.refresh;
    if (failing_.exchange(false)) log_.info("the state is saved again in " + file_.string());
}

void StateKeeper::failed(const Error& error) {
    if (failing_.exchange(true)) return;
    log_.warning("cannot save the state in " + directory_.string() + ": " + error.message +
                 "; fairlead serves on and tries again, but after a restart every endpoint would "
                 "count as healthy until its first probe. Make it a directory that fairlead can "
                 "write to and that has room, or name another one as server.state_dir");
}

}  // namespace fairlead::backend
