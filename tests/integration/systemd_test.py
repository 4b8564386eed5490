# SPDX-License-Identifier: Apache-2.0
"""The unit as it is packaged, under a real systemd: restarts, a kill, the watchdog, a stop."""

import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import textwrap

from harness import (FAIRLEAD, ROOT, SANITIZERS, SKIPPED, PowerDns, Process, SteeringTest, TcpListener, free_port,
                     loopback, main, wait_for)
from steady_load import CONNECTIONS, QUEUE, RECORDS, SHIPPED_TIMEOUT_S, TIMEOUT_MS, UncachedLoad, settle

RESTARTS = 10
CHECKED, DOWN = loopback(1), loopback(2)
PORT = free_port(CHECKED)


class Systemd(Process):
    """A systemd with processes, mounts and control groups of its own, and no units but ours."""

    BOOT = """
        mount --make-rprivate /
        for directory in /run /var/lib /sys/fs/cgroup; do mount -t tmpfs none $directory; done
        mount -t cgroup2 none /sys/fs/cgroup
        mount -t proc proc /proc
        export container=other SYSTEMD_UNIT_PATH="$0" SYSTEMD_LOG_TARGET=console
        exec /lib/systemd/systemd --system --unit=test.target
        """

    def __init__(self, directory, units):
        self.group = self.hierarchy() / f"fairlead-test-{os.getpid()}"
        self.group.mkdir()
        super().__init__(directory, "systemd", [
            "bash", "-c", 'echo $$ >"$2/cgroup.procs" && exec unshare --mount --pid --cgroup --ipc --uts --fork '
            '--kill-child bash -ec "$0" "$1"', self.BOOT, units, self.group])
        self.init = int(wait_for(self._init, "systemd runs"))
        self.wait_until(lambda: self.control("is-system-running").strip() == "running", "is up")

    @staticmethod
    def hierarchy():
        """Where control groups (version 2) are."""
        mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
        return next(pathlib.Path(line.split()[1]) for line in mounts if line.split()[2] == "cgroup2")

    @classmethod
    def missing(cls):
        """What keeps one from running here, or nothing."""
        if SANITIZERS:
            return "the unit denies what a sanitizer needs (ptrace, files of its own); handover_test.py has its restarts"
        if os.geteuid() != 0:
            return "needs root"
        if not os.path.exists("/lib/systemd/systemd"):
            return "systemd is not installed"
        run = subprocess.run(["unshare", "--mount", "--pid", "--cgroup", "--fork", "sh", "-c",
                              "mount -t cgroup2 none /sys/fs/cgroup && mount -t proc proc /proc"],
                             capture_output=True, text=True, check=False)
        return run.stderr

    def _init(self):
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return children and os.readlink(f"/proc/{children[0]}/exe").endswith("systemd") and children[0]

    def run(self, *arguments):
        return subprocess.run(["nsenter", "-t", str(self.init), "-m", "-p", "systemctl", *arguments],
                              capture_output=True, text=True, check=False)

    def control(self, *arguments):
        """What systemctl says, well or not."""
        return self.run(*arguments).stdout

    def path(self, path):
        """A path of its own, as seen from here."""
        return pathlib.Path(f"/proc/{self.init}/root{path}")

    def stop(self, number=signal.SIGKILL):
        code = super().stop(number)
        wait_for(self._group_is_empty, "all of systemd's processes have ended")
        return code

    def _group_is_empty(self):
        for child in sorted(self.group.rglob("*"), reverse=True):
            if child.is_dir():
                try:
                    child.rmdir()
                except OSError:
                    return False
        try:
            self.group.rmdir()
        except OSError:
            return False
        return True


UNIT = ROOT / "packaging/systemd/fairlead.service"
# Whose users and paths are those of the package.
DROP_IN = """\
[Service]
ExecStart=
ExecStart={fairlead} serve -c {config}
ExecReload=
{reload}
User=root
Group=root
SupplementaryGroups=
PrivateTmp=no
StandardOutput=file:{log}
StandardError=file:{log}
"""
# A target for each that systemd expects; without units of the machine they have nothing to do.
TARGETS_OF_SYSTEMD = ("sysinit", "basic", "shutdown", "network-online", "multi-user")


CONFIG = f"""\
server: {{socket: /run/fairlead/pdns.sock}}
health_checks:
  port: {{type: tcp, port: {PORT}, interval: 1s, timeout: 1s}}
zones:
  example.com:
    ns: [ns1.example.com.]
    records:
{textwrap.indent(textwrap.dedent(RECORDS), "      ")}
      www: {{policy: failover, health_check: port, targets: [{DOWN}, {CHECKED}]}}
"""


