# SPDX-License-Identifier: Apache-2.0
"""`fairlead doctor` at real PowerDNS servers: each setting that steering suffers from is one finding."""

import json
import re
import subprocess

from harness import FAIRLEAD, PDNS_CONF, Listener, PowerDns, SteeringTest, loopback, main

# What a server is started with; what is found of it, and what is to be written instead.
FINDINGS = {
    "order": (["--launch=remote,bind", "--bind-config=/dev/null"], "launch=remote,bind",
              "# name remote last in launch"),
    "twice": (["--consistent-backends=yes"], "consistent-backends=yes", "consistent-backends=no"),
    "no-subnet": (["--edns-subnet-processing=no"], "edns-subnet-processing=no",
                  "edns-subnet-processing=yes"),
    "no-keys": (["--remote-dnssec=no"], "remote-dnssec=no", "remote-dnssec=yes"),
    "primary": (["--primary=yes"], "primary=yes", "primary=no"),
    "secondary": (["--secondary=yes"], "secondary=yes", "secondary=no"),
    "queue": (["--queue-limit=900"], "queue-limit=900", "queue-limit=1500"),
    "no-overload": (["--overload-queue-length=0"], "overload-queue-length=0",
                    "overload-queue-length=2500"),
    "no-zone-cache": (["--zone-cache-refresh-interval=0"], "zone-cache-refresh-interval=0",
                      "zone-cache-refresh-interval=60"),
    "one-thread": (["--distributor-threads=1"], "distributor-threads=1", "distributor-threads=16"),
    "few-threads": (["--distributor-threads=3"], "distributor-threads=3", "distributor-threads=16"),
    "negative": (["--negquery-cache-ttl=60"], "negquery-cache-ttl=60", "negquery-cache-ttl=10"),
}
# Where fairlead cannot purge PowerDNS's caches.
UNTOLD = {
    "packets": (["--cache-ttl=3600"], "cache-ttl=3600", "cache-ttl=20"),
    "lookups": (["--query-cache-ttl=3600"], "query-cache-ttl=3600", "query-cache-ttl=20"),
    "zones": (["--zone-cache-refresh-interval=300"], "zone-cache-refresh-interval=300",
              "zone-cache-refresh-interval=60"),
}
# Where it can.
LONG = ("remote-connection-string with timeout=60000",
        "remote-connection-string=unix:path=...,timeout=1000")


class OldVersion(Listener):
    """A control socket that is another's, but for the version."""

    def __init__(self, path, behind, version):
        self.behind, self.version = behind, version
        super().__init__(path)

    def serve(self, peer):
        with peer:
            command = peer.makefile().readline().strip().lower()
            said = (self.version if command == "version"
                    else PowerDns.control_with(self.behind, command))
            peer.sendall(said.encode())


