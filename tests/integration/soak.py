#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hours in small: health flips every second, the configuration is reloaded every 10 s, PowerDNS is
restarted every minute, and every single answer is held against what it must have been.

    tests/integration/soak.py                              half a minute, as ctest runs it
    tests/integration/soak.py --minutes 30 --rate 70%      of what this machine can, measured first

soak_client asks and judges: it is told of every change before it is made, and has a plain model of
the configuration. An answer is wrong that no state of the last seconds, as below, explains; so are an
ECS scope other than that of the map, weights that are off by more than five standard deviations,
and a query lost or a SERVFAIL but where PowerDNS is restarted. Of a run of two minutes or more,
resident memory must stay within 5 % after the first quarter and the first minute, and file
descriptors as they were; before it, switches fill the history of events.
"""

import argparse
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness
from harness import (FAIRLEAD, SANITIZERS, Fairlead, PowerDns, SteeringTest, TcpListener, free_port, loopback,
                     wait_for)

SITES = 16
NAMES = 100        # as soak_client asks for them
SLACK = 2 if SANITIZERS else 1  # of an instrumented program, to what follows
FLIP_S = 1.0 * SLACK            # one site after the other is switched off, and later on again
RELOAD_S = 5.0 + 5.0 * SLACK
RESTART_S = 60.0                # of PowerDNS
# A switch is seen by two probes within 0.7 s (interval 500 ms, jitter, fast_interval 100 ms). From
# then on every answer is new that is not cached; of those that are, the last purge is 3 s later. A
# reload is for both as a verdict is. The rest is for a busy machine.
FRESH_S = 0.7 + 1.3 * SLACK
CACHED_S = 3.7 + 1.3 * SLACK
RESTARTED_S = 1.0 * SLACK  # after PowerDNS answers again, until its queue is as ever
CAPACITY_S = 10
WARM_S = 60
EVENTS = 10000     # that fairlead keeps in memory
NEVER = 1e12
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
CLIENT = os.environ.get("FAIRLEAD_SOAK_CLIENT", str(
    pathlib.Path(FAIRLEAD).resolve().parent / "tests/integration/soak_client"))

# Site i of a continent has an address of its own; so has each continent's reserve, one for each of
# two configurations. Nobody listens on a reserve and nobody checks it.
CONTINENTS = {"EU": "0.0.0.0/2", "NA": "64.0.0.0/2", "AS": "128.0.0.0/1"}
RESERVES = {continent: (f"192.0.2.{2 * i + 1}", f"192.0.2.{2 * i + 2}")
            for i, continent in enumerate(CONTINENTS)}


def site(continent, number):
    """Each continent has its own addresses of the same sites."""
    return loopback(1 + list(CONTINENTS).index(continent) * SITES + number)


def configuration(generation, directory, port):
    lines = [f"server: {{socket: {directory}/pdns.sock, state_dir: {directory}, "
             f"pdns_control: {directory}/pdns.controlsocket}}",
             f"geoip: {{databases: [{directory}/world.mmdb]}}",
             f"health_checks: {{port: {{type: tcp, port: {port}, interval: 500ms, "
             f"fast_interval: 100ms, timeout: 400ms, fall: 2, rise: 2}}}}",
             "policies:"]
    for continent, reserves in RESERVES.items():
        for number in range(SITES):
            first, second = (
                f"{{weight: {weight}, policy: failover, targets: [{{address: {site(continent, i)}, "
                f"health_check: port}}, {reserves[generation]}]}}"
                for i, weight in ((number, 70), ((number + 1) % SITES, 30)))
            lines.append(f"  {continent.lower()}{number}: "
                         f"{{policy: weighted, targets: [{first}, {second}]}}")
    lines += ["zones:", "  example.com:", "    ns: [ns.example.net.]", "    records:"]
    for name in range(NAMES):
        number = name % SITES
        lines.append(f"      w{name}: {{policy: geolocation, targets: [{{geos: [EU], use: eu{number}}}, "
                     f"{{geos: [NA], use: na{number}}}], default: {{use: as{number}}}}}")
        # The same for everybody: PowerDNS caches these, and is told when they change.
        lines.append(f"      f{name}: {{policy: failover, targets: [{{address: {site('EU', number)}, "
                     f"health_check: port}}, {RESERVES['EU'][generation]}]}}")
    return "\n".join(lines) + "\n"


class Client:
    """soak_client, and what it is told."""

    def __init__(self, port, rate):
        self.process = subprocess.Popen([CLIENT, str(port), str(rate)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        lines = [f"site {place} {number} {site(continent, number)}"
                 for place, continent in enumerate(CONTINENTS) for number in range(SITES)]
        lines += [f"reserve {place} {generation} {address}"
                  for place, addresses in enumerate(RESERVES.values())
                  for generation, address in enumerate(addresses)]
        self.tell(*lines, "go")

    def tell(self, *lines):
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()

    def changes(self, what, begun, fresh, cached):
        """`what`, "up 3 0" for instance, is about to happen: see soak_client.cpp."""
        self.tell(f"{what} {begun:.6f} {fresh:.6f} {cached:.6f}")

    def end(self):
        """The first faults, a line each, and what was counted."""
        *faults, account = self.process.communicate(timeout=30)[0].splitlines()
        return faults, json.loads(account)


class Soak:
    """One fairlead, one PowerDNS after the other, and the ports of all sites."""

    def __init__(self, directory):
        self.directory = directory
        self.config = directory / "fairlead.yaml"
        self.port = free_port(loopback(200))
        self.listeners = [self._listeners(i) for i in range(SITES)]
        self.generation = self.flips = self.reloads = self.restarts = 0
        self.memory = []  # when, MB
        self.descriptors = []
        self._write_config()
        self.fairlead = Fairlead(directory, self.config).wait_ready()
        self.dns_port = free_port("127.0.0.1")
        self.pdns = self._start_pdns()

    def fill_history(self):
        """Has everything go and come until fairlead has as many events as it keeps in memory."""
        def events(kind=b""):
            with open(self.directory / "events.jsonl", "rb") as file:
                return sum(1 for line in file if kind in line)
        up, seen = True, 0
        while events() < EVENTS or not up:
            up, seen = not up, seen + SITES * len(CONTINENTS)
            for number in range(SITES):
                self._switch(number)
            wait_for(lambda seen=seen: events(b'"kind":"health') >= seen, "each switch is seen")
        threading.Event().wait(CACHED_S)

    def capacity(self):
        """Answers a second when all is quiet, as many as are asked for, each judged."""
        client = Client(self.dns_port, 0)
        threading.Event().wait(CAPACITY_S)
        faults, account = client.end()
        assert not faults, faults
        return account["a_second"]

    def run(self, minutes, rate):
        self.client = Client(self.dns_port, rate)
        begun = time.monotonic()
        end = begun + minutes * 60
        next_reload, next_restart = begun + RELOAD_S / 2, begun + min(RESTART_S, minutes * 30)
        while (now := time.monotonic()) < end:
            self._flip(self.flips % SITES)
            if now >= next_reload:
                self._reload()
                next_reload += RELOAD_S
            if now >= next_restart:
                self._restart_pdns()
                next_restart += RESTART_S
            self._note_memory(now - begun)
            threading.Event().wait(max(0.0, now + FLIP_S - time.monotonic()))
        faults, account = self.client.end()
        self.fairlead.stop()
        self.pdns.stop()
        return faults, account

    def _listeners(self, number):
        return [TcpListener(site(continent, number), self.port) for continent in CONTINENTS]

    def _flip(self, number):
        now, up = time.monotonic(), int(not self.listeners[number])
        self.client.changes(f"up {number} {up}", now, now + FRESH_S, now + CACHED_S)
        self._switch(number)
        self.flips += 1

    def _switch(self, number):
        """A site of all continents goes, or comes."""
        if not self.listeners[number]:
            self.listeners[number] = self._listeners(number)
        else:
            for listener in self.listeners[number]:
                listener.stop()
            self.listeners[number] = []

    def _write_config(self):
        fresh = self.directory / "fairlead.new"
        fresh.write_text(configuration(self.generation, self.directory, self.port))
        os.rename(fresh, self.config)

    def _reload(self):
        self.generation = 1 - self.generation
        what, begun = f"generation {self.generation}", time.monotonic()
        # Until it has happened the new one is possible, and so is the old one.
        self.client.changes(what, begun, NEVER, NEVER)
        before = self.fairlead.log().count("reloaded: ")
        self._write_config()
        self.fairlead.send(1)
        self.fairlead.wait_until(lambda: self.fairlead.log().count("reloaded: ") > before, "reloads")
        now = time.monotonic()
        self.client.changes(what, begun, now + FRESH_S, now + CACHED_S)
        self.reloads += 1

    def _start_pdns(self):
        """Always on the same port, where soak_client asks."""
        pdns = PowerDns(self.directory, "127.0.0.1", self.directory / "pdns.sock",
                        f"--local-port={self.dns_port}")
        pdns.port = self.dns_port
        return pdns.wait_ready()

    def _restart_pdns(self):
        now = time.monotonic()
        self.client.changes("restarting 1", now, now, now)
        self.pdns.stop()
        self.pdns = self._start_pdns()
        now = time.monotonic()
        self.client.changes("restarting 0", now, now + RESTARTED_S, now + RESTARTED_S)
        self.restarts += 1

    def _note_memory(self, when):
        process = pathlib.Path(f"/proc/{self.fairlead.pid}")
        self.memory.append((when, int((process / "statm").read_text().split()[1]) * PAGE_MB))
        self.descriptors.append(len(list((process / "fd").iterdir())))

    def warm_memory(self):
        """Medians of ten parts of the time after the warm-up, in MB; none of a run too short."""
        warm = max(WARM_S, self.memory[-1][0] / 4)
        samples = [megabytes for when, megabytes in self.memory if when >= warm]
        size = len(samples) // 10
        return [statistics.median(samples[i * size:(i + 1) * size]) for i in range(10)] if size else []


def deviations(first, second):
    """By how many standard deviations the share of the first is off 70 %."""
    draws = first + second
    return (first - 0.7 * draws) / math.sqrt(0.7 * 0.3 * draws) if draws else math.inf


class SoakTest(unittest.TestCase):
    minutes, rate = 0.5, "1000"

    def test_every_answer_is_right_while_everything_changes(self):
        SteeringTest.directory = pathlib.Path(tempfile.mkdtemp(prefix="soak-"))
        self.addCleanup(shutil.rmtree, SteeringTest.directory)
        SteeringTest.build_mmdb("network,continent.code\n" + "".join(
            f"{network},{continent}\n" for continent, network in CONTINENTS.items()), "world.mmdb")
        soak = Soak(SteeringTest.directory)
        if self.minutes >= 2:
            soak.fill_history()
        rate = float(self.rate.rstrip("%"))
        if self.rate.endswith("%"):
            capacity = soak.capacity()
            rate *= capacity / 100
            print(f"this machine can {capacity:.0f} answers/s; asking for {rate:.0f}/s")
        faults, account = soak.run(self.minutes, rate)
        self.report(soak, faults, account)
        self.judge(soak, rate, faults, account)

    def report(self, soak, faults, account):
        judged = account["judged"]
        print(f"{judged} answers judged, {account['a_second']:.0f}/s, {account['faults']} faults; "
              f"{account['certain'] / judged:.0%} of them could be right in one state only; "
              f"{account['excused']} lost while PowerDNS was restarted ({soak.restarts} times); "
              f"{soak.flips} switches, {soak.reloads} reloads; "
              f"median {account['median_ms']} ms, p99 {account['p99_ms']} ms")
        print(f"weights are off by {deviations(account['first'], account['second']):+.1f} standard "
              f"deviations of {account['first'] + account['second']} draws")
        print("memory: " + " ".join(f"{megabytes:.1f}" for megabytes in soak.warm_memory() or
                                    (soak.memory[0][1], soak.memory[-1][1])) + " MB")
        for fault in faults:
            print(" ", fault)

    def judge(self, soak, rate, faults, account):
        self.assertEqual((account["faults"], faults), (0, []))
        # All but what a restart of PowerDNS takes, which in a short run is much.
        self.assertGreater(account["judged"], (0.6 if SANITIZERS else 0.8) * rate * self.minutes * 60)
        self.assertGreater(account["certain"], 0.4 * account["judged"])
        self.assertLess(abs(deviations(account["first"], account["second"])), 5)
        # As often as is meant, but for the time that restarts and reloads take, which in a short run is much.
        kept = 0.9 if self.minutes >= 2 else 0.5
        for count, every in ((soak.flips, FLIP_S), (soak.reloads, RELOAD_S), (soak.restarts, RESTART_S)):
            self.assertGreaterEqual(count, max(1, kept * (self.minutes * 60 / every - 1)))
        # Probes under way come and go; of what leaks, there is more after each reload or restart.
        self.assertLess(statistics.median(soak.descriptors[-10:]),
                        max(soak.descriptors[:10]) + SITES)
        if memory := soak.warm_memory():
            self.assertLess(max(memory) / min(memory), 1.05, memory)
        elif self.minutes >= 2:
            self.fail("no memory was measured")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=SoakTest.minutes)
    parser.add_argument("--rate", default=SoakTest.rate, metavar="N|N%",
                        help="questions a second, or a share of what this machine can answer")
    arguments, rest = parser.parse_known_args()
    SoakTest.minutes, SoakTest.rate = arguments.minutes, arguments.rate
    sys.argv[1:] = rest
    harness.main()
