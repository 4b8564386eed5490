# SPDX-License-Identifier: Apache-2.0
"""Steady loads of questions, each answer judged; and a zone to ask for."""

import random
import select
import socket
import struct
import threading
import time

from harness import wait_for

QUERIES_PER_S = 5000
CONNECTIONS = 17  # of PowerDNS with pdns-conf/pdns.conf at most

# What PowerDNS waits, and how long a question may wait for its turn. What is tested is whether any is lost, and that
# most restarts take no longer than pdns-conf/pdns.conf lets PowerDNS wait; not that a busy machine never does.
TIMEOUT_MS = 5000
SHIPPED_TIMEOUT_S = 1
QUEUE = ("--queue-limit=7000",)

TARGETS = [f"192.0.2.{i}" for i in range(1, 9)]
RECORDS = f"""\
              ns1: {{A: [192.0.2.53]}}
              any: {{policy: weighted, max_answers: 1, targets: [{", ".join(TARGETS)}]}}
              set:
                policy: weighted
                targets: [{{address: {TARGETS[0]}, weight: 1}}, {{address: {TARGETS[1]}, weight: 0}}]"""


class Load(threading.Thread):
    """Asks at a steady rate and judges every answer. Of what, and what is right, a subclass says."""

    in_flight = 100

    def __init__(self, pdns):
        super().__init__(daemon=True)
        self.pdns = pdns
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.connect((pdns.address, pdns.port))
        self.over = threading.Event()
        self.waiting = {}  # id -> what was noted of the question, when it was asked
        self.answered = self.servfails = self.lost = 0
        self.wrong = []
        self.slowest = [0.0]  # answer of each part, in seconds; the last one goes on

    def question(self, sent):
        """What to note of the question after `sent` others, and its message from the flags on. It is for A."""
        raise NotImplementedError

    def judge(self, noted, addresses):
        """What is wrong with these addresses, or nothing."""
        raise NotImplementedError

    def __enter__(self):
        self.start()
        wait_for(lambda: self.answered > 200, "the load is answered")
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def goes_on(self):
        """Waits for some hundred answers more, or for a question that is lost: the end of a part."""
        wanted, lost = self.answered + 500, self.lost
        wait_for(lambda: self.answered > wanted or self.lost > lost, "the load goes on")
        self.slowest.append(0.0)

    def run(self):
        begun, sent = time.monotonic(), 0
        while not self.over.is_set():
            now = time.monotonic()
            # Who has fallen behind does not catch up in a burst.
            if sent < (now - begun) * QUERIES_PER_S - 500:
                begun = now - sent / QUERIES_PER_S
            while len(self.waiting) < self.in_flight and sent < (now - begun) * QUERIES_PER_S:
                self.ask(sent, now)
                sent += 1
            self.take_answers(0.002)
        self.seconds = time.monotonic() - begun
        deadline = time.monotonic() + 2 * TIMEOUT_MS / 1000
        while self.waiting and time.monotonic() < deadline:
            self.take_answers(0.1)
        self.lost += len(self.waiting)
        self.socket.close()

    def ask(self, sent, now):
        number = sent & 0xFFFF
        if number in self.waiting:
            self.lost += 1
        noted, message = self.question(sent)
        self.waiting[number] = noted, now
        self.socket.send(struct.pack("!H", number) + message)

    def take_answers(self, patience):
        while select.select([self.socket], [], [], patience)[0]:
            self.take(self.socket.recv(4096))
            patience = 0

    def take(self, reply):
        number, flags, _, answers = struct.unpack_from("!4H", reply)
        if number not in self.waiting:
            return
        noted, asked = self.waiting.pop(number)
        self.answered += 1
        self.slowest[-1] = max(self.slowest[-1], time.monotonic() - asked)
        if flags & 15 == 2:
            self.servfails += 1
            return
        at = reply.index(b"\0", 12) + 5  # after the question; each: a pointer to the name, type, class, TTL, length, address
        addresses = [".".join(map(str, reply[at + 16 * i + 12:at + 16 * i + 16])) for i in range(answers)]
        fault = f"rcode {flags & 15}" if flags & 15 else self.judge(noted, addresses)
        if fault:
            self.wrong.append(fault)

    def report(self, what):
        print(f"{what}: {self.answered} answers, {self.answered / self.seconds:.0f}/s, "
              f"{self.servfails} SERVFAIL, {self.lost} lost, slowest {max(self.slowest) * 1000:.0f} ms")


class UncachedLoad(Load):
    """For a weighted name, and for `www`, whose answer is `healthy` as long as the checks are heeded: in turn, each time
    with a client subnet of its own, so that no cache has the answer."""

    def __init__(self, pdns, healthy):
        super().__init__(pdns)
        self.right = {b"any": TARGETS, b"www": [healthy]}

    def question(self, sent):
        name = (b"any", b"www")[sent % 2]
        payload = struct.pack("!HBB", 1, 24, 0) + random.randbytes(3)
        option = struct.pack("!HH", 8, len(payload)) + payload
        opt = struct.pack("!BHHIH", 0, 41, 1232, 0, len(option)) + option
        return name, struct.pack("!5H", 0, 1, 0, 0, 1) + b"\3" + name + b"\7example\3com\0\0\1\0\1" + opt

    def judge(self, noted, addresses):
        right = len(addresses) == 1 and addresses[0] in self.right[noted]
        return None if right else f"{noted.decode()}: {addresses}"


def settle(pdns):
    """Has PowerDNS find out on each of its connections whether it still is one."""
    pdns.many("set.example.com", 6 * CONNECTIONS)
