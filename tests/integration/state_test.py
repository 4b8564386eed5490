# SPDX-License-Identifier: Apache-2.0
"""What was known before a restart is what is answered after it, from the first reply on."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

from harness import Fairlead, SteeringTest, TcpListener, free_port, loopback, main, wait_for

FIRST, SECOND = loopback(1), loopback(2)
PORT = free_port(FIRST)


class State(SteeringTest):
    with_pdns = False
    config = f"""\
        health_checks:
          port: {{type: tcp, port: {PORT}, interval: 1s, timeout: 1s, fast_interval: 1s, rise: 10}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              ns1: {{A: [192.0.2.53]}}
              www: {{policy: failover, health_check: port, targets: [{FIRST}, {SECOND}]}}
        """

    def setUp(self):
        self.path = self.write_config(self.config)
        self.file = self.directory / "state.json"
        self.file.unlink(missing_ok=True)
        self.second = TcpListener(SECOND, PORT)
        self.addCleanup(self.second.stop)

    def start_fairlead(self):
        fairlead = Fairlead(self.directory, self.path, f"fairlead-{time.monotonic_ns()}")
        self.addCleanup(fairlead.stop)
        fairlead.wait_until(lambda: "listening on" in fairlead.log(), "listens")
        return fairlead

    def answer(self):
        """Of fairlead itself, without PowerDNS in between."""
        question = {"method": "lookup", "parameters": {
            "qname": "www.example.com.", "qtype": "A", "remote": "192.0.2.1", "zone-id": -1}}
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(self.socket))
            client.sendall(json.dumps(question).encode() + b"\n")
            reply = json.loads(client.makefile().readline())
        return [record["content"] for record in reply["result"]]

    def saved(self):
        """Address -> health, from the file."""
        try:
            checks = json.loads(self.file.read_text())["checks"]
        except FileNotFoundError:
            return {}
        return {subject["address"]: subject["health"]
                for check in checks for subject in check["subjects"]}

    def restart_with_first_up_again(self, end):
        fairlead = self.start_fairlead()
        fairlead.wait_ready()
        self.assertEqual(self.answer(), [SECOND])
        if end == signal.SIGKILL:  # nothing but the last second may be lost
            wait_for(lambda: self.saved() == {FIRST: "unhealthy", SECOND: "healthy"},
                     lambda: f"saved: {self.saved()}", 10)
        fairlead.stop(end)
        # It is up by now, which takes ten probes to be believed. Without a memory one would do.
        first = TcpListener(FIRST, PORT)
        self.addCleanup(first.stop)
        again = self.start_fairlead()
        self.assertEqual(self.answer(), [SECOND])
        again.wait_ready()
        self.assertEqual(self.answer(), [SECOND])
        self.assertIn("2 checked addresses, 1 unhealthy", again.log())

    def test_after_a_stop(self):
        self.restart_with_first_up_again(signal.SIGTERM)

    def test_after_a_kill(self):
        self.restart_with_first_up_again(signal.SIGKILL)

    def test_a_hangup_during_the_start_is_a_reload_after_it(self):
        # A pipe as the configuration: the start waits until it is written.
        pipe = self.directory / "pipe.yaml"
        os.mkfifo(pipe)
        self.addCleanup(pipe.unlink)
        fairlead = Fairlead(self.directory, pipe, f"fairlead-{time.monotonic_ns()}")
        self.addCleanup(fairlead.stop)
        writer = wait_for(lambda: self.reader_of(pipe), "the configuration is read")
        fairlead.send(signal.SIGHUP)
        with writer:
            writer.write(self.path.read_text())
        fairlead.wait_until(lambda: "listening on" in fairlead.log(), "listens")
        with wait_for(lambda: self.reader_of(pipe), "the configuration is read again") as writer:
            writer.write(self.path.read_text())
        fairlead.wait_until(lambda: "reloaded: " in fairlead.log(), "has reloaded")

    @staticmethod
    def reader_of(pipe):
        try:
            return os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "w")
        except OSError:  # nobody reads
            return None

    def test_a_truncated_file_is_one_warning(self):
        self.start_fairlead().wait_ready().stop()
        self.file.write_text(self.file.read_text()[:40])
        fairlead = self.start_fairlead()
        self.assertEqual(self.answer(), [SECOND])
        self.assertEqual(fairlead.log().count("cannot be used"), 1)
        self.assertTrue((self.directory / "state.json.bad").exists())

    def test_a_directory_that_is_missing_is_one_warning(self):
        self.path.write_text(self.path.read_text().replace(
            f"state_dir: {self.directory}", f"state_dir: {self.directory}/absent"))
        fairlead = self.start_fairlead().wait_ready()
        fairlead.wait_until(lambda: "cannot save the state" in fairlead.log(), "warns")
        self.assertEqual(self.answer(), [SECOND])
        (self.directory / "absent").mkdir()
        fairlead.wait_until(lambda: "is saved again" in fairlead.log(), "goes on")
        self.assertEqual(fairlead.log().count("cannot save the state"), 1)

    def with_state_dir_at(self, mount):
        """A running fairlead whose state_dir is a few pages of memory, and its metric."""
        mount.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], check=False,
                                 stderr=subprocess.DEVNULL).returncode == 0
        if not mounted:
            self.skipTest("this machine does not let tests mount a file system")

        def unmount():
            while mount.is_mount():
                subprocess.run(["umount", "-l", mount], check=True)
        self.addCleanup(unmount)
        api = loopback(20)
        port = free_port(api)
        self.path.write_text(self.path.read_text().replace(f"state_dir: {self.directory}", f"state_dir: {mount}")
                             + f"admin: {{listen: '{api}:{port}'}}\n")
        fairlead = self.start_fairlead().wait_ready()

        def is_saved():
            with urllib.request.urlopen(f"http://{api}:{port}/metrics", timeout=20) as reply:
                return re.search(r"^fairlead_state_saved (\d)$", reply.read().decode(), re.M).group(1)
        wait_for(lambda: (mount / "state.json").exists(), "state.json", 20)
        self.assertEqual(is_saved(), "1")
        return fairlead, is_saved

    def serves_on_through(self, trouble, words, end):
        mount = self.directory / f"disk-{time.monotonic_ns()}"
        fairlead, is_saved = self.with_state_dir_at(mount)
        trouble(mount)
        first = TcpListener(FIRST, PORT)  # a change of a verdict, which is to be saved
        self.addCleanup(first.stop)
        wait_for(lambda: is_saved() == "0", lambda: fairlead.log(), 20)
        wait_for(lambda: self.answer() == [FIRST], lambda: f"{self.answer()}", 30)
        self.assertEqual(fairlead.log().count("cannot save the state"), 1)
        self.assertIn(words, fairlead.log())
        end(mount)
        wait_for(lambda: is_saved() == "1", lambda: fairlead.log(), 20)
        self.assertEqual(fairlead.log().count("is saved again"), 1)
        self.assertEqual(fairlead.log().count("cannot save the state"), 1)
        saved = json.loads((mount / "state.json").read_text())
        self.assertEqual(saved["format"], "fairlead state")

    def test_a_full_disk_is_one_warning_and_nothing_else(self):
        def fill(mount):
            with open(mount / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(4096))
        self.serves_on_through(fill, "No space left on device", lambda mount: (mount / "filler").unlink())

    def test_a_read_only_directory_is_one_warning_and_nothing_else(self):
        # Over the other one, which cannot be remounted while events.jsonl is open in it.
        def cover(mount):
            subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", mount], check=True)
        self.serves_on_through(cover, "Read-only file system",
                               lambda mount: subprocess.run(["umount", "-l", mount], check=True))


if __name__ == "__main__":
    main()
