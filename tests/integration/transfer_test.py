# SPDX-License-Identifier: Apache-2.0
"""Large zones handed to a real secondary (NSD), by TSIG: unsigned, and signed with NSEC."""

import json
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time

from harness import (SANITIZERS, SKIPPED, Process, PowerDns, Record, Reply, SteeringTest, Validator,
                     free_port, loopback, main, wait_for)

RECORDS = 2000 if SANITIZERS else 20000
# PowerDNS parses a large reply anew with every 1500 bytes: see docs/powerdns.md.
TIMEOUT_MS = 300000
PATIENCE_S = 250


class Nsd(Process):
    """A secondary of `zones`, which asks `primary` and believes nobody without the key."""

    def __init__(self, directory, address, port, primary, secret, zones):
        self.address, self.port = address, port
        self.home = directory / "nsd"
        self.home.mkdir()
        lines = [textwrap.dedent(f"""\
            server:
              ip-address: {address}@{self.port}
              username: ""
              chroot: ""
              zonesdir: "{self.home}"
              database: ""
              pidfile: "{self.home}/nsd.pid"
              xfrdfile: "{self.home}/xfrd.state"
              zonelistfile: "{self.home}/zone.list"
              xfrdir: "{self.home}"
              server-count: 1
              verbosity: 2
            remote-control:
              control-enable: no
            key:
              name: "transfer"
              algorithm: hmac-sha256
              secret: "{secret}"
            """)]
        for zone in zones:
            lines.append(textwrap.dedent(f"""\
                zone:
                  name: "{zone}"
                  zonefile: "{zone}.zone"
                  request-xfr: {primary.address}@{primary.port} transfer
                  allow-notify: 127.0.0.0/8 transfer
                  provide-xfr: 127.0.0.0/8 NOKEY
                """))
        (self.home / "nsd.conf").write_text("".join(lines))
        super().__init__(directory, "nsd", ["nsd", "-d", "-c", self.home / "nsd.conf"])

    def dig(self, *arguments):
        run = subprocess.run(["dig", "-r", f"@{self.address}", "-p", str(self.port), "+tries=1",
                              "+timeout=3", *arguments],
                             capture_output=True, text=True, check=False)
        return Reply.parse(run.stdout)

    def contents(self, zone):
        """All that it has of a zone."""
        run = subprocess.run(["dig", "-r", f"@{self.address}", "-p", str(self.port), zone, "AXFR"],
                             capture_output=True, text=True, check=False)
        return [record for record in map(Record.parse, run.stdout.splitlines()) if record]

    def serial(self, zone):
        soa = self.dig(zone, "SOA").data("SOA")
        return int(soa[0].split()[2]) if soa else 0


