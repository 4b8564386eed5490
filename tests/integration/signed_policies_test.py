# SPDX-License-Identifier: Apache-2.0
"""Every way to choose, in zones signed with NSEC3 (narrow) and with NSEC: while health flips, delv
validates answer after answer, for clients of several places, and none is ever taken for forged.

Clients are where delv sends from, because delv sends no client subnet.
"""

import collections
import re
import threading

import harness
from harness import (NEEDED, Dnsmasq, SteeringTest, TcpListener, Validator, free_port, loopback,
                     main, wait_for)

harness.NEEDED = (*NEEDED, "dnsmasq", "delv")

SITES = (1, 2, 3)
FLAPPING = 4
PORT = free_port(loopback(1))
RESOLVER = loopback(9)
DNS = free_port(RESOLVER)
DE, FR, US, ELSEWHERE = (loopback(number) for number in (101, 102, 103, 104))
VALID, DENIED, UNSIGNED = Validator.VALID, Validator.DENIED, Validator.UNSIGNED
FOLLOWED = "fully validated"  # an answer, or the proof that there is none

PLACES = f"""\
    network,continent.code,country.iso_code,location.latitude,location.longitude
    {DE}/32,EU,DE,50.11,8.68
    {FR}/32,EU,FR,48.86,2.35
    {US}/32,NA,US,38.95,-77.45
    """
LATENCIES = f"""\
network,region,ms
{DE}/32,eu,10
{DE}/32,us,90
{US}/32,eu,90
{US}/32,us,10
"""


def pool(number):
    """One endpoint of both families, whose health is that of a port of this machine."""
    return (f"site{number}: {{health_check: port, endpoints: [{{name: s{number}, "
            f"address: [192.0.2.{number}, '2001:db8::{number}'], check_target: {loopback(number)}}}]}}")


def zone(name):
    return f"""\
          {name}:
            dnssec: true
            ns: [ns1.{name}., ns2.example.org.]
            soa: {{minimum: 5}}
            records:
              ns1: {{A: [192.0.2.53]}}
              '@':
                policy: failover
                health_check: port
                MX: ["10 mail.{name}."]
                targets: [{{alias: lb.example.net}}, {{pool: site3}}]
              mail: {{A: [192.0.2.25]}}
              simple: {{policy: simple, targets: [{{pool: site1}}, {{pool: site2}}]}}
              failover: {{policy: failover, targets: [{{pool: site1}}, {{pool: site2}}, {{pool: site3}}]}}
              weighted:
                policy: weighted
                TXT: ['"beside steered addresses"']
                targets: [{{pool: site1, weight: 50}}, {{pool: site2, weight: 50}}, {{pool: site3, weight: 0}}]
              affinity:
                policy: weighted
                affinity: {{by: client, v4: 32}}
                targets: [{{pool: site1, weight: 50}}, {{pool: site2, weight: 50}}]
              multivalue: {{policy: multivalue, targets: [{", ".join(f"{{pool: site{i}}}" for i in (*SITES, FLAPPING))}]}}
              geolocation:
                policy: geolocation
                targets: [{{geos: [EU-DE], pool: site1}}, {{geos: [EU], pool: site2}}]
                default: {{pool: site3}}
              geoproximity:
                policy: geoproximity
                targets:
                  - {{location: {{lat: 50.11, lon: 8.68}}, pool: site1}}
                  - {{location: {{lat: 38.95, lon: -77.45}}, pool: site2}}
                default: {{pool: site3}}
              latency:
                policy: latency
                targets: [{{region: eu, pool: site1}}, {{region: us, pool: site2}}]
                default: {{pool: site3}}
              subnet:
                policy: subnet
                targets: [{{subnets: [{DE}/32], pool: site1}}, {{subnets: [{US}/32], pool: site2}}]
                default: {{pool: site3}}
              quorum:
                policy: multivalue
                min_healthy: 2
                on_all_unhealthy: {{use: last}}
                targets: [{{pool: site1}}, {{pool: site2}}]
              flapping: {{policy: failover, targets: [{{pool: site{FLAPPING}}}, {{pool: site1}}]}}
              sorry: {{policy: failover, targets: [{{pool: site1}}, {{pool: site2}}, {{cname: elsewhere.{name}.}}]}}
              sorry4: {{policy: failover, targets: [{{pool: only4}}, {{cname: elsewhere.{name}.}}]}}
              elsewhere: {{policy: simple, targets: [{{pool: site3}}]}}
              placed:
                policy: geolocation
                targets: [{{geos: [EU-DE], pool: site1}}]
                default: {{cname: elsewhere.{name}.}}
              drawn: {{policy: weighted, targets: [{{pool: site1}}, {{cname: elsewhere.{name}.}}]}}
              moved: {{policy: simple, targets: [{{cname: elsewhere.{name}.}}]}}
              '*.lost': {{policy: failover, targets: [{{pool: site2}}, {{cname: elsewhere.{name}.}}]}}
              only4: {{policy: failover, health_check: port, targets: [{loopback(1)}, {loopback(2)}]}}
              '*.wild': {{policy: failover, targets: [{{pool: site1}}, {{pool: site2}}]}}
              alias: {{CNAME: [failover.{name}.]}}
              to-wild: {{CNAME: [any.wild.{name}.]}}
              far: {{CNAME: [failover.secure.{name}.]}}
              a.deep.empty: {{policy: failover, targets: [{{pool: site1}}, {{pool: site2}}]}}
              typed: {{TYPE65400: ['\\# 4 c0000201']}}
              MiXeD: {{TXT: [case]}}
              '\\200\\046x': {{policy: failover, TXT: ['"eight bits and a dot"'], targets: [{{pool: site1}}, {{pool: site2}}]}}
              plain: {{NS: [ns.plain.{name}.]}}
              ns.plain: {{A: [192.0.2.7], AAAA: ["2001:db8::53"]}}
              secure: {{NS: [ns.secure.{name}.]@DS@}}
              ns.secure: {{A: [192.0.2.8]}}
          plain.{name}:
            ns: [ns.plain.{name}.]
            records:
              ns: {{A: [192.0.2.7], AAAA: ["2001:db8::53"]}}
              failover: {{policy: failover, targets: [{{pool: site1}}, {{pool: site2}}]}}
          secure.{name}:
            dnssec: true
            ns: [ns.secure.{name}.]
            records:
              ns: {{A: [192.0.2.8]}}
              failover: {{policy: failover, targets: [{{pool: site1}}, {{pool: site2}}]}}
"""


