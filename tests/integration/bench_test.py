# SPDX-License-Identifier: Apache-2.0
"""Every benchmark works: in small, with a look at what it proves but for how long things take.

Benchmarks fail by themselves when an answer is wrong, a failure is never found, or a lookup allocates memory.
"""

import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import FAIRLEAD, ROOT, free_port, main
import harness

harness.NEEDED += ("dnsperf",)

BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build/release"))
COUNTRIES = pathlib.Path(os.environ.get("FAIRLEAD_COUNTRY_MMDB", BUILD / "geo/country.mmdb"))

SMALL = {
    "decide_bench": ["100", COUNTRIES],
    "responder_bench": ["100"],
    "load_bench": [COUNTRIES, "10"],
    "latency_bench": ["100"],
    "verdict_bench": ["4", "50", "1"],
    "speed.py": ["floor", "fairlead", "--rounds", "1", "--seconds", "1"],
    "checks_scale.py": ["http:100", "keep_alive:100", "tcp:100", "--seconds", "1", "--interval", "1"],
    "pdns_threads.sh": ["3"],
    "cached_failover.sh": [],
}
USED_BY_OTHERS = {"floor_responder", "dns_load"}  # speed.py
NO_PROGRAMS = {"allocation_count"}


EVERY_POLICY = """\
geoip: {databases: [COUNTRIES]}
latency: {table: latency.csv}
health_checks: {port: {type: tcp, port: 80}}
pools:
  a: {health_check: port, endpoints: [192.0.2.1, {address: [192.0.2.2, "2001:db8::2"]}]}
  b: {health_check: port, endpoints: [192.0.2.3, 192.0.2.4]}
zones:
  example.com:
    ns: [ns.example.net.]
    records:
      simple: {policy: simple, targets: [{pool: a}]}
      failover: {policy: failover, ttl: {max: 60s, min: 10s}, targets: [{pool: a}, {pool: b}]}
      manual: {policy: failover, failback: manual, targets: [{pool: a}, {pool: b}]}
      weighted: {policy: weighted, targets: [{pool: a, weight: 7}, {pool: b, weight: 3}]}
      affinity: {policy: weighted, affinity: {by: client}, targets: [{pool: a}, {pool: b}]}
      multivalue: {policy: multivalue, max_answers: 3, targets: [{pool: a}, {pool: b}]}
      geolocation: {policy: geolocation, targets: [{geos: [EU], pool: a}, {geos: [NA-US], pool: b}], default: 192.0.2.9}
      geoproximity:
        policy: geoproximity
        targets: [{location: {lat: 50.11, lon: 8.68}, pool: a}, {location: {lat: 38.95, lon: -77.45}, bias: 10, pool: b}]
        default: 192.0.2.9
      latency: {policy: latency, targets: [{region: eu, pool: a}, {region: us, pool: b}], default: 192.0.2.9}
      subnet: {policy: subnet, targets: [{subnets: [8.0.0.0/5], pool: a}], default: {pool: b}}
      alias: {policy: failover, targets: [{alias: lb.example.net}, {pool: b}]}
      cname: {policy: geolocation, targets: [{geos: [EU], cname: elsewhere.example.net.}], default: {pool: b}}
      "*.wild": {policy: failover, TXT: beside, targets: [{pool: a}, {pool: b}]}
"""


class Benchmarks(unittest.TestCase):
    def run_small(self, name, *arguments):
        path = ROOT / "bench" / name if "." in name else BUILD / "bench" / name
        run = subprocess.run(
            [str(word) for word in [path, *(arguments or SMALL[name])]], capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "BUILD": str(BUILD), "FAIRLEAD": FAIRLEAD, "ROUNDS": "1", "SECONDS_EACH": "1",
                 "PORT": str(free_port("127.0.0.1")), "ENDPOINT_PORT": str(free_port("127.0.1.1"))})
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_none_is_left_out(self):
        files = list((ROOT / "bench").iterdir())
        programs = {file.stem for file in files if file.suffix == ".cpp"} - NO_PROGRAMS - USED_BY_OTHERS
        scripts = {file.name for file in files if file.suffix in (".py", ".sh")}
        self.assertEqual(programs | scripts, set(SMALL))

    def test_an_answer_takes_no_memory(self):
        self.assertIn("0 allocations in 100 decisions", self.run_small("decide_bench"))
        self.assertEqual(self.run_small("responder_bench").count(" 0.00 allocations"), 6)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
            config.write(self.run_small("speed.py", "--print-config"))
            config.flush()
            told = self.run_small("responder_bench", 100, config.name)
        self.assertRegex(told, r"(?m)^steered names, ANY .* 0\.00 allocations")

    def test_an_answer_takes_no_memory_whatever_it_is_chosen_by(self):
        with tempfile.TemporaryDirectory() as directory:
            config = pathlib.Path(directory, "every.yaml")
            config.write_text(EVERY_POLICY.replace("COUNTRIES", str(COUNTRIES)))
            pathlib.Path(directory, "latency.csv").write_text("network,region,ms\n0.0.0.0/1,eu,10\n0.0.0.0/1,us,90\n")
            told = self.run_small("responder_bench", 20000, config)
        self.assertRegex(told, r"(?m)^steered names, ANY .* 0\.00 allocations")

    def test_loading(self):
        self.assertIn("     10 names: find and decide", self.run_small("load_bench"))
        self.assertIn("compiling a node of four regions", self.run_small("latency_bench"))

    def test_verdicts(self):
        told = self.run_small("verdict_bench")
        self.assertIn("50 targets refuse at once: 50 found", told)
        self.assertIn("50 targets fall silent at once: 50 found", told)

    def test_answers_a_second(self):
        self.assertRegex(self.run_small("speed.py"), r"(?m)^fairlead +[1-9]")
        self.assertRegex(self.run_small("pdns_threads.sh"), r"(?m)^3 +[1-9]")
        self.assertRegex(self.run_small("cached_failover.sh"), r"(?m)^told +[1-9]\d* ms")

    @unittest.skipIf(os.geteuid() != 0, "needs a network namespace")
    def test_checks_at_scale(self):
        told = self.run_small("checks_scale.py")
        for kind in "http", "keep_alive", "tcp":
            self.assertIn(f"{kind} 100 every 1 s: first round complete", told)


if __name__ == "__main__":
    main()
