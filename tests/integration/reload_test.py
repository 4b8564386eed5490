# SPDX-License-Identifier: Apache-2.0
"""A changed configuration is taken up under load: no query is lost, none sees two generations.

    python3 -B tests/integration/reload_test.py                as many reloads as a quarter of a minute has, 100 at most
    RELOADS=100 python3 -B tests/integration/reload_test.py    so many, however long that takes
"""

import os
import select
import signal
import socket
import struct
import threading
import time

from harness import SANITIZERS, SteeringTest, TcpListener, free_port, loopback, main, wait_for

NAMES = 2000 if SANITIZERS else 10000
RELOADS = int(os.environ.get("RELOADS", 100))
RELOADS_MIN = RELOADS if "RELOADS" in os.environ else 3
# A debug build takes longer to load so many names: then it is fewer reloads.
TIME_S = float("inf") if "RELOADS" in os.environ else 15
QUERIES_PER_S = 5000
IN_FLIGHT = 50

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


class Load(threading.Thread):
    """Asks for `pair` and `www`, at most QUERIES_PER_S, and looks at every answer."""

    def __init__(self, pdns):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((pdns.address, pdns.port))
        self.over = threading.Event()
        self.waiting = {}  # id -> name, the newest generation when it was sent, when that was
        self.answered = 0
        self.slowest = 0.0
        self.newest = 0  # generation
        self.faults = []

    def run(self):
        begun, sent = time.monotonic(), 0
        while not self.over.is_set():
            now = time.monotonic()
            while len(self.waiting) < IN_FLIGHT and sent < (now - begun) * QUERIES_PER_S:
                self.ask(sent & 0xFFFF, ("pair", "www")[sent % 2], now)
                sent += 1
            self.take_answers(0.002)
        self.seconds = time.monotonic() - begun
        deadline = time.monotonic() + 5
        while self.waiting and time.monotonic() < deadline:
            self.take_answers(0.1)
        self.socket.close()
        self.faults += [f"no answer for {name}" for name, *_ in self.waiting.values()]

    def ask(self, number, name, now):
        labels = b"".join(bytes([len(label)]) + label.encode()
                          for label in (name, "example", "com"))
        self.waiting[number] = (name, self.newest, now)
        self.socket.send(struct.pack("!6H", number, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1")

    def take_answers(self, patience):
        while select.select([self.socket], [], [], patience)[0]:
            self.take(self.socket.recv(4096))
            patience = 0

    def take(self, reply):
        number, flags, _, answers = struct.unpack_from("!4H", reply)
        name, newest_when_asked, asked = self.waiting.pop(number)
        self.answered += 1
        self.slowest = max(self.slowest, time.monotonic() - asked)
        at = 12 + len(name) + len("example") + len("com") + 4 + 4
        addresses = []
        for _ in range(answers):  # each: a pointer to the name, type, class, ttl, length, address
            addresses.append(".".join(map(str, reply[at + 12:at + 16])))
            at += 16
        if flags & 15:
            self.faults.append(f"{name}: rcode {flags & 15}")
        elif name == "www":
            if addresses != [UP]:
                self.faults.append(f"www: {addresses}")
        else:
            self.judge_pair(addresses, newest_when_asked)

    def judge_pair(self, addresses, newest_when_asked):
        generations = {int(b) << 8 | int(c) for _, b, c, _ in (a.split(".") for a in addresses)}
        if len(addresses) != 2 or len(generations) != 1:
            self.faults.append(f"two generations: {addresses}")
        # Who asks after an answer of a generation gets no older one.
        elif min(generations) < newest_when_asked:
            self.faults.append(f"back from {newest_when_asked}: {addresses}")
        self.newest = max(self.newest, *generations)


class Reload(SteeringTest):
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
        load = Load(self.pdns)
        load.start()
        generation, begun = 0, time.monotonic()
        while generation < RELOADS_MIN or (generation < RELOADS and time.monotonic() - begun < TIME_S):
            generation += 1
            lines = self.reload(config(generation))
            self.assertIn("names: 1 changed", lines)
        wait_for(lambda: load.newest == generation or load.faults, "the last generation is seen")
        load.over.set()
        load.join()
        print(f"{generation} reloads of {NAMES} names in {load.seconds:.1f} s, "
              f"{load.answered} queries, {load.answered / load.seconds:.0f}/s, "
              f"slowest {load.slowest * 1000:.0f} ms, {len(load.faults)} lost or wrong")
        self.assertEqual(load.faults, [])
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
