# SPDX-License-Identifier: Apache-2.0
"""Either process goes away and comes back; nobody has to help."""

import signal
import socket
import struct
import subprocess
import time

from harness import FAIRLEAD, LIMIT_S, PATIENCE_S, Fairlead, PowerDns, Process, SteeringTest, loopback, main, wait_for

ANSWER = "192.0.2.1"
CONFIG = f"""\
    zones:
      example.com:
        ns: [ns1.example.com.]
        records:
          ns1: {{A: [192.0.2.53]}}
          www: {{policy: multivalue, targets: [{ANSWER}, 192.0.2.2], max_answers: 1}}
          one:
            policy: weighted
            targets: [{{address: {ANSWER}, weight: 1}}, {{address: 192.0.2.2, weight: 0}}]
    """


class Restarts(SteeringTest):
    config = CONFIG

    def setUp(self):
        self.wait_for_answer("one.example.com", [ANSWER], 10)

    def start_fairlead(self):
        type(self).fairlead = self.start(
            Fairlead(self.directory, self.config_path, f"fairlead-{time.monotonic_ns()}"))
        self.fairlead.wait_ready()

    def restart_fairlead(self, end):
        self.assertEqual(self.fairlead.stop(end), 0 if end == signal.SIGTERM else -end)
        self.start_fairlead()
        # Each of PowerDNS's connections finds out by one failed query; there are no more than 17.
        failed = 0
        while self.pdns.a("one.example.com") != [ANSWER]:
            failed += 1
            self.assertLessEqual(failed, 17)
        self.assertTrue(self.pdns.running())

    def test_fairlead_is_stopped_and_started(self):
        self.restart_fairlead(signal.SIGTERM)

    def test_fairlead_is_killed_and_its_socket_left_behind(self):
        self.restart_fairlead(signal.SIGKILL)

    def test_a_stop_removes_the_socket(self):
        self.fairlead.stop()
        self.assertFalse(self.socket.exists())
        self.start_fairlead()
        for _ in range(17):
            self.pdns.a("one.example.com")

    def test_pdns_is_restarted(self):
        for end in (signal.SIGTERM, signal.SIGKILL):
            self.pdns.stop(end)
            type(self).pdns = self.start(PowerDns(self.directory, loopback(250), self.socket))
            self.pdns.wait_ready()
            self.assertEqual(self.pdns.a("one.example.com"), [ANSWER])

    def test_a_second_instance_does_not_take_the_socket(self):
        second = Process(self.directory, "second", [FAIRLEAD, "serve", "-c", self.config_path])
        self.addCleanup(second.stop)
        self.assertEqual(second.child.wait(LIMIT_S), 1)
        self.assertIn(str(self.socket), second.log())
        self.assertEqual(second.log().count(" error "), 1, second.log())
        self.assertEqual(self.pdns.a("one.example.com"), [ANSWER])

    def test_ping_tells_a_process_that_answers_from_one_that_hangs(self):
        def ping(timeout):
            return subprocess.run(
                [FAIRLEAD, "ping", "--socket", self.socket, "--timeout", timeout],
                capture_output=True, text=True, check=False, timeout=LIMIT_S)

        well = ping(f"{PATIENCE_S}s")
        self.assertEqual((well.returncode, well.stderr), (0, ""))
        self.assertIn("answered in", well.stdout)
        self.fairlead.send(signal.SIGSTOP)
        try:
            hung = ping("200ms")
        finally:
            self.fairlead.send(signal.SIGCONT)
        self.assertEqual((hung.returncode, hung.stdout), (1, ""))
        self.assertEqual(hung.stderr, f"fairlead ping: {self.socket}: no answer in 200ms\n")
        self.assertEqual(ping(f"{PATIENCE_S}s").returncode, 0)

    def test_pdns_survives_a_flood_while_fairlead_hangs(self):
        # overload-queue-length in pdns.conf: without it the queue fills and pdns_server exits.
        self.fairlead.send(signal.SIGSTOP)
        try:
            flood(self.pdns, "www.example.com", 20000)
            # It still answers what it can without fairlead.
            wait_for(lambda: self.pdns.dig("version.bind", "CH", "TXT").status, "still answers")
        finally:
            self.fairlead.send(signal.SIGCONT)
        self.wait_for_answer("one.example.com", [ANSWER], 10)
        self.assertTrue(self.pdns.running())


def flood(pdns, name, count):
    """`count` questions for `name` A, without waiting for answers."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect((pdns.address, pdns.port))
        for number in range(count):
            client.send(struct.pack("!6H", number & 0xFFFF, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1")


if __name__ == "__main__":
    main()