# What a name answers at last, with clients of each place, when everything has been down once.
STEERED = {
    "simple": {DE: {1, 2}},
    "failover": {DE: {1, 2, 3}},
    "weighted": {DE: {1, 2, 3}},
    "affinity": {DE: {1, 2}, US: {1, 2}},
    "multivalue": {DE: {1, 2, 3, 4}},
    "geolocation": {DE: {1, 2, 3}, FR: {2, 3}, US: {3}, ELSEWHERE: {3}},
    "geoproximity": {DE: {1, 2, 3}, US: {1, 2, 3}, ELSEWHERE: {3}},
    "latency": {DE: {1, 2, 3}, US: {1, 2, 3}, ELSEWHERE: {3}},
    "subnet": {DE: {1, 3}, US: {2, 3}, ELSEWHERE: {3}},
    "quorum": {DE: {1, 2, 9}},
    "flapping": {DE: {1, 4}},
    "any.wild": {DE: {1, 2}},
    "a.b.wild": {DE: {1, 2}},
    "alias": {DE: {1, 2, 3}},
    "sorry": {DE: {1, 2, 3}},
    "moved": {DE: {3}},
    "placed": {DE: {1, 3}, US: {3}},
    "any.lost": {DE: {2, 3}},
    "to-wild": {DE: {1, 2}},
    "far": {DE: {1, 2}},
    "failover.secure": {DE: {1, 2}},
    "a.deep.empty": {DE: {1, 2}},
    "\\200\\.x": {DE: {1, 2}},
}
# Which sites are up, one moment after the other: each of the three takes over from others.
MOMENTS = ((1, 2, 3), (2, 3), (3,), (), (1, 3))
NXDOMAIN = "ncache nxdomain"
NO_NAMES = ("nosuch", "a.nosuch", "x.deep.empty", "!", "zzz", "x.failover", "x.mail")
NO_DATA = (("failover", "MX"), ("weighted", "MX"), ("deep.empty", "A"), ("empty", "TXT"),
           ("wild", "A"), ("any.wild", "MX"), ("mail", "AAAA"), ("only4", "AAAA"),
           ("plain", "DS"), ("typed", "A"), ("", "CAA"))
