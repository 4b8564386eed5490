# SPDX-License-Identifier: Apache-2.0
"""Restarts under load, as systemd does them and from one process to the next: no query is lost.

systemd's part is played by ServiceManager: it keeps descriptors and passes them on as sd_notify(3)
and sd_listen_fds(3) have it.
"""

import array
import fcntl
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import threading
import time
import unittest

from harness import (FAIRLEAD, SLOWNESS, Fairlead, Process, SteeringTest, TcpListener, free_port, loopback,
                     main, wait_for)
from steady_load import (CONNECTIONS, QUEUE, RECORDS, SHIPPED_TIMEOUT_S, TARGETS, TIMEOUT_MS, UncachedLoad,
                         settle)

RESTARTS = 10
CHECKED, DOWN = loopback(1), loopback(2)
PORT = free_port(CHECKED)


class ServiceManager:
    """What systemd does for a unit with Type=notify and FileDescriptorStoreMax=."""

    def __init__(self, directory):
        self.path = directory / f"notify-{time.monotonic_ns()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.store = []  # (name, descriptor)
        self.said = []
        self.lock = threading.Lock()
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self):
        while True:
            data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4 * 253))
            descriptors = array.array("i")
            for _, _, part in ancillary:
                descriptors.frombytes(part[:len(part) - len(part) % descriptors.itemsize])
            with self.lock:
                self._take(data.decode().split("\n"), list(descriptors))

    def _take(self, lines, descriptors):
        fields = dict(line.split("=", 1) for line in lines if line)
        self.said.append(fields)
        name = fields.get("FDNAME")
        if "FDSTORE" in fields:
            for descriptor in descriptors:
                if any(os.path.sameopenfile(descriptor, kept) for _, kept in self.store):
                    os.close(descriptor)
                else:
                    self.store.append((name, descriptor))
            return
        for descriptor in descriptors:  # BARRIER=1 waits for this
            os.close(descriptor)
        if "FDSTOREREMOVE" in fields:
            for entry in [entry for entry in self.store if entry[0] == name]:
                self.store.remove(entry)
                os.close(entry[1])

    def names(self):
        with self.lock:
            return [name for name, _ in self.store]

    def heard(self, key):
        with self.lock:
            return sum(key in fields for fields in self.said)

    def environment(self):
        return os.environ | {"NOTIFY_SOCKET": str(self.path), "FDSTORE": "4200"}

    def start(self, directory, config, name, **environment):
        with self.lock:
            return Unit(directory, config, name, list(self.store),
                        self.environment() | environment)

    def stop(self):
        with self.lock:
            for _, descriptor in self.store:
                os.close(descriptor)
            self.store = []


class Unit(Process):
    """A fairlead that has got the descriptors of a store, numbered from 3 on."""

    def __init__(self, directory, config, name, store, environment):
        # Out of the way of the numbers that they shall have; a shell knows its process's own.
        passed = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 500) for _, descriptor in store]
        moves = "".join(f"{3 + i}<&{number} {number}<&- " for i, number in enumerate(passed))
        super().__init__(
            directory, name,
            ["bash", "-c", f'export LISTEN_PID=$$; exec "$0" serve -c "$1" {moves}',
             FAIRLEAD, config],
            pass_fds=passed,
            env=environment | {"LISTEN_FDS": str(len(store)),
                               "LISTEN_FDNAMES": ":".join(name for name, _ in store)})
        for descriptor in passed:
            os.close(descriptor)