class UnderSystemd(SteeringTest):
    """The unit as it is packaged, under a real systemd."""

    with_pdns = False

    @classmethod
    def prepare(cls):
        cls.config_path = cls.directory / "fairlead.yaml"
        cls.config_path.write_text(CONFIG)
        cls.log_path = cls.directory / "unit.log"
        cls.addClassCleanup(TcpListener(CHECKED, PORT).stop)
        units = cls.directory / "units"
        (units / "fairlead.service.d").mkdir(parents=True)
        shutil.copy(UNIT, units)
        (units / "fairlead.service.d/test.conf").write_text(DROP_IN.format(
            fairlead=FAIRLEAD, config=cls.config_path, log=cls.log_path, reload=cls.reload_of_the_unit()))
        (units / "test.target").write_text("[Unit]\nWants=fairlead.service\n")
        for target in TARGETS_OF_SYSTEMD:
            (units / f"{target}.target").write_text("[Unit]\nDescription=as systemd has it\n")
        cls.systemd = cls.start(Systemd(cls.directory, units))
        cls.pdns = cls.start(PowerDns(cls.directory, loopback(251),
                                      cls.systemd.path("/run/fairlead/pdns.sock"),
                                      *QUEUE, timeout_ms=TIMEOUT_MS)).wait_ready()

    @classmethod
    def reload_of_the_unit(cls):
        """Its lines, with the paths of here."""
        lines = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecReload=")]
        return "\n".join(lines).replace("/usr/sbin/fairlead", FAIRLEAD).replace("/etc/fairlead/fairlead.yaml",
                                                                                str(cls.config_path))

    def setUp(self):
        self.main_pid()  # is there
        settle(self.pdns)

    def property(self, name):
        return self.systemd.control("show", "-p", name, "--value", "fairlead.service").strip()

    def main_pid(self):
        wait_for(lambda: self.property("ActiveState") == "active", self.state)
        return self.property("MainPID")

    def state(self):
        return (self.systemd.control("status", "fairlead.service") + self.log_path.read_text()[-2000:]
                + self.systemd.log()[-2000:])

    def test_the_hardening_lets_the_worker_interrupt_nobody(self):
        tasks = self.systemd.path(f"/proc/{self.main_pid()}/task").glob("*/stat")
        worker = next(stat for stat in (task.read_text() for task in tasks) if "(worker)" in stat)
        policy = worker.rpartition(")")[2].split()[38]  # proc(5)
        self.assertEqual(int(policy), os.SCHED_BATCH)

    def test_restarts_lose_nothing(self):
        with UncachedLoad(self.pdns, CHECKED) as load:
            for _ in range(RESTARTS):
                before = self.main_pid()
                self.systemd.control("restart", "fairlead.service")
                self.assertNotEqual(self.main_pid(), before)
                load.goes_on()
        load.report(f"{RESTARTS} restarts by systemd")
        self.assertEqual((load.servfails, load.lost, load.wrong[:5]), (0, 0, []), self.state())
        self.assertLess(statistics.median(load.slowest), SHIPPED_TIMEOUT_S)
        wait_for(lambda: self.property("NFileDescriptorStore") == "1", "it has the listener only")

    def test_a_kill_costs_each_connection_one_answer_at_most(self):
        with UncachedLoad(self.pdns, CHECKED) as load:
            before = self.main_pid()
            self.systemd.control("kill", "--signal=KILL", "fairlead.service")
            wait_for(lambda: self.main_pid() != before, "is started again")
            load.goes_on()
        load.report("kill -9 under systemd")
        self.assertEqual((load.lost, load.wrong[:5]), (0, []))
        self.assertLessEqual(load.servfails, CONNECTIONS)

    def test_the_watchdog_ends_a_process_that_hangs_as_a_whole(self):
        before = self.main_pid()
        self.assertEqual(self.property("WatchdogUSec"), "30s")
        self.systemd.control("kill", "--signal=STOP", "fairlead.service")
        wait_for(lambda: self.property("MainPID") not in (before, "0"), self.state, 60)
        self.assertGreater(int(self.property("NRestarts")), 0)

    def test_a_stop_leaves_nothing(self):
        self.main_pid()
        self.systemd.control("stop", "fairlead.service")
        self.assertEqual(self.property("Result"), "success")
        self.assertFalse(self.systemd.path("/run/fairlead").exists())
        self.assertEqual(self.property("NFileDescriptorStore"), "0")
        self.systemd.control("start", "fairlead.service")

    def test_a_reload_of_a_broken_configuration_fails_and_changes_nothing(self):
        text, before = self.config_path.read_text(), self.main_pid()
        self.addCleanup(self.systemd.control, "reload", "fairlead.service")
        self.addCleanup(self.config_path.write_text, text)
        self.config_path.write_text(text + "      new: {A: [192.0.2.300]}\n")
        self.assertNotEqual(self.systemd.run("reload", "fairlead.service").returncode, 0)
        self.assertIn("192.0.2.300", self.log_path.read_text())
        self.assertNotIn("reloaded", self.log_path.read_text())
        self.config_path.write_text(text + "      new: {A: [192.0.2.30]}\n")
        reload = self.systemd.run("reload", "fairlead.service")
        self.assertEqual(reload.returncode, 0, reload.stderr)
        wait_for(lambda: "1 added" in self.log_path.read_text(), self.state)
        self.assertEqual(self.main_pid(), before)

    def test_a_broken_configuration_is_not_started_again(self):
        text = self.config_path.read_text()
        self.addCleanup(self.systemd.control, "restart", "fairlead.service")
        self.addCleanup(self.config_path.write_text, text)
        self.config_path.write_text(text.replace("weighted", "weihgted"))
        restarts = self.property("NRestarts")
        self.systemd.control("restart", "fairlead.service")
        wait_for(lambda: self.property("ActiveState") == "failed", self.state)
        self.assertEqual(self.property("ExecMainStatus"), "2")
        self.assertLessEqual(int(self.property("NRestarts")), int(restarts))


if __name__ == "__main__":
    if missing := Systemd.missing():
        print("skipped:", missing)
        sys.exit(SKIPPED)
    main()
