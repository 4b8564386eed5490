#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hours in small: health flips every second, the configuration is reloaded every 10 s, PowerDNS is
restarted every minute, and every answer is held against what it must have been.

    tests/integration/soak.py                          half a minute, as ctest runs it
    tests/integration/soak.py --minutes 30 --rate 35000

Two clients. One asks at a pace at which it can think: it knows the tree, when each endpoint was
switched and when each configuration was in force, works out on its own which answers are right, and
judges each. The other (bench/dns_load, where --rate asks for it) makes the load, from one restart
of PowerDNS to the next. Neither may lose a query or see a SERVFAIL but where PowerDNS is restarted.
Memory must not grow by more than 5 % from the second quarter to the last.
"""

import argparse
import collections
import os
import pathlib
import random
import select
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness
from harness import ROOT, Fairlead, PowerDns, SteeringTest, TcpListener, free_port, loopback

SITES = 8
FLIP_S = 1.0       # one site after the other is switched off, and later on again
RELOAD_S = 10.0
RESTART_S = 60.0   # of PowerDNS
SETTLED_S = 3.0    # after a switch the verdict is in and no old answer is on its way; allows for load
NAMES = 100        # as bench/dns_load asks for them
JUDGED_A_SECOND = 500
IN_FLIGHT = 50
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6

# Site i of a region has an address of its own; so has each region's reserve, one for each of two
# configurations. Nobody listens on a reserve and nobody checks it.
REGIONS = {"EU": "0.0.0.0/2", "NA": "64.0.0.0/2", "AS": "128.0.0.0/1"}
RESERVES = {region: (f"192.0.2.{2 * i + 1}", f"192.0.2.{2 * i + 2}")
            for i, region in enumerate(REGIONS)}
LOAD = ROOT / "build/release/bench/dns_load"


def site(region, number):
    """Each region has its own addresses of the same sites."""
    return loopback(1 + list(REGIONS).index(region) * SITES + number)


def configuration(generation, directory, port):
    lines = [f"server: {{socket: {directory}/pdns.sock, state_dir: {directory}, "
             f"pdns_control: {directory}/pdns.controlsocket}}",
             f"geoip: {{databases: [{directory}/world.mmdb]}}",
             f"health_checks: {{port: {{type: tcp, port: {port}, interval: 500ms, "
             f"fast_interval: 100ms, timeout: 400ms, fall: 2, rise: 2}}}}",
             "policies:"]
    for region, reserves in RESERVES.items():
        for number in range(SITES):
            first, second = (
                f"{{weight: {weight}, policy: failover, targets: [{{address: {site(region, i)}, "
                f"health_check: port}}, {reserves[generation]}]}}"
                for i, weight in ((number, 70), ((number + 1) % SITES, 30)))
            lines.append(f"  {region.lower()}{number}: {{policy: weighted, targets: [{first}, {second}]}}")
    lines += ["zones:", "  example.com:", "    ns: [ns.example.net.]", "    records:"]
    for name in range(NAMES):
        number = name % SITES
        lines.append(f"      w{name}: {{policy: geolocation, targets: [{{geos: [EU], use: eu{number}}}, "
                     f"{{geos: [NA], use: na{number}}}], default: {{use: as{number}}}}}")
    # The same for everybody: PowerDNS caches these, and is told when they change.
    for number in range(SITES):
        lines.append(f"      f{number}: {{policy: failover, targets: [{{address: {site('EU', number)}, "
                     f"health_check: port}}, {RESERVES['EU'][generation]}]}}")
    return "\n".join(lines) + "\n"


class History:
    """Which value something had when. Around a change both are possible, until it has settled."""

    def __init__(self, value):
        self.lock = threading.Lock()
        self.changes = collections.deque([(-1e9, -1e9, value)], maxlen=64)  # begun, settled, value

    def changes_to(self, value, begun, settled):
        with self.lock:
            self.changes.append((begun, settled, value))

    def settles(self, settled):
        """What has begun last."""
        with self.lock:
            begun, _, value = self.changes.pop()
            self.changes.append((begun, settled, value))

    def possible(self, asked, answered):
        """Every value that an answer may show that was asked for and came at these times."""
        found = set()
        with self.lock:
            for begun, settled, value in reversed(self.changes):
                if begun <= answered:
                    found.add(value)
                if settled <= asked:
                    break
        return found


class World:
    """What there is, as the test has made it: the oracle's knowledge."""

    def __init__(self, port):
        self.port = port
        self.up = [History(True) for _ in range(SITES)]
        self.generation = History(0)
        self.listeners = [self._listeners(i) for i in range(SITES)]
        self.restarts = History(False)  # whether PowerDNS is being restarted
        self.flips = 0

    def _listeners(self, number):
        return [TcpListener(site(region, number), self.port) for region in REGIONS]

    def flip(self, number):
        now = time.monotonic()
        if self.listeners[number]:
            for listener in self.listeners[number]:
                listener.stop()
            self.listeners[number] = []
        else:
            self.listeners[number] = self._listeners(number)
        self.flips += 1
        self.up[number].changes_to(bool(self.listeners[number]), now, time.monotonic() + SETTLED_S)

    def right_answers(self, name, client, asked, answered):
        region = "EU" if name[0] == "f" else ("EU", "NA", "AS", "AS")[client >> 22]
        number = int(name[1:]) % SITES
        sites = [number] if name[0] == "f" else [number, (number + 1) % SITES]
        reserves = {RESERVES[region][g] for g in self.generation.possible(asked, answered)}
        right = set()
        for i in sites:
            for is_up in self.up[i].possible(asked, answered):
                right |= {site(region, i)} if is_up else reserves
        return right


