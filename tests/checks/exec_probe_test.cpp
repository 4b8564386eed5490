// SPDX-License-Identifier: Apache-2.0

// Against real processes: the commands are scripts for /bin/sh.

#include "checks/exec_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/checks/run_probe.h"
#include "tests/support/catch.h"
#include "tests/support/test_ca.h"

namespace fairlead::checks {
namespace {

using test::TemporaryFile;

HealthCheck exec_check(std::vector<std::string> command,
                       milliseconds timeout = milliseconds(10000)) {
    HealthCheck check;
    check.name = "plugin";
    check.port = 0;
    check.timeout = timeout;
    check.probe = ExecProbe{.command = std::move(command)};
    return check;
}

Outcome run(const HealthCheck& check, const std::string& address = "192.0.2.1") {
    return run_probe(*make_exec_probe(check, std::make_shared<CommandSlots>()), address);
}

/// The outcome of a script, in words.
std::string told(const std::string& script, milliseconds timeout = milliseconds(10000)) {
    return describe(run(exec_check({"/bin/sh", "-c", script}, timeout)));
}

/// True when it became true within ten seconds.
template <typename Condition>
bool wait_for(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

/// What the file holds once it holds a line.
std::string line_of(const std::string& path) {
    std::string line;
    const bool written = wait_for([&] {
        std::ifstream in(path);
        return std::getline(in, line) && !in.eof();
    });
    return written ? line : "";
}

bool is_gone(const std::string& pid) {
    const int number = std::stoi(pid);
    if (kill(number, 0) != 0) return true;
    // An orphan that nobody reaps yet (this machine may have a lazy init).
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string text;
    std::getline(stat, text);
    return text.empty() || text.find(") Z ") != std::string::npos;
}

/// Whether the process ends whose number is written into this file.
bool goes(const std::string& path) {
    const auto pid = line_of(path);
    return !pid.empty() && wait_for([&] { return is_gone(pid); });
}

TEST_CASE("the exit status decides as Nagios has it", "[checks][exec_probe]") {
    CHECK(told("echo 'PING OK - 3 ms | time=3ms;;;0'; echo more") == "ok (PING OK - 3 ms)");
    CHECK(told("echo WARNING; exit 1") == "ok (WARNING)");
    CHECK(told("echo 'CRITICAL - load 12'; exit 2") == "exec status: 2 CRITICAL - load 12");
    CHECK(told("echo UNKNOWN; exit 3") == "exec status: 3 UNKNOWN");
    CHECK(told("exit 77") == "exec status: 77");
    CHECK(told("exit 0") == "ok");
    CHECK(told("echo Help; kill -9 $$") == "exec status: killed by signal 9 Help");
    CHECK(told("echo 'cannot connect' >&2; exit 2") == "exec status: 2 cannot connect");
    CHECK(told("printf '\\033[31mred\\377'") == "ok (?[31mred?)");
}

TEST_CASE("arguments go to the program as they are, without a shell", "[checks][exec_probe]") {
    CHECK(describe(run(exec_check({"/bin/echo", "$HOME; `id` *", "b  c"}))) ==
          "ok ($HOME; `id` * b  c)");
}

TEST_CASE("a command learns the target from its environment, and nothing else",
          "[checks][exec_probe]") {
    HealthCheck check = exec_check({"/usr/bin/env"}, milliseconds(2500));
    const auto all = [&](const std::string& address) {
        std::string text;
        for (const auto& variable : command_environment(check, *IpAddress::parse(address)))
            text += variable.starts_with("PATH=") ? "PATH " : variable + ' ';
        return text;
    };
    CHECK(all("2001:db8::1") ==
          "PATH FAIRLEAD_CHECK=plugin FAIRLEAD_ADDRESS=2001:db8::1 FAIRLEAD_TIMEOUT=2.5 ");
    check.port = 8080;
    check.timeout = milliseconds(4000);
    CHECK(all("192.0.2.1") ==
          "PATH FAIRLEAD_CHECK=plugin FAIRLEAD_ADDRESS=192.0.2.1 FAIRLEAD_TIMEOUT=4 "
          "FAIRLEAD_PORT=8080 ");
    check.probe = ExecProbe{
        .command = {"/bin/sh", "-c", "echo $FAIRLEAD_ADDRESS $FAIRLEAD_PORT $(env | wc -l)"}};
    // The five, and PWD, which the shell adds (dash also OLDPWD or _).
    CHECK(run(check).detail.starts_with("192.0.2.1 8080 "));
}

TEST_CASE("a command has no descriptor of ours and default signals", "[checks][exec_probe]") {
    const int open_here = open("/dev/null", O_RDONLY);  // not close-on-exec
    std::signal(SIGPIPE, SIG_IGN);
    CHECK(told("ls /proc/self/fd | tr '\\n' ' '") == "ok (0 1 2 3)");  // 3 = the directory
    CHECK(told("readlink /proc/self/fd/0") == "ok (/dev/null)");
    CHECK(told("kill -PIPE $$") == "exec status: killed by signal 13");
    std::signal(SIGPIPE, SIG_DFL);
    close(open_here);
}

TEST_CASE("a flood of output is read and forgotten", "[checks][exec_probe]") {
    CHECK(told("echo first; head -c 10000000 /dev/zero; exit 2") == "exec status: 2 first");
    CHECK(told("head -c 5000 /dev/zero | tr '\\0' x") == "ok (" + std::string(80, 'x') + ")");
}

TEST_CASE("a command that is late is ended with its whole group", "[checks][exec_probe]") {
    const TemporaryFile child("");
    const TemporaryFile stubborn("");
    const auto before = std::chrono::steady_clock::now();
    CHECK(told("sleep 1000 & echo $! > " + child.path() + "; wait", milliseconds(1500)) ==
          "exec timeout");
    CHECK(goes(child.path()));
    // One that does not listen to SIGTERM.
    CHECK(told("trap '' TERM; echo $$ > " + stubborn.path() + "; while :; do sleep 0.1; done",
               milliseconds(1500)) == "exec timeout");
    CHECK(goes(stubborn.path()));
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(60));
}

TEST_CASE("what a command leaves behind goes with it", "[checks][exec_probe]") {
    const TemporaryFile child("");
    CHECK(told("sleep 1000 & echo $! > " + child.path() + "; echo fine") == "ok (fine)");
    CHECK(goes(child.path()));
}

TEST_CASE("a program that cannot be started says nothing of the target", "[checks][exec_probe]") {
    CHECK(describe(run(exec_check({"/nonexistent/plugin"}))) ==
          "exec not possible here: No such file or directory");
    CHECK(run(exec_check({"/etc/passwd"})).failure == Failure::resource);
}

TEST_CASE("a command has its slot until its process is gone", "[checks][exec_probe]") {
    const auto slots = std::make_shared<CommandSlots>(2);
    int freed = 0;
    slots->on_free([&] { ++freed; });
    const auto probe =
        make_exec_probe(exec_check({"/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"},
                                   milliseconds(200)),
                        slots);
    boost::asio::io_context io;
    std::string told;
    probe->start(io, *IpAddress::parse("192.0.2.1"),
                 [&](const Outcome& outcome) { told = describe(outcome); });
    CHECK(slots->free() == 1);
    while (told.empty() && io.run_one() > 0) {
    }
    CHECK(told == "exec timeout");
    CHECK(slots->free() == 1);  // it does not listen to SIGTERM
    io.run();
    CHECK(slots->free() == 2);
    CHECK(freed == 1);
}

TEST_CASE("a command that cannot be started gives its slot back", "[checks][exec_probe]") {
    const auto slots = std::make_shared<CommandSlots>(1);
    const auto probe = make_exec_probe(exec_check({"/nonexistent/plugin"}), slots);
    for (int i = 0; i < 2; ++i) {
        CHECK(run_probe(*probe).failure == Failure::resource);
        CHECK(slots->free() == 1);
    }
}

TEST_CASE("commands end with the loop they run in", "[checks][exec_probe]") {
    const TemporaryFile file("");
    const auto probe =
        make_exec_probe(exec_check({"/bin/sh", "-c", "echo $$ > " + file.path() + "; sleep 1000"}),
                        std::make_shared<CommandSlots>());
    {
        boost::asio::io_context io;
        probe->start(io, *IpAddress::parse("192.0.2.1"), [](const Outcome&) { std::abort(); });
        while (std::filesystem::file_size(file.path()) == 0)
            io.run_one_for(std::chrono::milliseconds(10));
    }
    CHECK(goes(file.path()));
}

}  // namespace
}  // namespace fairlead::checks