class Handover(SteeringTest):
    pdns_options = QUEUE
    pdns_timeout_ms = TIMEOUT_MS
    config = f"""\
        admin: {{listen: "unix:ADMIN"}}
        health_checks:
          port: {{type: tcp, port: {PORT}, interval: 1s, timeout: 1s}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
{RECORDS}
              www: {{policy: failover, health_check: port, targets: [{DOWN}, {CHECKED}]}}
        """

    @classmethod
    def make_config(cls):
        return cls.config.replace("ADMIN", str(cls.directory / "admin.sock"))

    @classmethod
    def prepare(cls):
        cls.addClassCleanup(TcpListener(CHECKED, PORT).stop)
        cls.started = 0

    def setUp(self):
        self.current = self.fairlead
        if not self.current.running():
            self.launch(Fairlead(self.directory, self.config_path, self.next_name()))
        settle(self.pdns)

    def next_name(self):
        type(self).started += 1
        return f"fairlead-{self.started}"

    def launch(self, process):
        """The process that serves from here on."""
        self.current = type(self).fairlead = self.start(process)
        process.wait_until(lambda: " ready: " in process.log(), "is ready")
        return process

    def successor(self, config=None):
        return Process(self.directory, self.next_name(),
                       [FAIRLEAD, "serve", "-c", config or self.config_path, "--take-over"])

    def assert_nothing_lost(self, load, what):
        load.report(what)
        self.assertEqual((load.servfails, load.lost, load.wrong[:5]), (0, 0, []))

    def assert_soon(self, load):
        """Most of the restarts in it take no longer than PowerDNS waits as it is shipped."""
        self.assertLess(statistics.median(load.slowest), SHIPPED_TIMEOUT_S * SLOWNESS)

    # From one process to the next.

    def test_a_successor_takes_over(self):
        with UncachedLoad(self.pdns, CHECKED) as load:
            for _ in range(RESTARTS):
                old = self.current
                self.launch(self.successor())
                self.assertEqual(old.child.wait(20), 0, old.log())
                self.assertIn("replaced after", old.log())
                self.assertNotRegex(self.current.log(), "nobody took over|has not ended|cannot be ")
                load.goes_on()
        self.assert_nothing_lost(load, f"{RESTARTS} successors")
        self.assert_soon(load)
        self.assertTrue(self.socket.exists())
        self.assertEqual(self.pdns.a("www.example.com"), [CHECKED])

    def test_what_was_set_goes_along(self):
        for target, state in ((TARGETS[0], "down"), (TARGETS[1], "drain")):
            self.operate("set", target, state, "--reason", "test")
            self.launch(self.successor())
            self.assertIn(target, self.operate("overrides"))
        self.operate("clear", TARGETS[1])
        self.assertEqual(self.pdns.a("set.example.com"), [TARGETS[1]])
        self.operate("clear", TARGETS[0])
        self.assertEqual(self.pdns.a("set.example.com"), [TARGETS[0]])

    def test_what_was_set_goes_along_without_a_state_directory(self):
        text = self.config_path.read_text()
        self.config_path.write_text(text.replace(f"state_dir: {self.directory}", "state_dir: none"))
        self.addCleanup(self.config_path.write_text, text)
        self.launch(self.successor())
        self.operate("set", TARGETS[0], "down", "--reason", "test")
        self.launch(self.successor())
        self.assertEqual(self.pdns.a("set.example.com"), [TARGETS[1]])
        self.operate("clear", TARGETS[0])

    def operate(self, *arguments):
        run = subprocess.run([FAIRLEAD, *arguments, "--server", f"unix:{self.directory}/admin.sock"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_a_successor_with_a_broken_configuration_changes_nothing(self):
        broken = self.write_config(self.make_config().replace("weighted", "weihgted"), "broken.yaml")
        with UncachedLoad(self.pdns, CHECKED) as load:
            self.assertEqual(self.successor(broken).child.wait(20), 2)
            load.goes_on()
        self.assert_nothing_lost(load, "a broken configuration")
        self.assertTrue(self.current.running())

    def test_a_successor_that_dies_in_between_changes_nothing(self):
        with UncachedLoad(self.pdns, CHECKED) as load:
            for answer_first in (False, True):
                before = self.current.log().count("nobody took over")
                with socket.socket(socket.AF_UNIX) as successor:
                    successor.connect(f"{self.socket}.handover")
                    successor.sendall(b"2")
                    if answer_first:  # with all the descriptors in its hands
                        self.assertEqual(successor.recvmsg(1, socket.CMSG_SPACE(4))[0], b"L")
                self.current.wait_until(
                    lambda: self.current.log().count("nobody took over") > before, "goes on")
            load.goes_on()
        self.assert_nothing_lost(load, "a successor that dies")
        self.operate("overrides")  # the interface is back

    @unittest.skipIf(os.geteuid() != 0, "needs root to be somebody else")
    def test_another_user_gets_nothing(self):
        handover = self.socket.with_name("pdns.sock.handover")
        self.assertEqual(handover.stat().st_mode & 0o777, 0o600)
        handover.chmod(0o666)
        self.directory.chmod(0o711)
        child = os.fork()
        if child == 0:
            got = 2
            try:
                os.setuid(65534)
                with socket.socket(socket.AF_UNIX) as stranger:
                    stranger.connect(str(handover))
                    stranger.sendall(b"2")
                    got = len(stranger.recv(1))
            except ConnectionError:  # closed before the request came, or without reading it
                got = 0
            finally:
                os._exit(got)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.current.wait_until(lambda: "user 65534 asked" in self.current.log(), "says so")

    def test_take_over_of_nobody_is_a_start(self):
        self.current.stop()
        self.launch(self.successor())
        settle(self.pdns)
        self.assertEqual(self.pdns.a("set.example.com"), [TARGETS[0]])

    def gated_successor(self, zones=""):
        """One whose first round is complete once its gate is there, with more zones."""
        gate = self.directory / f"gate-{self.started}"
        config = self.make_config().replace("health_checks:", f"""health_checks:
          gate: {{type: exec, command: [/bin/sh, -c, "until [ -e {gate} ]; do sleep 0.1; done"],
                 interval: 60s, timeout: 60s}}""")
        config = re.sub("( +)ns1:", r"\1gated: {policy: failover, health_check: gate, targets: [192.0.2.70]}\n\1ns1:",
                        config) + zones  # behind the indentation of the last line
        successor = self.start(self.successor(self.write_config(config, f"{gate.name}.yaml")))
        successor.wait_until(lambda: "another process serves" in successor.log(), "waits")
        with UncachedLoad(self.pdns, CHECKED) as load:
            load.goes_on()
        self.assert_nothing_lost(load, "while a successor has no health state")
        self.assertNotIn(" ready: ", successor.log())
        return successor, gate

    def assert_serves_what_was_set(self, successor):
        successor.wait_until(lambda: " ready: " in successor.log(), "is ready")
        self.current = type(self).fairlead = successor
        self.assertIn(TARGETS[0], self.operate("overrides"))
        self.operate("clear", TARGETS[0])

    def set_and_kept(self):
        self.operate("set", TARGETS[0], "down", "--reason", "test")
        state = self.directory / "state.json"
        wait_for(lambda: state.exists() and '"test"' in state.read_text(), "the state is saved")

    def test_a_successor_serves_when_the_other_has_ended_meanwhile(self):
        successor, gate = self.gated_successor()
        self.set_and_kept()
        self.current.stop()
        gate.touch()
        self.assert_serves_what_was_set(successor)

    def test_a_successor_serves_when_the_other_ends_instead_of_answering(self):
        successor, gate = self.gated_successor()
        self.set_and_kept()
        old = self.current
        old.send(signal.SIGSTOP)
        gate.touch()
        sockets = pathlib.Path("/proc/net/unix")
        asked = f"{self.socket}.handover"
        wait_for(lambda: sockets.read_text().count(asked) > 1, "the other is asked")
        old.child.kill()
        self.assert_serves_what_was_set(successor)

    def test_what_was_reloaded_meanwhile_is_not_taken_back(self):
        successor, gate = self.gated_successor()
        config = self.directory / f"{gate.name}.yaml"
        config.write_text(re.sub("( +)ns1:", r"\1new: {A: [192.0.2.99]}\n\1ns1:", config.read_text()))
        serials = self.directory / "serials.json"
        kept = json.loads(serials.read_text())
        kept["zones"]["example.com."] = {"texts": 1, "serial": 4000000000}  # as the other had it
        serials.write_text(json.dumps(kept))
        gate.touch()
        successor.wait_until(lambda: "reloaded:" in successor.log(), "has reloaded")
        self.current = type(self).fairlead = successor
        settle(self.pdns)
        self.assertEqual(self.pdns.a("new.example.com"), ["192.0.2.99"])
        self.assertGreater(json.loads(serials.read_text())["zones"]["example.com."]["serial"],
                           4000000000)

    def test_a_zone_file_that_changed_meanwhile_is_read_again(self):
        zone = self.directory / "example.net.zone"
        zone.write_text("www 60 A 192.0.2.98\n")
        successor, gate = self.gated_successor(f"  example.net: {{ns: [ns1.example.com.], file: {zone}, records: {{}}}}")
        zone.write_text("www 60 A 192.0.2.99\n")
        gate.touch()
        successor.wait_until(lambda: "reloaded:" in successor.log(), "has reloaded")
        self.current = type(self).fairlead = successor
        settle(self.pdns)
        self.pdns.control("rediscover")
        self.assertEqual(self.pdns.a("www.example.net"), ["192.0.2.99"])

    def test_a_second_instance_is_told_of_the_way(self):
        second = Process(self.directory, self.next_name(),
                         [FAIRLEAD, "serve", "-c", self.config_path])
        self.assertEqual(second.child.wait(20), 1)
        self.assertIn("--take-over", second.log())

    def test_what_a_service_manager_runs_takes_over_from_nobody(self):
        manager = ServiceManager(self.directory)
        self.addCleanup(manager.stop)
        managed = Process(self.directory, self.next_name(),
                          [FAIRLEAD, "serve", "-c", self.config_path, "--take-over"],
                          env=manager.environment())
        self.assertEqual(managed.child.wait(20), 1)
        self.assertIn("--take-over is ignored", managed.log())
        self.assertTrue(self.current.running())

    # As systemd does it.

    def supervised(self):
        self.current.stop()
        manager = ServiceManager(self.directory)
        self.addCleanup(manager.stop)
        self.start_unit(manager)
        self.addCleanup(lambda: self.current.stop())
        settle(self.pdns)
        return manager

    def start_unit(self, manager, **environment):
        return self.launch(manager.start(self.directory, self.config_path, self.next_name(),
                                         **environment))

    def test_systemd_restarts(self):
        manager = self.supervised()
        with UncachedLoad(self.pdns, CHECKED) as load:
            for _ in range(RESTARTS):
                self.assertEqual(manager.names(), ["listener"])
                self.assertEqual(self.current.stop(), 0)
                self.assertTrue(self.socket.exists())
                self.assertGreater(manager.names().count("connection"), 0)
                self.start_unit(manager)
                wait_for(lambda: manager.names() == ["listener"], "the store forgets connections")
                load.goes_on()
        self.assert_nothing_lost(load, f"{RESTARTS} restarts by the service manager")
        self.assert_soon(load)

    def test_systemd_restarts_after_a_kill(self):
        manager = self.supervised()
        with UncachedLoad(self.pdns, CHECKED) as load:
            self.current.kill()
            self.assertEqual(manager.names(), ["listener"])
            self.start_unit(manager)
            load.goes_on()
        load.report("kill -9")
        self.assertEqual((load.lost, load.wrong[:5]), (0, []))
        self.assertLessEqual(load.servfails, CONNECTIONS)

    def test_systemd_restarts_after_a_start_that_failed(self):
        manager = self.supervised()
        self.current.stop()
        blocked = self.directory / "admin.sock"
        blocked.mkdir()
        failed = manager.start(self.directory, self.config_path, self.next_name())
        self.assertEqual(failed.child.wait(20), 1)
        blocked.rmdir()
        self.assertTrue(self.socket.exists())
        self.start_unit(manager)
        self.assertRegex(self.current.log(), "goes on with [1-9][0-9]* connection")
        self.assertEqual(self.pdns.a("set.example.com"), [TARGETS[0]])

    def test_systemd_restarts_with_another_socket(self):
        manager = self.supervised()
        text = self.config_path.read_text()
        self.addCleanup(self.config_path.write_text, text)
        self.config_path.write_text(text.replace(str(self.socket), f"{self.socket}.other"))
        self.current.stop()
        self.start_unit(manager)
        self.assertTrue(self.socket.with_name("pdns.sock.other").exists())
        wait_for(lambda: manager.names() == ["listener"], "the store has the new one")
        self.current.stop()

    def test_the_watchdog_hears_of_the_process_where_there_is_one(self):
        manager = self.supervised()
        self.assertEqual(manager.heard("WATCHDOG"), 0)  # nobody waits for it
        self.current.stop()
        self.start_unit(manager, WATCHDOG_USEC="400000")
        heard = manager.heard("WATCHDOG")
        wait_for(lambda: manager.heard("WATCHDOG") > heard + 3, "the watchdog hears of it")
        self.assertEqual(manager.heard("STOPPING"), 1)


if __name__ == "__main__":
    main()
