// SPDX-License-Identifier: Apache-2.0
#include "backend/state_keeper.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "backend/counted.h"
#include "backend/durable_file.h"
#include "base/descriptor.h"
#include "base/duration.h"
#include "base/fingerprint.h"
#include "base/system_error.h"
#include "base/thread.h"
#include "checks/definition.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

fs::path state_file_in(const fs::path& directory) {
    return directory / "state.json";
}

constexpr const char* kNothingKnown = "; every endpoint counts as healthy until its first probe";

std::string age_text(std::chrono::milliseconds age) {
    return age.count() < 0 ? rough_duration(-age) + " in the future" : rough_duration(age) + " ago";
}

void add(Fingerprint& print, const policy::Catalog& catalog) {
    for (const auto& check : catalog.checks())
        print.add(check.name).add(checks::definition_of(check));
    for (const auto& [check, address, host, place] : catalog.subjects()) {
        print.add(check).add(host).add(place).add(address.family());
        for (const auto byte : address.bytes())
            print.add(byte);
    }
}

void add(Fingerprint& print, const policy::OverrideList& set) {
    const auto add_time = [&](const std::optional<policy::WallTime>& time) {
        print.add(time ? time->time_since_epoch() : policy::WallTime::duration(-1));
    };
    for (const auto& [target, state, reason, by, since, until, safe_at] : set.all()) {
        print.add(target).add(state).add(reason).add(by).add(since.time_since_epoch());
        add_time(until);
        add_time(safe_at);
    }
}

/// Why the file, which is there, cannot be read; nothing when it can, or is not there. What it is
/// then is another question.
std::optional<Error> unreadable(const fs::path& file) {
    const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (in.is_open() || errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    return last_system_error();
}

}  // namespace

std::uint64_t content_of(const ServingState& state) {
    Fingerprint print;
    add(print, *state.catalog);
    for (const auto& [verdict, last, since] : state.health->evidence) {
        print.add(verdict.health).add(verdict.against).add(verdict.agreeing);
        print.add(since.time_since_epoch());
    }
    print.add(state.health->aliases == nullptr ? 0 : state.health->aliases->changes);
    for (const auto& position : named_positions(state)) {
        print.add(position.node).add(position.family).add(position.target);
        print.add(position.since.time_since_epoch());
    }
    if (state.set != nullptr) add(print, *state.set);
    return print.value();
}

LastKnown recall(const fs::path& directory, Log& log) {
    const fs::path file = state_file_in(directory);
    std::error_code error;
    if (fs::status(file, error).type() == fs::file_type::not_found) return {};  // the first start
    const std::string opening = "the last known state in " + file.string();
    if (const auto problem = unreadable(file)) {
        log.warning(opening + " cannot be read: " + problem->message + kNothingKnown +
                    ". It is left as it is, and nothing is saved before fairlead may read it: see "
                    "its owner and mode, and restart");
        return {};
    }
    const auto text = read_whole(file, kStateBytesMax);
    auto state = text ? decode_state(*text, Moment::now()) : Result<SavedState>(text.error());
    if (!state) {
        const fs::path aside = file.string() + ".bad";
        fs::rename(file, aside, error);
        log.warning(opening + " cannot be used: " + state.error().message + kNothingKnown +
                    (error ? "" : ". The file is kept as " + aside.filename().string()));
        return {};
    }
    const std::string saved = ", saved " + age_text(state->age);
    if (std::chrono::abs(state->age) > kStateAgeMax) {
        log.info(opening + saved +
                 ", says too little about now, except for what is set and where failovers stand");
        return {.health = {},
                .positions = std::move(state->known.positions),
                .overrides = std::move(state->known.overrides)};
    }
    const auto& subjects = state->known.health.subjects;
    const auto down = std::ranges::count_if(subjects, [](const auto& subject) {
        return subject.evidence.state.health == checks::Health::unhealthy;
    });
    log.info(opening + saved + ": " + counted(subjects.size(), "checked address", "es") + ", " +
             std::to_string(down) + " unhealthy");
    return std::move(state->known);
}

LastKnown known_of(const ServingState& state) {
    const auto& catalog = *state.catalog;
    return {.health = checks::remember(catalog.checks(), catalog.subjects(), *state.health),
            .positions = named_positions(state),
            .overrides = state.set == nullptr ? policy::OverrideList() : *state.set};
}

StateKeeper::StateKeeper(fs::path directory, const PublishedState& state, Log& log, KeeperPace pace)
    : directory_(std::move(directory)),
      file_(state_file_in(directory_)),
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

/// Most publications bring new evidence only, which is for the next refresh.
void StateKeeper::save_if_changed() {
    const bool refreshes = SteadyClock().now() >= refresh_at_;
    const auto generation = state_.generation();  // before the state: at worst one look too many
    if (!failing_ && !refreshes && generation == looked_at_) return;
    const auto state = state_.load();
    looked_at_ = generation;
    if (failing_ || refreshes || content_of(*state) != saved_content_) save(*state);
}

void StateKeeper::save(const ServingState& state) {
    if (const auto written = write(state); !written) return failed(written.error());
    saved_content_ = content_of(state);
    refresh_at_ = SteadyClock().now() + pace_.refresh;
    if (failing_.exchange(false)) log_.info("the state is saved again in " + file_.string());
}

Result<void> StateKeeper::write(const ServingState& state) const {
    if (const auto problem = unreadable(file_)) {
        return Error{"the one that is there cannot be read (" + problem->message +
                     "), and is not replaced"};
    }
    const std::string text = encode_state(known_of(state), Moment::now());
    if (text.size() > kStateBytesMax) return Error{"it is larger than 256 MiB"};
    return write_durably(file_, text);
}

void StateKeeper::failed(const Error& error) {
    if (failing_.exchange(true)) return;
    log_.warning("cannot save the state in " + directory_.string() + ": " + error.message +
                 "; fairlead serves on and tries again, but after a restart every endpoint would "
                 "count as healthy until its first probe. Make it a directory that fairlead can "
                 "write to and that has room, or name another one as server.state_dir");
}

}  // namespace fairlead::backend