class Transfer(SteeringTest):
    zones = ("plain.example", "signed.example")

    @classmethod
    def prepare(cls):
        cls.nsd_address = loopback(3)
        hosts = "".join(f"h{i} 300 IN A 192.0.2.{i % 250}\n" for i in range(RECORDS))
        for zone in cls.zones:
            (cls.directory / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n{hosts}")

    @classmethod
    def make_config(cls, generation=1):
        """plain.example is told of changes, signed.example is asked for them."""
        text = "zones:\n"
        for zone, refresh in zip(cls.zones, ("1h", "5s")):
            text += textwrap.indent(textwrap.dedent(f"""\
                 {zone}:
                   dnssec: {"true" if zone.startswith("signed") else "false"}
                   ns: [ns.example.net.]
                   soa: {{refresh: {refresh}, retry: 1s}}
                   file: {zone}.zone
                   records:
                     www: {{policy: weighted, targets: [192.0.2.1, 192.0.2.2]}}
                     twice:
                       policy: failover
                       targets:
                         - {{policy: simple, targets: [192.0.2.1, 192.0.2.2]}}
                         - {{policy: simple, targets: [192.0.2.2, 192.0.2.3]}}
                     generation: {{TXT: ["{generation}"]}}
                     typed: {{TYPE65400: ['\\# 4 c0000201']}}
                """), " ")
        return text

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        port = free_port(cls.nsd_address)
        cls.primary = cls.start(PowerDns(
            cls.directory, loopback(4), cls.socket, "--allow-axfr-ips=192.0.2.1/32",
            "--primary=yes", "--xfr-cycle-interval=1", f"--also-notify={cls.nsd_address}:{port}",
            timeout_ms=TIMEOUT_MS, name="primary")).wait_ready()
        cls.primary.util("secure-zone", "signed.example")
        cls.primary.util("unset-nsec3", "signed.example")
        cls.primary.control("purge")
        cls.primary.util("generate-tsig-key", "transfer", "hmac-sha256")
        for zone in cls.zones:
            cls.primary.util("activate-tsig-key", zone, "transfer", "primary")
        cls.secret = re.search(r"transfer\. hmac-sha256\. (\S+)",
                               cls.primary.util("list-tsig-keys"))[1]
        cls.nsd = cls.start(Nsd(cls.directory, cls.nsd_address, port, cls.primary, cls.secret,
                                cls.zones))

    def wait_for_generation(self, zone, generation):
        wait_for(lambda: self.nsd.dig(f"generation.{zone}", "TXT").data("TXT") == [
            f'"{generation}"'], lambda: f"{zone} is at {generation}\n{self.nsd.log()[-1500:]}",
            PATIENCE_S)

    def test_a_secondary_has_the_zones_and_their_changes(self):
        for zone in self.zones:
            with self.subTest(zone=zone, step="first transfer"):
                self.wait_for_generation(zone, 1)
                self.check_contents(zone)
                self.assertEqual(self.nsd.dig(f"nosuch.{zone}", "A").status, "NXDOMAIN")
        self.check_signatures()
        self.check_serials()

        before = {zone: self.nsd.serial(zone) for zone in self.zones}
        self.write_config(self.make_config(generation=2))
        self.fairlead.send(signal.SIGHUP)
        for zone in self.zones:
            with self.subTest(zone=zone, step="change"):
                self.wait_for_generation(zone, 2)
                self.assertGreater(self.nsd.serial(zone), before[zone])

    def check_contents(self, zone):
        """Each record is there once, and each name of the signed zone is signed and in the chain."""
        records = self.nsd.contents(zone)
        hosts = [(f"h{i}.{zone}.", f"192.0.2.{i % 250}") for i in range(RECORDS)]
        steered = [(f"{name}.{zone}.", f"192.0.2.{i}") for name, last in (("www", 2), ("twice", 3))
                   for i in range(1, last + 1)]
        self.assertEqual(sorted((record.name, record.data) for record in records
                                if record.type == "A"), sorted(hosts + steered))
        self.assertEqual([record.data for record in records if record.type == "TYPE65400"], ["\\# 4 C0000201"])
        signed = {record.name for record in records
                  if record.type == "RRSIG" and record.data.startswith("A ")}
        chain = {record.name: record.data.split()[0] for record in records if record.type == "NSEC"}
        if zone == "plain.example":
            self.assertEqual((signed, chain), (set(), {}))
            return
        self.assertEqual(signed, {name for name, _ in hosts + steered})
        self.assertEqual(set(chain), signed | {f"{label}{zone}." for label in ("", "generation.", "typed.")})
        self.assertEqual(set(chain.values()), set(chain))

    def check_signatures(self):
        """What the secondary has validates, and so does what it denies."""
        validator = Validator(self.directory, self.nsd, "signed.example")
        for name, kind, expected in (("h7", "A", validator.VALID), ("www", "A", validator.VALID),
                                     ("www", "AAAA", validator.DENIED),
                                     ("nosuch", "A", validator.DENIED)):
            self.assertIn(expected, validator.ask(f"{name}.signed.example", kind), f"{name} {kind}")

    def check_serials(self):
        """That of the signed zone grows each week, as its signatures do: seen once PowerDNS knows of its keys."""
        kept = json.loads((self.directory / "serials.json").read_text())["zones"]
        grown_by = lambda zone: self.nsd.serial(zone) - kept[f"{zone}."]["serial"]
        wait_for(lambda: grown_by("signed.example") == int(time.time()) // (7 * 86400), "the serial has the week",
                 PATIENCE_S)
        self.assertEqual(grown_by("plain.example"), 0)

    def transfer(self, zone, *key):
        run = subprocess.run(
            [*self.primary.dig_arguments(zone, "AXFR"), f"+timeout={PATIENCE_S}", *key],
            capture_output=True, text=True, check=False)
        return run.stdout

    def test_nobody_gets_a_zone_without_the_key(self):
        for zone in self.zones:
            for key in ((), ("-y", "hmac-sha256:transfer:d3Jvbmc="),
                        ("-y", f"hmac-sha256:other:{self.secret}")):
                with self.subTest(zone=zone, key=key):
                    said = self.transfer(zone, *key)
                    self.assertIn("Transfer failed", said)
                    self.assertNotIn("192.0.2.", said)
        said = self.transfer("plain.example", "-y", f"hmac-sha256:transfer:{self.secret}")
        self.assertEqual(len(re.findall(r"\sIN\s+A\s", said)), RECORDS + 5)


if __name__ == "__main__":
    if not shutil.which("nsd") and not shutil.which("nsd", path="/usr/sbin:/sbin"):
        print("skipped, not installed: nsd")
        sys.exit(SKIPPED)
    main()
