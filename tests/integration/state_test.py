# SPDX-License-Identifier: Apache-2.0
"""What was known before a restart is what is answered after it, from the first reply on."""

import json
import signal
import socket
import time

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
                     lambda: f"saved: {self.saved()}", 2)
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


if __name__ == "__main__":
    main()
