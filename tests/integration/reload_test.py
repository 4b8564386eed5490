# SPDX-License-Identifier: Apache-2.0
"""A changed configuration is taken up under load: no query is lost, none sees two generations.

    python3 -B tests/integration/reload_test.py                as many reloads as a quarter of a minute has, 100 at most
    RELOADS=100 python3 -B tests/integration/reload_test.py    so many, however long that takes
"""

import os
import signal
import struct
import time

from harness import SANITIZERS, SteeringTest, TcpListener, free_port, loopback, main, wait_for
from steady_load import QUEUE, TIMEOUT_MS, Load

NAMES = 2000 if SANITIZERS else 10000
RELOADS = int(os.environ.get("RELOADS", 100))
# A debug build takes longer to load so many names: then it is fewer reloads.
RELOADS_MIN = RELOADS if "RELOADS" in os.environ else 3
TIME_S = 15

DOWN, UP, ADDED = loopback(1), loopback(2), loopback(3)
PORT = free_port(UP)
FILLER = "\n".join(f"              n{i}: {{TXT: ['\"{i}\"']}}" for i in range(NAMES - 3))


def config(generation, more=""):
    """Every address of `pair` tells the generation."""
    pair = ", ".join(f"10.{generation >> 8}.{generation & 255}.{i}" for i in (1, 2, 3))
    return f"""\
        health_checks:
          port: {{type: tcp, port: {PORT}, interval: 1h, timeout: 1s}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              ns1: {{A: [192.0.2.53]}}
              pair: {{policy: weighted, targets: [{pair}], max_answers: 2}}
              www: {{policy: failover, health_check: port, targets: [{DOWN}, {UP}{more}]}}
{FILLER}
"""


class GenerationsLoad(Load):
    """Asks for `pair` and `www` in turn."""

    in_flight = 50
    newest = 0  # generation that an answer had

    def question(self, sent):
        name = ("pair", "www")[sent % 2]
        labels = b"".join(bytes([len(label)]) + label.encode() for label in (name, "example", "com"))
        return (name, self.newest), struct.pack("!5H", 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"

    def judge(self, noted, addresses):
        name, newest_when_asked = noted
        if name == "www":
            return None if addresses == [UP] else f"www: {addresses}"
        generations = {int(b) << 8 | int(c) for _, b, c, _ in (a.split(".") for a in addresses)}
        if len(addresses) != 2 or len(generations) != 1:
            return f"two generations: {addresses}"
        self.newest = max(self.newest, *generations)
        # Who asks after an answer of a generation gets no older one.
        return f"back from {newest_when_asked}: {addresses}" if min(generations) < newest_when_asked else None


class Reload(SteeringTest):
    pdns_options = QUEUE
    pdns_timeout_ms = TIMEOUT_MS

    @classmethod
    def make_config(cls):
        return config(0)

    @classmethod
    def prepare(cls):
        cls.up = TcpListener(UP, PORT)
        cls.addClassCleanup(cls.up.stop)

    def rewrite(self, text):
        fresh = self.write_config(text, "fairlead.new")
        os.rename(fresh, self.config_path)

    def log_since(self, before):
        return self.fairlead.log()[before:]

    def reload(self, text, outcome="reloaded: "):
        before = len(self.fairlead.log())
        self.rewrite(text)
        self.fairlead.send(signal.SIGHUP)
        self.fairlead.wait_until(lambda: outcome in self.log_since(before), f"says {outcome}")
        return self.log_since(before)

    def test_no_query_is_lost_and_no_generations_are_mixed(self):
        probes = self.up.accepted
        generation, begun = 0, time.monotonic()
        with GenerationsLoad(self.pdns) as load:
            while generation < RELOADS_MIN or (generation < RELOADS and time.monotonic() - begun < TIME_S):
                generation += 1
                lines = self.reload(config(generation))
                self.assertIn("names: 1 changed", lines)
            wait_for(lambda: load.newest == generation or load.wrong, "the last generation is seen")
        load.report(f"{generation} reloads of {NAMES} names")
        self.assertEqual((load.servfails, load.lost, load.wrong[:5]), (0, 0, []))
        self.assertGreater(load.answered, 1000)
        # Nobody was probed for it: an hour is not over yet.
        self.assertLessEqual(self.up.accepted, probes + 1)
        self.reload(config(0))

    def test_a_broken_file_changes_nothing_and_is_reported(self):
        before = self.pdns.a("www.example.com")
        lines = self.reload(config(0).replace("policy: weighted", "policy: weihgted"),
                            "not reloaded: 1 error")
        self.assertIn('did you mean "weighted"', lines)
        self.assertIn(str(self.config_path), lines)
        self.assertEqual(self.pdns.a("www.example.com"), before)
        self.reload(config(0))

    def test_a_new_target_is_probed_at_once(self):
        added = TcpListener(ADDED, PORT)
        self.addCleanup(added.stop)
        self.reload(config(0, f", {ADDED}"))
        wait_for(lambda: added.accepted, "the new target is probed")
        self.assertEqual(self.pdns.a("www.example.com"), [UP])
        self.reload(config(0))


if __name__ == "__main__":
    main()