# These fail over to a CNAME, and are asked for what they do not have otherwise: the type's absence is proved, or the
# CNAME is followed.
CNAME_TARGET = (("sorry", "MX"), ("sorry4", "A"), ("sorry4", "AAAA"), ("sorry4", "TXT"), ("sorry", "CNAME"), ("any.lost", "TXT"),
                ("moved", "TXT"), ("placed", "MX"), ("drawn", "MX"), ("drawn", "TXT"))


def questions(zone_name):
    """Name, type, where from, what delv says of it: all that there is, in a fixed order."""
    def at(label):
        return f"{label}.{zone_name}." if label else f"{zone_name}."
    for number, (label, places) in enumerate(STEERED.items()):
        for place in places:
            yield at(label), "A", place, VALID
            yield at(label), "AAAA", place, VALID
        yield at("flapping"), ("A", "AAAA")[number % 2], DE, VALID  # at many moments
    for kind in ("A", "AAAA", "MX", "SOA", "NS", "DNSKEY"):
        yield at(""), kind, DE, VALID
    for label, kind in (("mail", "A"), ("only4", "A"), ("drawn", "A"), ("drawn", "AAAA"), ("weighted", "TXT"), ("MIXED", "TXT"),
                        ("\\200\\.x", "TXT"), ("typed", "TYPE65400"), ("secure", "DS")):
        yield at(label), kind, DE, VALID
    for label, kind in NO_DATA:
        yield at(label), kind, DE, DENIED
    for label, kind in CNAME_TARGET:
        yield at(label), kind, DE, FOLLOWED
    for label in NO_NAMES:
        yield at(label), "A", DE, NXDOMAIN
    for kind in ("A", "AAAA"):
        yield at("failover.plain"), kind, DE, UNSIGNED


class Inspector(threading.Thread):
    """Asks all questions of a zone again and again."""

    def __init__(self, validator, zone_name):
        super().__init__(daemon=True)
        self.validator, self.questions = validator, list(questions(zone_name))
        self.asked = 0
        self.faults = []
        self.seen = collections.defaultdict(set)  # name, type, place -> addresses
        self.cnames = set()  # names that were one
        self.over = False

    def run(self):
        while not self.over:
            for name, kind, place, expected in self.questions:
                if self.over:
                    return
                said = self.validator.ask(name, kind, "-b", place)
                self.asked += 1
                if expected not in said or (expected == NXDOMAIN and DENIED not in said):
                    self.faults.append(f"{name} {kind} from {place}:\n{said}")
                self.seen[name, kind, place].update(
                    re.findall(rf"IN\s+{kind}\s+([0-9a-f.:]+)$", said, re.M))
                if re.search(rf"^{re.escape(name)}\s+\d+\s+IN\s+CNAME\s", said, re.M):
                    self.cnames.add(name)


class Flapping(threading.Thread):
    """A port that is there, and is not, and is."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            listener = TcpListener(loopback(FLAPPING), PORT)
            self.over.wait(0.7)
            listener.stop()
            self.over.wait(0.7)

    def stop(self):
        self.over.set()
        self.join()


class SignedPolicies(SteeringTest):
    zones = ("narrow.example", "nsec.example")
    pdns_options = ("--8bit-dns=yes",)
    ds = {name: "" for name in zones}

    @classmethod
    def prepare(cls):
        cls.places = cls.build_mmdb(PLACES)
        (cls.directory / "latency.csv").write_text(LATENCIES)
        cls.resolver = cls.start(Dnsmasq(cls.directory, RESOLVER, DNS))
        cls.resolver.set(lb=[loopback(1), loopback(2), "2001:db8::71"])
        cls.listeners = {number: TcpListener(loopback(number), PORT) for number in SITES}
        cls.addClassCleanup(lambda: cls.have(()))

    @classmethod
    def have(cls, sites):
        """Exactly these sites are up."""
        for number in SITES:
            if number not in sites and number in cls.listeners:
                cls.listeners.pop(number).stop()
            if number in sites and number not in cls.listeners:
                cls.listeners[number] = TcpListener(loopback(number), PORT)

    @classmethod
    def make_config(cls):
        lines = "\n".join(f"          {pool(number)}" for number in (*SITES, FLAPPING))
        return f"""\
        geoip: {{databases: [{cls.places}]}}
        latency: {{table: latency.csv}}
        resolver: {{servers: ["{RESOLVER}:{DNS}"]}}
        health_checks:
          port: {{type: tcp, port: {PORT}, interval: 200ms, fast_interval: 100ms, timeout: 200ms, fall: 1, rise: 1}}
        pools:
{lines}
          only4: {{health_check: port, endpoints: [{{name: v4, address: 192.0.2.1, check_target: {loopback(1)}}}]}}
        policies:
          last: {{policy: simple, targets: [{{address: [192.0.2.9, "2001:db8::9"]}}]}}
        zones:
