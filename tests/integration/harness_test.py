# SPDX-License-Identifier: Apache-2.0
"""In an instrumented build: what a sanitizer finds in a process fails the program that started it, though no test of
that program looks at the process."""

import os
import pathlib
import subprocess
import sys
import unittest

from harness import SANITIZERS, main

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


if __name__ == "__main__":
    main()
