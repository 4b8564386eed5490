// SPDX-License-Identifier: Apache-2.0
#pragma once

// Keeps the state file (state_file.h) of a running process: reads it at the start, and writes it on
// a thread of its own, when something has changed, at most once a second, and at the end.
//
// No directory, no permission, no room: the process serves on. The first failure is one warning
// with the remedy, each later attempt is silent, and success is said again. A file that is there
// and cannot be read is not replaced: who started without it may want it after a `chown`.
//
// Thread rule: control thread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "backend/serving_state.h"
#include "backend/state_file.h"
#include "base/log.h"

namespace fairlead::backend {

/// What was known before the restart; nothing when there is no file, or none that can be used,
/// which is a warning. A damaged file is kept beside as "state.json.bad"; one that cannot be read
/// stays where it is. Of one that is older than kStateAgeMax the verdicts are left out.
[[nodiscard]] LastKnown recall(const std::filesystem::path& directory, Log& log);

/// A digest of what a state has for the file, without the texts and durations of the last results.
/// Pure.
[[nodiscard]] std::uint64_t content_of(const ServingState& state);

/// What of `state` another process has to know to go on with it.
[[nodiscard]] LastKnown known_of(const ServingState& state);

struct KeeperPace {
    std::chrono::milliseconds changes{1000};   // between two looks for changes
    std::chrono::milliseconds refresh{60000};  // so that the age of the file is that of the process
};

class StateKeeper {
  public:
    /// Starts the thread. `state` and `log` must outlive this object.
    StateKeeper(std::filesystem::path directory, const PublishedState& state, Log& log,
                KeeperPace pace = {});

    /// Calls stop().
    ~StateKeeper();
    StateKeeper(const StateKeeper&) = delete;
    StateKeeper& operator=(const StateKeeper&) = delete;

    /// Writes a last time and ends the thread. May be called again.
    void stop();

    /// False from a failure to write on, until one succeeds. Thread rule: any thread.
    [[nodiscard]] bool works() const { return !failing_; }

  private:
    void run();
    void save_if_changed();
    void save(const ServingState& state);
    [[nodiscard]] Result<void> write(const ServingState& state) const;
    void failed(const Error& error);

    const std::filesystem::path directory_;
    const std::filesystem::path file_;
    const PublishedState& state_;
    Log& log_;
    const KeeperPace pace_;

    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;  // guarded by mutex_

    // its own thread only
    std::uint64_t looked_at_ = 0;      // generation of the state
    std::uint64_t saved_content_ = 0;  // a digest
    TimePoint refresh_at_{};

    std::atomic<bool> failing_ = false;  // written by its own thread only

    std::thread thread_;
};

}  // namespace fairlead::backend