class Doctor(SteeringTest):
    """The configuration needs what can be needed: clients' networks, signatures."""

    config = """\
        zones:
          example.com:
            dnssec: true
            ns: [ns1.example.net.]
            records:
              www: {policy: subnet, targets: [{subnets: [192.0.2.0/24], address: 192.0.2.1}], default: 192.0.2.2}
        """

    @classmethod
    def prepare(cls):
        told = cls.directory / "told.yaml"
        told.write_text(f"server: {{pdns_control: {cls.directory}/pdns.controlsocket}}\n"
                        + cls.config.replace("\n        ", "\n").lstrip())
        cls.told = told

    def server(self, name, options, **arguments):
        """A PowerDNS of its own, which is there."""
        pdns = self.start(PowerDns(self.directory, loopback(249), self.socket,
                                   *options, name=name, **arguments))
        pdns.wait_until(lambda: re.search("Done launching threads|operating unthreaded", pdns.log()),
                        "is there")
        return pdns

    def doctor(self, control, config=None, *arguments):
        return subprocess.run([FAIRLEAD, "doctor", "-c", config or self.config_path,
                               "--control", control, *arguments],
                              capture_output=True, text=True, check=False)

    def findings(self, control, config=None):
        run = self.doctor(control, config, "--json")
        self.assertEqual(run.stderr, "")
        [examined] = json.loads(run.stdout)
        self.assertEqual(run.returncode, 3 if examined["findings"] else 0)
        for finding in examined["findings"]:
            self.assertGreater(len(finding["problem"]), 20)
        return [(finding["found"], finding["line"]) for finding in examined["findings"]]

    def test_each_setting_that_steering_suffers_from_is_one_finding(self):
        for name, (options, found, line) in FINDINGS.items():
            with self.subTest(options=options):
                pdns = self.server(name, options)
                self.assertEqual(self.findings(pdns.control_socket), [(found, line)])
                pdns.stop()

    def test_so_is_a_setting_that_only_newer_ones_have(self):
        if self.pdns.version() < (5, 0):
            self.skipTest("PowerDNS 5.0 has views")
        pdns = self.server("views", ["--views=yes"])
        self.assertEqual(self.findings(pdns.control_socket), [("views=yes", "views=no")])
        pdns.stop()

    def test_long_caches_are_findings_where_nobody_purges_them(self):
        for name, (options, found, line) in UNTOLD.items():
            with self.subTest(options=options):
                pdns = self.server(name, options)
                self.assertEqual(self.findings(pdns.control_socket), [(found, line)])
                self.assertEqual(self.findings(pdns.control_socket, self.told), [])
                pdns.stop()

    def test_a_long_timeout_is_a_finding_where_answers_are_purged(self):
        pdns = self.server("patient", ["--queue-limit=70000"], timeout_ms=60000)
        self.assertEqual(self.findings(pdns.control_socket, self.told), [LONG])
        self.assertEqual(self.findings(pdns.control_socket), [])
        pdns.stop()

    def test_all_of_them_at_once_are_shown_to_people_with_what_to_write(self):
        lines = {"consistent-backends", "edns-subnet-processing", "primary", "distributor-threads"}
        options = [option for each, _, _ in FINDINGS.values() for option in each
                   if option[2:].split("=")[0] in lines]
        pdns = self.server("all", options)
        run = self.doctor(pdns.control_socket)
        self.assertEqual((run.returncode, run.stderr), (3, ""))
        self.assertIn("4 findings", run.stdout)
        for name in lines:
            self.assertRegex(run.stdout, rf"write: {name}=")
        pdns.stop()

    def test_a_powerdns_with_its_own_defaults_and_another_backend_has_all_that_they_lack(self):
        pdns = self.start(PowerDns(self.directory, loopback(248), None, "--launch=bind", "--bind-config=/dev/null",
                                   name="defaults")).wait_ready()
        self.assertEqual([found for found, _ in self.findings(pdns.control_socket)],
                         ["launch=bind", "consistent-backends=yes", "edns-subnet-processing=no",
                          "remote-connection-string with timeout=2000", "overload-queue-length=0",
                          "distributor-threads=3", "negquery-cache-ttl=60",
                          "zone-cache-refresh-interval=300"])
        pdns.stop()

    def test_a_powerdns_that_is_too_old_is_a_finding(self):
        old = OldVersion(self.directory / "old.sock", self.pdns.control_socket, "4.6.4")
        self.addCleanup(old.stop)
        self.assertEqual(self.findings(self.directory / "old.sock"),
                         [("version 4.6.4", "# install PowerDNS Authoritative Server 4.7 or newer")])

    def test_what_is_to_be_written_is_what_is_shipped_and_then_nothing_is_found(self):
        shipped = dict(line.split("=", 1) for line in (PDNS_CONF / "pdns.conf").read_text().splitlines()
                       if "=" in line and not line.startswith("#"))
        for _, _, line in (*FINDINGS.values(), *UNTOLD.values()):
            if not line.startswith("#"):
                name, value = line.split("=", 1)
                with self.subTest(line=line):
                    self.assertEqual(shipped[name], value)
        self.assertEqual(self.findings(self.pdns.control_socket), [])
        self.assertEqual(self.findings(self.pdns.control_socket, self.told), [])

    def test_nobody_there_is_said_with_what_to_look_at(self):
        run = self.doctor(self.directory / "nobody")
        self.assertEqual(run.returncode, 1)
        self.assertIn("is pdns_server running", run.stderr)


if __name__ == "__main__":
    main()
