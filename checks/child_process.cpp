// SPDX-License-Identifier: Apache-2.0
#include "checks/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace fairlead::checks {
namespace {

constexpr int kFarewellMilliseconds = 100;  // for a killed child to go, when we go too

/// posix_spawn's two objects, and what is wanted of the child.
class SpawnPlan {
  public:
    /// `input` -1: /dev/null.
    SpawnPlan(int input, int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
        note(input >= 0 ? posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO)
                        : posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null",
                                                           O_RDONLY, 0));
        note(posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO));
        note(posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO));
        // Not every library of ours opens its files close-on-exec.
        note(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        note(posix_spawnattr_setsigmask(&attributes_, &none));
        note(posix_spawnattr_setsigdefault(&attributes_, &all));
        note(posix_spawnattr_setpgroup(&attributes_, 0));
        note(posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    }
    ~SpawnPlan() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    int spawn(pid_t& pid, char* const* arguments, char* const* environment) const {
        if (error_ != 0) return error_;
        return posix_spawn(&pid, arguments[0], &actions_, &attributes_, arguments, environment);
    }

  private:
    void note(int error) {
        if (error_ == 0) error_ = error;
    }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
    int error_ = 0;
};

/// As exec(3) takes them; the texts stay where they are, and exec does not write to them.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (const auto& text : texts)
        list.push_back(const_cast<char*>(text.c_str()));  // NOLINT: the interface of C
    list.push_back(nullptr);
    return list;
}

/// A file in memory that gives `text`; none, and errno.
Descriptor readable(std::string_view text) {
    Descriptor file(memfd_create("input", MFD_CLOEXEC));
    if (!file.is_open()) return file;
    const ssize_t written = write(file.get(), text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || lseek(file.get(), 0, SEEK_SET) != 0) {
        return Descriptor();
    }
    return file;
}

int open_pidfd(pid_t pid) {
    return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace

std::string path_variable() {
    const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return std::string("PATH=") + (path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path);
}

ChildProcess::~ChildProcess() {
    if (pid_ == 0) return;
    signal_group(SIGKILL);
    pollfd end{.fd = exited_.get(), .events = POLLIN, .revents = 0};
    // One that the kernel cannot end now (it waits for a dead disk) is not waited for: it stays a
    // zombie until this process ends.
    if (exited_.get() < 0 || poll(&end, 1, kFarewellMilliseconds) == 1) reap();
}

int ChildProcess::start(const std::vector<std::string>& command,
                        const std::vector<std::string>& environment, std::string_view input) {
    const Descriptor text = input.empty() ? Descriptor() : readable(input);
    if (!input.empty() && !text.is_open()) return errno;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return errno;

    const SpawnPlan plan(text.get(), ends[1]);
    const int error = plan.spawn(pid_, pointers(command).data(), pointers(environment).data());
    if (error != 0) {
        pid_ = 0;
        return error;
    }
    exited_ = Descriptor(open_pidfd(pid_));
    if (exited_.get() < 0) return errno;  // the destructor ends the child
    output_ = std::move(reading);
    return 0;
}

void ChildProcess::signal_group(int signal) const {
    if (pid_ != 0) kill(-pid_, signal);
}

Exit ChildProcess::reap() {
    signal_group(SIGKILL);
    siginfo_t info{};
    int done = 0;
    do {
        done = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    } while (done != 0 && errno == EINTR);
    pid_ = 0;
    if (info.si_code == CLD_EXITED) return {.status = info.si_status};
    return {.status = 0, .signal = info.si_status};
}

}  // namespace fairlead::checks