class Judge(threading.Thread):
    """Asks for random names as random clients, and judges every answer."""

    def __init__(self, world, pdns):
        super().__init__(daemon=True)
        self.world, self.server = world, (pdns.address, pdns.port)
        self.random = random.Random(7)
        self.over = threading.Event()
        self.waiting = {}  # id -> name, client, when asked
        self.judged = self.excused = 0
        self.faults = []

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as self.socket:
            self.socket.bind(("127.0.0.1", 0))  # not connected: a refusal is no error here
            begun, sent = time.monotonic(), 0
            while not self.over.is_set() or self.waiting:
                now = time.monotonic()
                while (len(self.waiting) < IN_FLIGHT and not self.over.is_set()
                       and sent < (now - begun) * JUDGED_A_SECOND):
                    sent += 1
                    self.ask(sent & 0xFFFF, now)
                while select.select([self.socket], [], [], 0.002)[0]:
                    self.take(self.socket.recv(4096))
                self.give_up(time.monotonic())

    def ask(self, number, now):
        some = self.random
        name = f"f{some.randrange(SITES)}" if some.random() < 0.3 else f"w{some.randrange(NAMES)}"
        client = some.getrandbits(24)
        labels = b"".join(bytes([len(part)]) + part.encode() for part in (name, "example", "com"))
        subnet = struct.pack("!4HBB3s", 11, 8, 7, 1, 24, 0, client.to_bytes(3, "big"))
        self.waiting[number] = (name, client, now)
        self.socket.sendto(struct.pack("!6H", number, 0, 1, 0, 0, 1) + labels + b"\0\0\1\0\1"
                           + struct.pack("!BHHI", 0, 41, 1232, 0) + subnet, self.server)

    def take(self, reply):
        now = time.monotonic()
        number, flags, _, answers = struct.unpack_from("!4H", reply)
        if number not in self.waiting:
            return
        name, client, asked = self.waiting.pop(number)
        at = 12 + len(name) + len("example") + len("com") + 4 + 4
        got = {socket.inet_ntoa(reply[at + 16 * i + 12:at + 16 * i + 16]) for i in range(answers)}
        self.judged += 1
        right = self.world.right_answers(name, client, asked, now)
        if flags & 15:
            self.fault(asked, now, f"{name}: rcode {flags & 15}")
        elif len(got) != 1 or not got <= right:
            self.faults.append(f"{name} for {client:06x}: {got}, not one of {right}")

    def give_up(self, now):
        for number, (name, _, asked) in list(self.waiting.items()):
            if now - asked > 3:
                del self.waiting[number]
                self.fault(asked, now, f"{name}: no answer")

    def fault(self, asked, now, text):
        """Where PowerDNS was being restarted, that is why."""
        if True in self.world.restarts.possible(asked, now):
            self.excused += 1
        else:
            self.faults.append(f"{text} at {time.strftime('%H:%M:%S')}")


