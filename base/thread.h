// SPDX-License-Identifier: Apache-2.0
#pragma once

// Threads of a daemon: each has a name, and none ends in silence.

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"

namespace fairlead {

/// What `top -H` and a core file call the calling thread. At most 15 characters (prctl(2)).
inline void name_this_thread(const char* name) {
    (void)::prctl(PR_SET_NAME, name);  // only looks suffer when it fails
}

/// From here on the calling thread, and what it starts, has a third of the processor time of one
/// that is as the process was started, while both want the same processor (sched(7); Linux knows
/// nice values by thread). For work that may be some milliseconds late, beside a thread that
/// somebody waits for. Always permitted; were it refused, all would be as without it.
inline void stand_back() {
    constexpr int kBehind = 5;
    (void)!::nice(kBehind);
}

/// From here on the calling thread, when it is woken, waits until whoever has the processor sleeps
/// or has had its turn, instead of interrupting it (SCHED_BATCH, sched(7)). For a thread that is
/// woken by others, each of which is about to sleep: it finds the work of several. It keeps a
/// policy that somebody gave the process on purpose. Always permitted; were it refused, all would
/// be as without it.
inline void interrupt_nobody() {
    constexpr sched_param kNone{};
    if (::sched_getscheduler(0) != SCHED_OTHER) return;
    (void)::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &kNone);
}

/// Runs `run` on a thread of this name. An exception that gets out of it is a bug, or no memory: it
/// is logged as "WHAT_FAILED: ..." and ends the process, which is better than one without this
/// thread. `log` must outlive the thread. Throws std::system_error when there can be no thread.
template <typename Run>
[[nodiscard]] std::thread start_thread(const char* name, const char* what_failed, Log& log,
                                       Run run) {
    return std::thread([name, what_failed, &log, run = std::move(run)]() mutable {
        name_this_thread(name);
        try {
            run();
        } catch (const std::exception& problem) {
            log.error(std::string(what_failed) + ": " + problem.what());
            std::abort();
        }
    });
}

}  // namespace fairlead
