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
