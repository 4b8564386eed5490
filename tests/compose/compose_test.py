#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml, built and run by a real engine, and asked like any name server.

Skipped where no engine answers and none can be started. FAIRLEAD_DOCKER_ENGINE names a program that
starts one: `PROGRAM start`, and `PROGRAM stop` for one that it started.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
from harness import SKIPPED, free_port, wait_for  # noqa: E402

STARTER = pathlib.Path(os.environ.get("FAIRLEAD_DOCKER_ENGINE",
                                      ROOT.parent / "shared/tools/docker-engine"))
DNS = free_port("127.0.0.1")
PROMETHEUS = free_port("127.0.0.1")
ENVIRONMENT = {
    **os.environ,
    "COMPOSE_PROJECT_NAME": f"fairlead-test-{os.getpid()}",
    "COMPOSE_PROFILES": "demo,monitoring",
    "DNS_LISTEN": f"127.0.0.1:{DNS}",
    "PROMETHEUS_LISTEN": f"127.0.0.1:{PROMETHEUS}",
    "GEOIP_CONF": "/dev/null",
    # The engine of Debian 12 has no BuildKit.
    "DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0",
}
FRANKFURT, ASHBURN = "10.53.53.11", "10.53.53.12"
PATIENCE_S = 60


def runs(*command):
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def compose(*arguments, check=True):
    plugin = runs("docker", "compose", "version")
    run = subprocess.run([*(("docker", "compose") if plugin else ("docker-compose",)), *arguments],
                         cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if check and run.returncode != 0:
        raise AssertionError(f"compose {arguments}: {run.stdout[-3000:]}{run.stderr[-3000:]}")
    return run


def inside(service, *command, check=True):
    return compose("exec", "-T", service, *command, check=check)


def ask(name, *arguments):
    return subprocess.run(
        ["dig", "@127.0.0.1", "-p", str(DNS), "+short", "+tries=1", "+time=2", name, "A", *arguments],
        capture_output=True, text=True, check=False).stdout.split()


def wait_for_answer(name, expected):
    wait_for(lambda: ask(name) == [expected],
             lambda: f"{name} is {ask(name)}, not {expected}\n"
                     f"{compose('logs', '--tail=20', check=False).stdout}", PATIENCE_S)


def metric(query):
    """What Prometheus in its container has; nothing when it has none."""
    url = f"http://127.0.0.1:{PROMETHEUS}/api/v1/query?query={query}"
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            result = json.load(reply)["data"]["result"]
    except OSError:
        return None
    return float(result[0]["value"][1]) if result else None


class Compose(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(compose, "down", "--volumes", "--timeout", "5", check=False)
        begun = time.monotonic()
        compose("build")
        print(f"images built in {time.monotonic() - begun:.0f} s", flush=True)
        compose("up", "--detach")
        wait_for_answer("www.example.com", FRANKFURT)

    def setUp(self):
        compose("start", "frankfurt", "ashburn")
        wait_for_answer("www.example.com", FRANKFURT)

    def test_it_steers(self):
        self.assertEqual(ask("app.example.com", "+subnet=128.2.0.0/16"), [ASHBURN])
        self.assertEqual(ask("app.example.com", "+subnet=141.20.0.0/16"), [FRANKFURT])
        compose("stop", "--timeout", "1", "frankfurt")
        wait_for_answer("www.example.com", ASHBURN)

    def test_nobody_is_root_and_nothing_can_be_written_or_done_that_need_not_be(self):
        for service in ("fairlead", "pdns", "prometheus", "frankfurt"):
            with self.subTest(service):
                self.assertNotEqual(inside(service, "id", "-u").stdout.strip(), "0")
                status = inside(service, "grep", "-E", "CapEff|NoNewPrivs", "/proc/1/status").stdout
                self.assertEqual(status.split(), ["CapEff:", "0" * 16, "NoNewPrivs:", "1"])
                for place in ("/", "/etc", "/usr"):
                    self.assertNotEqual(
                        inside(service, "touch", f"{place}/new", check=False).returncode, 0)

    def test_operators_see_it_and_powerdns_is_told(self):
        status = inside("fairlead", "fairlead", "status").stdout
        self.assertIn(FRANKFURT, status)
        wait_for(lambda: metric("fairlead_powerdns_reachable") == 1, "PowerDNS can be told",
                 PATIENCE_S)
        wait_for(lambda: metric("count(ALERTS)") is None, "no alert is up", PATIENCE_S)

    def test_what_is_set_outlives_a_restart(self):
        inside("fairlead", "fairlead", "set", FRANKFURT, "drain", "--reason", "disks")
        wait_for_answer("www.example.com", ASHBURN)
        compose("restart", "fairlead")
        wait_for(lambda: "disks" in inside("fairlead", "fairlead", "overrides", check=False).stdout,
                 "the override is back", PATIENCE_S)
        wait_for_answer("www.example.com", ASHBURN)
        inside("fairlead", "fairlead", "clear", FRANKFURT)

    def test_what_hangs_is_unhealthy_until_it_goes_on(self):
        def health():
            container = compose("ps", "--quiet", "fairlead").stdout.strip()
            return subprocess.run(
                ["docker", "inspect", "--format", "{{.State.Health.Status}}", container],
                capture_output=True, text=True, check=True).stdout.strip()

        def send(signal):  # process 1 is Docker's init, fairlead its child
            inside("fairlead", "sh", "-c", f"kill -{signal} $(cat /proc/1/task/1/children)")

        wait_for(lambda: health() == "healthy", health, PATIENCE_S)
        send("STOP")
        try:
            wait_for(lambda: health() == "unhealthy", health, PATIENCE_S)
        finally:
            send("CONT")
        wait_for(lambda: health() == "healthy", health, PATIENCE_S)

    def test_it_stops_when_it_is_told_to(self):
        self.addCleanup(compose, "up", "--detach")
        compose("stop", "--timeout", "30", "pdns", "fairlead")
        for service, expected in (("fairlead", "0"), ("pdns", "143")):  # 128 + SIGTERM, not SIGKILL
            container = compose("ps", "--all", "--quiet", service, check=False).stdout.strip() or \
                compose("ps", "--quiet", service).stdout.strip()
            code = subprocess.run(
                ["docker", "inspect", "--format", "{{.State.ExitCode}}", container],
                capture_output=True, text=True, check=True).stdout.strip()
            self.assertEqual(code, expected, service)
        self.assertIn("stopped after", compose("logs", "fairlead").stdout)

    def test_what_geoipupdate_fetches_is_where_fairlead_reads_it(self):
        geoip = ("--profile", "geoip")
        compose(*geoip, "config", "--quiet")
        compose(*geoip, "build", "geoipupdate")
        compose(*geoip, "run", "--rm", "-T", "geoipupdate", "sh", "-c",
                "test $(id -u) != 0 && command -v geoipupdate && touch /var/lib/GeoIP/new.mmdb")
        inside("fairlead", "test", "-r", "/var/lib/GeoIP/new.mmdb")


def main():
    started = False
    if not runs("docker", "info"):
        started = STARTER.exists() and os.geteuid() == 0 and runs(str(STARTER), "start")
        if not runs("docker", "info"):
            print("skipped: no Docker engine answers")
            sys.exit(SKIPPED)
    if not runs("docker", "run", "--rm", "debian:bookworm-slim", "apt-get", "update", "-q"):
        print("skipped: containers of this engine do not reach Debian's packages")
        sys.exit(SKIPPED)
    try:
        passed = unittest.main(verbosity=2, exit=False).result.wasSuccessful()
    finally:
        if started:
            runs(str(STARTER), "stop")
    sys.exit(not passed)


if __name__ == "__main__":
    main()
