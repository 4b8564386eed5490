# SPDX-License-Identifier: Apache-2.0
"""In an instrumented build: what a sanitizer finds in a process fails the program that started it, though no test of
that program looks at the process. A delv that never ends is asked again."""

import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock

import harness
from harness import SANITIZERS, Validator, main

FAULTY = os.environ["FAULTY"]
FAULTS = {"address": {"use-after-free": "heap-use-after-free", "leak": "detected memory leaks"},
          "undefined": {"overflow": "signed integer overflow"},
          "thread": {"race": "data race"}}

PROGRAM = f"""
import pathlib, tempfile, unittest
import harness

class Test(unittest.TestCase):
    def test(self):
        with tempfile.TemporaryDirectory() as directory:
            harness.Process(pathlib.Path(directory), "faulty", [{FAULTY!r}, FAULT]).child.wait()

harness.main()
"""


class Reports(unittest.TestCase):
    def run_with(self, fault):
        return subprocess.run([sys.executable, "-B", "-c", f"FAULT = {fault!r}\n{PROGRAM}"], capture_output=True,
                              text=True, check=False, cwd=pathlib.Path(__file__).parent)

    def test_a_program_fails_with_the_report_though_its_tests_pass(self):
        for sanitizer in SANITIZERS:
            for fault, report in FAULTS[sanitizer].items():
                with self.subTest(fault):
                    run = self.run_with(fault)
                    self.assertEqual(run.returncode, 1, run.stderr)
                    self.assertIn("\nOK\n", run.stderr)
                    self.assertIn("FAILED, found by a sanitizer (report.faulty", run.stderr)
                    self.assertIn(report, run.stderr)

    def test_without_a_fault_it_passes(self):
        run = self.run_with("none")
        self.assertEqual((run.returncode, "sanitizer" in run.stderr), (0, False), run.stderr)


class HangingDelv(unittest.TestCase):
    """As often as it is told to."""

    def ask(self, times):
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            delv = directory / "delv"
            delv.write_text(f"#!/bin/sh\n"
                            f"echo >> {directory}/asked\n"
                            f"if [ $(wc -l < {directory}/asked) -le {times} ]; then exec sleep 600; fi\n"
                            f"echo '{Validator.VALID}'\n")
            delv.chmod(0o755)
            key = types.SimpleNamespace(data=lambda kind: ["257 3 13 aGVyZQ=="])
            server = types.SimpleNamespace(address="192.0.2.53", port=53, dig=lambda zone, kind: key)
            path = f"{directory}:{os.environ['PATH']}"
            with unittest.mock.patch.dict(os.environ, PATH=path), unittest.mock.patch.object(harness, "LIMIT_S", 1):
                return Validator(directory, server, "example.com").ask("www.example.com", "A")

    def test_it_is_asked_again(self):
        self.assertEqual(self.ask(times=1), f"{Validator.VALID}\n")

    def test_for_ever_is_an_error(self):
        with self.assertRaisesRegex(AssertionError, "three times: .*timed out"):
            self.ask(times=3)


if __name__ == "__main__":
    main()
