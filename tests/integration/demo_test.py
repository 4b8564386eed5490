# SPDX-License-Identifier: Apache-2.0
"""./run.sh as a newcomer uses it. On its fixed ports, so nothing else may serve the demo."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from harness import ROOT, Process, main, wait_for

BUILD_S = 1800  # the first run compiles


def dig(*arguments):
    run = subprocess.run(["dig", "@127.0.0.1", "-p", "5300", "+short", "+tries=1", *arguments],
                         capture_output=True, text=True, check=False)
    return run.stdout.split()


def alive(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").exists() and bool(
        pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())  # a zombie has none


class Demo(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def run_sh(self, *arguments):
        script = Process(self.directory, "run", [ROOT / "run.sh", *arguments])
        self.addCleanup(script.stop)
        script.wait_until(lambda: "Ctrl-C stops everything" in script.log(), "is up", BUILD_S)
        return script

    def assert_ends_without_a_trace(self, script, end):
        pids = [int(file.read_text()) for file in (ROOT / ".demo").glob("*.pid")]
        self.assertGreaterEqual(len(pids), 2)
        self.assertEqual(script.stop(end), 128 + end)
        wait_for(lambda: not [pid for pid in pids if alive(pid)], "all processes are gone", 1)

    def test_the_tour_is_true_and_ctrl_c_ends_it(self):
        script = self.run_sh()
        self.assertEqual(dig("www.example.com"), ["127.0.0.11"])
        for subnet, address in (("141.20.0.0/16", "127.0.0.11"), ("128.2.0.0/16", "127.0.0.12"),
                                ("133.1.0.0/16", "127.0.0.13")):
            self.assertIn(subnet, script.log())
            self.assertEqual(dig("app.example.com", f"+subnet={subnet}"), [address])
        self.assertIn(dig("api.example.com"), (["127.0.0.11"], ["127.0.0.12"]))

        os.kill(int((ROOT / ".demo/frankfurt.pid").read_text()), signal.SIGTERM)
        wait_for(lambda: dig("www.example.com") == ["127.0.0.12"], "Ashburn takes over", 6)
        again = Process(self.directory, "frankfurt", [ROOT / "run.sh", "endpoint", "frankfurt"])
        self.addCleanup(again.stop)
        wait_for(lambda: dig("www.example.com") == ["127.0.0.11"], "Frankfurt is back", 6)
        self.assert_ends_without_a_trace(script, signal.SIGINT)

    def test_a_configuration_of_ones_own_is_served_from_anywhere(self):
        own = self.directory / "own.yaml"
        own.write_text(f"""\
server: {{socket: {self.directory}/pdns.sock}}
zones:
  example.net:
    ns: [ns1.example.org.]
    records: {{www: {{A: [192.0.2.7]}}}}
""")
        script = self.run_sh("-c", own)
        self.assertRegex(script.log(), r"dig .* example\.net\.? SOA")
        self.assertEqual(dig("www.example.net"), ["192.0.2.7"])
        self.assert_ends_without_a_trace(script, signal.SIGTERM)

    def test_mistakes_end_it_with_one_clear_line(self):
        wrong = self.directory / "wrong.yaml"
        wrong.write_text("zones: {example.net: {ns: [ns1.example.org.], recrods: {}}}\n")
        for arguments, line in ((["-c", "absent.yaml"], "cannot read absent.yaml"),
                                (["-c", wrong], "fairlead refuses"),
                                (["endpoint", "nowhere"], "endpoints are")):
            with self.subTest(arguments=arguments):
                run = subprocess.run([ROOT / "run.sh", *arguments], capture_output=True, text=True,
                                     timeout=BUILD_S, check=False)
                self.assertEqual(run.returncode, 1)
                self.assertTrue(re.search(f"^run.sh: {line}", run.stderr, re.M), run.stderr)

    def test_a_second_one_is_refused(self):
        self.run_sh()
        run = subprocess.run([ROOT / "run.sh"], capture_output=True, text=True, check=False)
        self.assertEqual((run.returncode, len(run.stderr.splitlines())), (1, 1))
        self.assertEqual(dig("www.example.com"), ["127.0.0.11"])


if __name__ == "__main__":
    main()
