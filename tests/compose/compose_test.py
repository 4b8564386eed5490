#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml, built and run by a real engine, and asked like any name server: by docker-compose 1.29 and by
the plugin `docker compose`, one after the other. The first one builds all images, the other takes fairlead's over.

Skipped where no engine answers and none can be started. FAIRLEAD_DOCKER_ENGINE names a program that
starts one: `PROGRAM start`, and `PROGRAM stop` for one that it started. The plugin is fetched where it is not
installed (compose_plugin.py).
"""

import gzip
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
from harness import BUILD_MMDB, SKIPPED, free_port, wait_for  # noqa: E402

import compose_plugin  # noqa: E402

STARTER = pathlib.Path(os.environ.get("FAIRLEAD_DOCKER_ENGINE",
                                      ROOT.parent / "shared/tools/docker-engine"))
CONFIG = ROOT / "packaging/docker/config/fairlead.yaml"
GATEWAY, FRANKFURT, ASHBURN = "10.53.53.1", "10.53.53.11", "10.53.53.12"
PROFILES = "demo", "monitoring", "geoip"
PATIENCE_S = 60


def runs(*command, **environment):
    try:
        return subprocess.run(command, capture_output=True, check=False,
                              env={**os.environ, **environment}).returncode == 0
    except FileNotFoundError:
        return False


def inspected(container, what):
    return subprocess.run(["docker", "inspect", "--format", "{{" + what + "}}", container],
                          capture_output=True, text=True, check=True).stdout.strip()


class Updates:
    """What geoipupdate asks: one edition, as of now, over HTTPS with a certificate of its own authority."""

    EDITION, ACCOUNT, KEY = "GeoLite2-Country", "123456", "abcdefghijklmnop"

    def __init__(self, directory):
        self.directory = directory
        self.authority = directory / "authority.pem"
        self.conf = directory / "GeoIP.conf"
        self.database = b""
        self.served = 0

    def listen(self):
        """At the address that containers have for this machine, which must be there."""
        updates = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                updates.answer(self)

            def log_message(self, *arguments):
                pass

        key = self.directory / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", self.authority, "-days", "2", "-subj", "/CN=updates",
                        "-addext", f"subjectAltName=IP:{GATEWAY}"], check=True, capture_output=True)
        server = http.server.ThreadingHTTPServer((GATEWAY, 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # In place: the file is mounted already.
        self.conf.write_text(f"AccountID {self.ACCOUNT}\nLicenseKey {self.KEY}\nEditionIDs {self.EDITION}\n"
                             f"Host {GATEWAY}:{server.server_port}\n")
        return server

    def answer(self, request):
        path, _, query = request.path.partition("?")
        digest = hashlib.md5(self.database).hexdigest()
        if path != f"/geoip/databases/{self.EDITION}/update" or "Authorization" not in request.headers:
            return request.send_error(404)
        if query == f"db_md5={digest}":
            request.send_response(304)
            return request.end_headers()
        body = gzip.compress(self.database)
        request.send_response(200)
        request.send_header("X-Database-MD5", digest)
        request.send_header("Last-Modified", request.date_time_string())
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
        self.served += 1

    def publish(self, country):
        """From here on 141.20.0.0/16 is in this country ("EU,DE")."""
        table, file = self.directory / "table.csv", self.directory / "new.mmdb"
        table.write_text(f"database_type: {self.EDITION}\nip_version: 6\nrecord_size: 28\n\n"
                         f"network,continent.code,country.iso_code\n141.20.0.0/16,{country}\n")
        subprocess.run([BUILD_MMDB, "--fixture", table, "--output", file], check=True, capture_output=True)
        self.database = file.read_bytes()


class Compose:
    """What is to be true by either program. A project of its own, with ports of its own."""

    command, environment = (), {}
    built = set()  # whose image the other program has made in this run, from the same sources: compilers take minutes

    @classmethod
    def setUpClass(cls):
        if not runs(*cls.command, "version", **cls.environment):
            print(f"skipped: there is no {' '.join(cls.command)}")
            raise unittest.SkipTest(f"there is no {' '.join(cls.command)}")
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.directory.chmod(0o755)
        cls.config = cls.directory / "etc/fairlead.yaml"
        cls.config.parent.mkdir()
        shutil.copy(CONFIG, cls.config)
        cls.updates = Updates(cls.directory)
        cls.updates.conf.touch()
        cls.updates.authority.touch()
        trust = cls.directory / "trust.yml"  # of the authority of our updates, as a second file
        trust.write_text("services:\n  geoipupdate:\n    environment: {SSL_CERT_FILE: /etc/authority.pem}\n"
                         f"    volumes: ['{cls.updates.authority}:/etc/authority.pem:ro']\n")
        cls.dns, cls.prometheus = free_port("127.0.0.1"), free_port("127.0.0.1")
        cls.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": f"fairlead-test-{os.getpid()}-{cls.__name__.lower()}",
            "COMPOSE_FILE": f"{ROOT}/docker-compose.yml:{trust}",
            "COMPOSE_PROFILES": "demo,monitoring",
            "DNS_LISTEN": f"127.0.0.1:{cls.dns}",
            "PROMETHEUS_LISTEN": f"127.0.0.1:{cls.prometheus}",
            "FAIRLEAD_CONFIG": str(cls.config.parent),
            "GEOIP_CONF": str(cls.updates.conf),
            **cls.environment,
        }
        print(cls.compose("version").stdout.splitlines()[0], flush=True)
        cls.addClassCleanup(cls.with_geoip, "down", "--volumes", "--timeout", "5", check=False)
        begun = time.monotonic()
        services = set(cls.with_geoip("config", "--services").stdout.split()) - Compose.built
        cls.with_geoip("build", *sorted(services))
        Compose.built = {"fairlead", "token"}
        print(f"images built in {time.monotonic() - begun:.0f} s", flush=True)
        cls.compose("up", "--detach")

    def setUp(self):
        self.compose("start", "frankfurt", "ashburn")
        self.wait_for_answer("www.example.com", FRANKFURT)

    @classmethod
    def compose(cls, *arguments, check=True, **environment):
        run = subprocess.run([*cls.command, *arguments], cwd=ROOT, env={**cls.environment, **environment},
                             capture_output=True, text=True, check=False)
        if check and run.returncode != 0:
            raise AssertionError(f"compose {arguments}: {run.stdout[-3000:]}{run.stderr[-3000:]}")
        return run

    @classmethod
    def with_geoip(cls, *arguments, check=True):
        return cls.compose(*arguments, check=check, COMPOSE_PROFILES=",".join(PROFILES))

    def inside(self, service, *command, check=True):
        return self.compose("exec", "-T", service, *command, check=check)

    def fairlead(self, *arguments, status=0):
        """What an operator's command says in the container."""
        run = self.inside("fairlead", "fairlead", *arguments, check=False)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        return run.stdout

    def ask(self, name, *arguments):
        return subprocess.run(["dig", "@127.0.0.1", "-p", str(self.dns), "+short", "+tries=1", "+time=2", name, "A",
                               *arguments], capture_output=True, text=True, check=False).stdout.split()

    def wait_for_answer(self, name, expected, *arguments):
        wait_for(lambda: self.ask(name, *arguments) == [expected],
                 lambda: f"{name} is {self.ask(name, *arguments)}, not {expected}\n"
                         f"{self.compose('logs', '--tail=20', check=False).stdout}", PATIENCE_S)

    def metric(self, query):
        """What Prometheus in its container has; nothing when it has none."""
        url = f"http://127.0.0.1:{self.prometheus}/api/v1/query?query={query}"
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                result = json.load(reply)["data"]["result"]
        except OSError:
            return None
        return float(result[0]["value"][1]) if result else None

    def test_no_profile_is_complained_of(self):
        for profile in ("", *PROFILES, ",".join(PROFILES)):
            with self.subTest(profile):
                run = self.compose("config", COMPOSE_PROFILES=profile, COMPOSE_FILE=f"{ROOT}/docker-compose.yml")
                self.assertEqual(run.stderr, "")

    def test_what_is_up_already_is_left_alone(self):
        before = self.compose("ps", "--quiet").stdout
        run = self.compose("up", "--detach")
        self.assertNotRegex(run.stderr.lower(), "warn|obsolete|deprecated|recreat")
        self.assertEqual(self.compose("ps", "--quiet").stdout, before)

    def test_state_is_backed_up_as_documented(self):
        self.fairlead("set", FRANKFURT, "up", "--reason", "to be kept")
        self.addCleanup(self.fairlead, "clear", FRANKFURT)
        wait_for(lambda: "to be kept" in self.inside("fairlead", "tar", "-C", "/var/lib/fairlead", "-c", ".").stdout,
                 "it is in the archive", PATIENCE_S)

    def test_it_steers(self):
        self.assertEqual(self.ask("app.example.com", "+subnet=128.2.0.0/16"), [ASHBURN])
        self.assertEqual(self.ask("app.example.com", "+subnet=141.20.0.0/16"), [FRANKFURT])
        self.compose("stop", "--timeout", "1", "frankfurt")
        self.wait_for_answer("www.example.com", ASHBURN)

    def test_nobody_is_root_and_nothing_can_be_written_or_done_that_need_not_be(self):
        for service in ("fairlead", "pdns", "prometheus", "frankfurt"):
            with self.subTest(service):
                self.assertNotEqual(self.inside(service, "id", "-u").stdout.strip(), "0")
                status = self.inside(service, "grep", "-E", "CapEff|NoNewPrivs", "/proc/1/status").stdout
                self.assertEqual(status.split(), ["CapEff:", "0" * 16, "NoNewPrivs:", "1"])
                for place in ("/", "/etc", "/usr"):
                    self.assertNotEqual(
                        self.inside(service, "touch", f"{place}/new", check=False).returncode, 0)

    def test_operators_see_it_and_powerdns_is_told(self):
        self.assertIn(FRANKFURT, self.fairlead("status"))
        wait_for(lambda: self.metric("fairlead_powerdns_reachable") == 1, "PowerDNS can be told", PATIENCE_S)
        wait_for(lambda: self.metric("count(ALERTS)") is None, "no alert is up", PATIENCE_S)

    def test_operators_look_ahead(self):
        self.assertIn("as steering needs it", self.fairlead("doctor", "-c", "/etc/fairlead/fairlead.yaml"))
        self.assertIn(f"A {FRANKFURT}", self.fairlead("explain", "www.example.com", "A"))
        self.assertIn(f"{ASHBURN} 100.0 %", self.fairlead("simulate", "www.example.com", "--down", FRANKFURT))
        text = self.config.read_text()
        (self.config.parent / "new.yaml").write_text(text.replace("weight: 90", "weight: 50"))
        self.addCleanup((self.config.parent / "new.yaml").unlink)
        plan = self.fairlead("plan", "/etc/fairlead/new.yaml", "--max-shift", "5%", status=3)
        self.assertRegex(plan, f"api.example.com. +A +6.7 % +{FRANKFURT} -> {ASHBURN} 6.7 %")

    def test_a_configuration_that_an_editor_has_replaced_is_taken_up(self):
        text = self.config.read_text()

        def replace(by):
            (self.config.parent / "edited").write_text(by)
            (self.config.parent / "edited").rename(self.config)

        def put_back():
            replace(text)
            self.fairlead("reload")

        self.addCleanup(put_back)
        replace(text + "      new: {A: [192.0.2.1]}\n")
        self.assertIn("1 added", self.fairlead("reload"))
        self.wait_for_answer("new.example.com", "192.0.2.1")
        replace(text + "      new: {A: [192.0.2.300]}\n")
        self.compose("kill", "-s", "HUP", "fairlead")
        wait_for(lambda: "not reloaded" in self.compose("logs", "fairlead").stdout, "the log says so", PATIENCE_S)
        self.fairlead("reload", status=2)
        self.assertEqual(self.ask("new.example.com"), ["192.0.2.1"])

    def test_what_is_set_outlives_a_restart(self):
        self.fairlead("set", FRANKFURT, "drain", "--reason", "disks")
        self.wait_for_answer("www.example.com", ASHBURN)
        self.compose("restart", "fairlead")
        wait_for(lambda: "disks" in self.inside("fairlead", "fairlead", "overrides", check=False).stdout,
                 "the override is back", PATIENCE_S)
        self.wait_for_answer("www.example.com", ASHBURN)
        self.fairlead("clear", FRANKFURT)

    def test_what_hangs_is_unhealthy_until_it_goes_on(self):
        def health():
            return inspected(self.compose("ps", "--quiet", "fairlead").stdout.strip(), ".State.Health.Status")

        def send(signal):  # process 1 is Docker's init, fairlead its child
            self.inside("fairlead", "sh", "-c", f"kill -{signal} $(cat /proc/1/task/1/children)")

        wait_for(lambda: health() == "healthy", health, PATIENCE_S)
        send("STOP")
        try:
            wait_for(lambda: health() == "unhealthy", health, PATIENCE_S)
        finally:
            send("CONT")
        wait_for(lambda: health() == "healthy", health, PATIENCE_S)

    def test_it_stops_when_it_is_told_to(self):
        self.addCleanup(self.compose, "up", "--detach")
        self.compose("stop", "--timeout", "30", "pdns", "fairlead")
        for service, expected in (("fairlead", "0"), ("pdns", "143")):  # 128 + SIGTERM, not SIGKILL
            container = self.compose("ps", "--all", "--quiet", service, check=False).stdout.strip() or \
                self.compose("ps", "--quiet", service).stdout.strip()
            self.assertEqual(inspected(container, ".State.ExitCode"), expected, service)
        self.assertIn("stopped after", self.compose("logs", "fairlead").stdout)

    def test_what_geoipupdate_fetches_is_taken_up_by_itself(self):
        try:
            server = self.updates.listen()
        except OSError as error:
            self.skipTest(f"the engine's network is not this machine's: {error}")
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        text = self.config.read_text()

        def put_back():
            self.config.write_text(text)
            self.fairlead("reload")

        database = f"/var/lib/GeoIP/{Updates.EDITION}.mmdb"
        self.addCleanup(self.with_geoip, "rm", "--force", "--stop", "geoipupdate")
        self.updates.publish("EU,DE")
        self.with_geoip("up", "--detach", "geoipupdate")
        wait_for(lambda: self.inside("fairlead", "test", "-s", database, check=False).returncode == 0,
                 lambda: self.with_geoip("logs", "geoipupdate").stdout, PATIENCE_S)
        self.assertNotEqual(self.inside("geoipupdate", "id", "-u").stdout.strip(), "0")
        self.addCleanup(put_back)
        self.config.write_text(text.replace("/usr/share/fairlead/country.mmdb", database))
        self.fairlead("reload")
        self.wait_for_answer("app.example.com", FRANKFURT, "+subnet=141.20.0.0/16")
        self.updates.publish("NA,US")
        self.with_geoip("restart", "--timeout", "1", "geoipupdate")  # rather than wait for a day
        self.wait_for_answer("app.example.com", ASHBURN, "+subnet=141.20.0.0/16")
        self.with_geoip("restart", "--timeout", "1", "geoipupdate")
        wait_for(lambda: "No new updates" in self.with_geoip("logs", "geoipupdate").stdout, "nothing is new", PATIENCE_S)
        self.assertEqual(self.updates.served, 2)


class Standalone(Compose, unittest.TestCase):
    """docker-compose 1.29, as Debian 12 has it."""

    command = ("docker-compose",)
    # As it does by itself with Debian's client; a newer one has BuildKit as a plugin, which may not be there.
    environment = {"DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0"}


class Plugin(Compose, unittest.TestCase):
    """The current one, which has BuildKit."""

    command = ("docker", "compose")

    @classmethod
    def setUpClass(cls):
        if not runs(*cls.command, "version"):
            try:
                cls.environment = {"DOCKER_CONFIG": str(compose_plugin.fetch())}
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"skipped: the plugin cannot be had: {error}")
                raise unittest.SkipTest(str(error)) from error
        super().setUpClass()


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
