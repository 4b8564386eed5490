// SPDX-License-Identifier: Apache-2.0
#pragma once

// A command that runs in a process group of its own: no shell, standard input from /dev/null or
// of what it is given, both outputs in one pipe, no other descriptor of ours, signals as by
// default.
//
// It is watched through a descriptor (pidfd_open(2)), so nothing here depends on SIGCHLD and only
// this child is ever reaped. The group goes with it: as long as the child is not reaped, its number
// cannot be another group's, so that is when what it left behind is killed.
// Thread rule: one thread. Linux 5.4 or newer.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace fairlead::checks {

struct Exit {
    int status = 0;  // where signal is 0
    int signal = 0;  // that ended it
};

/// "PATH=..." for a child: this process's, or the usual one.
[[nodiscard]] std::string path_variable();

class ChildProcess {
  public:
    ChildProcess() = default;
    /// A child that still runs is killed with its group.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Runs command[0], a path, with the rest as its arguments and `environment` ("NAME=value") as
    /// its whole environment; `input` is what it reads. 0, or errno. REQUIRES: called once.
    [[nodiscard]] int start(const std::vector<std::string>& command,
                            const std::vector<std::string>& environment,
                            std::string_view input = {});

    // After start(): descriptors to watch, not to close.
    [[nodiscard]] int exit_descriptor() const { return exited_.get(); }  // readable at the end
    [[nodiscard]] int output() const { return output_.get(); }           // not blocking

    /// Sends `signal` to the whole group.
    void signal_group(int signal) const;

    /// Kills what is left of the group and reaps. REQUIRES: exit_descriptor() is readable.
    Exit reap();

  private:
    pid_t pid_ = 0;  // 0 = none, or reaped
    Descriptor exited_;
    Descriptor output_;
};

}  // namespace fairlead::checks