class Soak:
    def __init__(self, directory, rate):
        self.directory, self.rate = directory, rate
        self.config = directory / "fairlead.yaml"
        self.world = World(free_port(loopback(200)))
        self.generation = self.reloads = self.restarts = 0
        self.memory, self.loads, self.faults = [], [], []
        self.write_config()
        self.fairlead = Fairlead(directory, self.config).wait_ready()
        self.port = free_port("127.0.0.1")
        self.pdns = self.start_pdns()

    def start_pdns(self):
        """Always on the same port, where bench/dns_load asks."""
        pdns = PowerDns(self.directory, "127.0.0.1", self.directory / "pdns.sock",
                        f"--local-port={self.port}")
        pdns.port = self.port
        return pdns.wait_ready()

    def write_config(self):
        fresh = self.directory / "fairlead.new"
        fresh.write_text(configuration(self.generation, self.directory, self.world.port))
        os.rename(fresh, self.config)

    def reload(self):
        self.generation = 1 - self.generation
        before, begun = self.fairlead.log().count("reloaded: "), time.monotonic()
        self.write_config()
        self.fairlead.send(1)
        # Until it has happened the new one is possible, and so is the old one.
        self.world.generation.changes_to(self.generation, begun, float("inf"))
        self.fairlead.wait_until(lambda: self.fairlead.log().count("reloaded: ") > before, "reloads")
        self.world.generation.settles(time.monotonic() + SETTLED_S)
        self.reloads += 1

    def restart_pdns(self):
        begun = time.monotonic()
        self.world.restarts.changes_to(True, begun, begun)
        self.pdns.stop()
        self.pdns = self.start_pdns()
        now = time.monotonic()
        self.world.restarts.changes_to(False, now, now + 1)
        self.restarts += 1

    def load(self, seconds):
        if self.rate == 0 or seconds < 2:
            return None
        return subprocess.Popen([LOAD, str(self.port), str(int(seconds)), str(self.rate)],
                                stdout=subprocess.PIPE, text=True)

    def end_load(self, load):
        if load is None:
            return
        each_second, _, p99, lost, wrong = map(float, load.communicate(timeout=30)[0].split())
        self.loads.append((each_second, p99))
        if lost or wrong:
            self.faults.append(f"load: {lost:.0f} lost, {wrong:.0f} wrong")

    def note_memory(self):
        pages = int(pathlib.Path(f"/proc/{self.fairlead.pid}/statm").read_text().split()[1])
        self.memory.append(pages * PAGE_MB)

    def run(self, minutes):
        judge = Judge(self.world, self.pdns)
        judge.start()
        end = time.monotonic() + minutes * 60
        while (begun := time.monotonic()) < end:
            until = min(begun + RESTART_S, end)
            load = self.load(until - begun - 1)
            self.disturb(until)
            self.end_load(load)
            if until < end or self.restarts == 0:
                self.restart_pdns()
        judge.over.set()
        judge.join()
        self.fairlead.stop()
        self.pdns.stop()
        self.faults += judge.faults
        return judge

    def disturb(self, until):
        number, next_reload = 0, time.monotonic() + RELOAD_S / 2
        while (begun := time.monotonic()) < until:
            self.world.flip(number % SITES)
            number += 1
            if begun >= next_reload:
                self.reload()
                next_reload += RELOAD_S
            self.note_memory()
            threading.Event().wait(max(0.0, begun + FLIP_S - time.monotonic()))

    def growth(self):
        """Of memory, from the second quarter to the last; 0 for a run too short to say."""
        quarter = len(self.memory) // 4
        if quarter < 30:
            return 0
        return (statistics.median(self.memory[-quarter:])
                / statistics.median(self.memory[quarter:2 * quarter]) - 1)


def soak(minutes, rate):
    SteeringTest.directory = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
    SteeringTest.build_mmdb("network,continent.code\n" + "".join(
        f"{network},{region}\n" for region, network in REGIONS.items()), "world.mmdb")
    run = Soak(SteeringTest.directory, rate)
    judge = run.run(minutes)
    print(f"{judge.judged} answers judged, {len(run.faults)} faults, {judge.excused} lost while "
          f"PowerDNS was restarted ({run.restarts} times), {run.world.flips} switches, "
          f"{run.reloads} reloads; memory {run.memory[0]:.1f} MB at first, {run.memory[-1]:.1f} MB "
          f"at last ({run.growth() * 100:+.1f} %)")
    if run.loads:
        print(f"under a load of {statistics.median(each for each, _ in run.loads):.0f} queries/s, "
              f"p99 {statistics.median(p99 for _, p99 in run.loads) / 1000:.1f} ms")
    for fault in run.faults[:20]:
        print(" ", fault)
    return run, judge


class SoakTest(unittest.TestCase):
    minutes, rate = 0.5, 0

    def test_every_answer_is_right_while_everything_changes(self):
        run, judge = soak(self.minutes, self.rate)
        self.assertEqual(run.faults, [])
        self.assertGreater(judge.judged, self.minutes * 60 * JUDGED_A_SECOND / 4)
        self.assertGreater(run.reloads, 0)
        self.assertLess(run.growth(), 0.05)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=SoakTest.minutes)
    parser.add_argument("--rate", type=int, default=SoakTest.rate)
    arguments, rest = parser.parse_known_args()
    SoakTest.minutes, SoakTest.rate = arguments.minutes, arguments.rate
    sys.argv[1:] = rest
    harness.main()