""" + "".join(zone(name).replace("@DS@", cls.ds[name]) for name in cls.zones)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in cls.zones:
            for signed in (name, f"secure.{name}"):
                cls.pdns.util("secure-zone", signed)
        for signed in ("nsec.example", "secure.nsec.example"):
            cls.pdns.util("unset-nsec3", signed)
        # The DS of the zone below goes where an operator puts it.
        for name in cls.zones:
            shown = cls.pdns.util("export-zone-ds", f"secure.{name}")
            digest = next(line for line in shown.splitlines() if " 13 2 " in line)
            data = re.search(r"IN DS (\d+ 13 2 [0-9a-f]+)", digest)[1]
            cls.ds[name] = f', DS: ["{data}"]'
        cls.write_config(cls.make_config())
        cls.fairlead.send(1)
        cls.fairlead.wait_until(lambda: "reloaded: " in cls.fairlead.log(), "reloads")
        cls.pdns.control("purge")

    def test_no_answer_is_ever_taken_for_forged_whatever_health_does_meanwhile(self):
        inspectors = [Inspector(Validator(self.directory, self.pdns, name), name)
                      for name in self.zones]
        flapping = Flapping()
        self.addCleanup(flapping.stop)
        for inspector in inspectors:
            inspector.start()
        for sites in MOMENTS:
            self.have(sites)
            expected = f"192.0.2.{sites[0] if sites else 1}"
            wait_for(lambda: self.pdns.a("failover.nsec.example") == [expected],
                     lambda: f"{sites} are up: {self.pdns.a('failover.nsec.example')}")
            self.resolver.set(lb=[loopback(1 + len(sites) % 2), "2001:db8::71"])
            # Each question, and one more: that which is on its way now may have been answered before.
            enough = [inspector.asked + len(inspector.questions) + 1 for inspector in inspectors]
            wait_for(lambda: all(inspector.asked >= count or inspector.faults
                                 for inspector, count in zip(inspectors, enough)),
                     lambda: f"{sites} are up: {[inspector.asked for inspector in inspectors]} of {enough} "
                             "are asked", 120)
        for inspector in inspectors:
            inspector.over = True
            inspector.join()
            self.assertEqual(inspector.faults[:3], [])
        for name, inspector in zip(self.zones, inspectors):
            print(f"{name}: {inspector.asked} answers validated")
            self.check_that_all_was_seen(name, inspector.seen)
            for label in ("sorry", "sorry4", "moved", "any.lost", "placed", "drawn"):
                self.assertIn(f"{label}.{name}.", inspector.cnames)

    def check_that_all_was_seen(self, zone_name, seen):
        """A test in which nothing moved would prove nothing."""
        for label, places in STEERED.items():
            for place, numbers in places.items():
                with self.subTest(zone=zone_name, name=label, place=place):
                    name = f"{label}.{zone_name}."
                    self.assertEqual(seen[name, "A", place], {f"192.0.2.{i}" for i in numbers})
                    self.assertEqual(seen[name, "AAAA", place], {f"2001:db8::{i}" for i in numbers})
        self.assertEqual(seen[f"{zone_name}.", "A", DE], {loopback(1), loopback(2), "192.0.2.3"})


class CachedSignedPolicies(SignedPolicies):
    """The same while PowerDNS caches what depends on health alone, and is purged."""

    @classmethod
    def server_keys(cls):
        return cls.tells_pdns()

    def setUp(self):
        self.fairlead.wait_until(lambda: "what depends on health alone is cacheable" in self.fairlead.log(), "caches")
        self.hits = int(self.pdns.control("show", "packetcache-hit"))

    def tearDown(self):
        self.assertGreater(int(self.pdns.control("show", "packetcache-hit")), self.hits + 100)


if __name__ == "__main__":
    main()
