# SPDX-License-Identifier: Apache-2.0
"""The interface for operators and its command line, against a real process, PowerDNS and dig."""

import concurrent.futures
import json
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from harness import (FAIRLEAD, LIMIT_S, PATIENCE_S, ROOT, SLOWNESS, Fairlead, Nginx, SteeringTest, free_port,
                     loopback, main, wait_for)

COMPLETIONS = ROOT / "packaging/completion"
TOKEN = "0123456789abcdef0123456789abcdef"
FIRST, SECOND = loopback(11), loopback(12)


class Operated(SteeringTest):
    """One fairlead with `admin:`, two web servers, and what an operator types."""

    with_token = True

    @classmethod
    def prepare(cls):
        cls.port = free_port(FIRST)
        cls.web = {address: cls.start(Nginx(cls.directory, name, address, cls.port))
                   for name, address in (("one", FIRST), ("two", SECOND))}
        cls.admin_address = loopback(20)
        cls.admin_port = free_port(cls.admin_address)
        cls.url = f"http://{cls.admin_address}:{cls.admin_port}"
        cls.tokens = cls.directory / "tokens"
        cls.tokens.write_text(f"# who may\nanna {TOKEN}\n")
        cls.tokens.chmod(0o600)

    @classmethod
    def make_config(cls, more_records=""):
        token = "token_file: tokens" if cls.with_token else ""
        return f"""
            admin: {{listen: "{cls.admin_address}:{cls.admin_port}", {token}}}
            health_checks:
              web: {{type: http, port: {cls.port}, interval: 1s, timeout: 500ms,
                     fast_interval: 100ms, fall: 1, rise: 1}}
            pools:
              eu:
                health_check: web
                endpoints: [{{name: one, address: {FIRST}}}, {{name: two, address: {SECOND}}}]
            zones:
              example.com:
                ns: [ns1.example.net.]
                records:
                  www: {{policy: failover, targets: [{{endpoint: one}}, {{endpoint: two}}]}}
                  db: {{policy: failover, failback: manual, targets: [{{endpoint: one}}, {{endpoint: two}}]}}
                  eu: {{policy: failover, targets: [{{pool: eu}}]}}
                  {more_records}
            """

    def request(self, target, method="GET", body=None, token=TOKEN, headers=None):
        """Status and body."""
        asked = urllib.request.Request(self.url + target, method=method, headers=headers or {},
                                       data=None if body is None else body.encode())
        if token:
            asked.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(asked, timeout=LIMIT_S) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def run_command(self, *arguments):
        return subprocess.run(
            [FAIRLEAD, *arguments], capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, "FAIRLEAD_SERVER": self.url,
                 "FAIRLEAD_TOKEN_FILE": str(self.tokens)})

    def done(self, *arguments):
        """The output of a command that must succeed."""
        run = self.run_command(*arguments)
        self.assertEqual(run.returncode, 0, run.stderr + run.stdout)
        return run.stdout


class CommandLine(Operated):
    def test_a_drain_moves_the_next_answer_and_clear_moves_it_back(self):
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        text = self.done("set", "one", "drain", "--reason", "new disks")
        self.assertRegex(text, r"one is set drain \(1 endpoint\); safe in 60 s")
        self.assertEqual(self.pdns.a("www.example.com"), [SECOND])
        listing = self.done("overrides")
        self.assertRegex(listing, r"one\s+drain\s+until cleared\s+safe in \d+ s\s+anna\s+new disks")
        self.assertIn("drained", self.done("status"))
        self.assertIn("drained by override: drain",
                      self.done("explain", "www.example.com", "A", "--client", "192.0.2.1"))
        self.assertIn("override: one drain by anna: new disks", self.fairlead.log())

        self.done("clear", "one")
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.assertIn("nothing is set", self.done("overrides"))
        self.assertIn("override removed: one drain by anna", self.fairlead.log())

    def test_an_override_with_a_time_ends_by_itself(self):
        self.done("set", FIRST, "down", "--reason", "short", "--for", f"{2 * SLOWNESS}s")
        self.assertEqual(self.pdns.a("www.example.com"), [SECOND])
        self.wait_for_answer("www.example.com", [FIRST], PATIENCE_S)
        self.assertIn(f"override expired: {FIRST} down, set by anna", self.fairlead.log())

    def test_an_override_survives_a_reload(self):
        self.done("set", "pool eu", "drain", "--reason", "power work")
        self.done("set", "two", "up", "--reason", "has its own power")
        self.assertEqual(self.pdns.a("eu.example.com"), [SECOND])
        self.write_config(self.make_config("new: {TXT: '\"here\"'}"))
        self.assertIn("names: 1 added", self.done("reload"))
        self.assertEqual(self.pdns.a("eu.example.com"), [SECOND])
        self.done("clear", "pool eu")
        self.done("clear", "two")

    def test_a_broken_configuration_is_refused_with_its_findings(self):
        good = self.config_path.read_text()
        self.config_path.write_text(good.replace("records:", "recrods:"))
        run = self.run_command("reload")
        self.assertEqual(run.returncode, 2)
        self.assertIn("recrods", run.stderr)
        self.assertIn("not reloaded", run.stderr)
        run = self.run_command("reload", "--json")
        self.assertEqual(run.returncode, 2)
        self.assertFalse(json.loads(run.stdout)["applied"])
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        status, body = self.request("/api/v1/reload", "POST")
        self.assertEqual(status, 422)
        self.assertIn("unknown-key", {found["rule"] for found in json.loads(body)["findings"]})
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.config_path.write_text(good)
        self.done("reload")

    def test_status_ends_with_3_when_something_is_wrong(self):
        self.assertEqual(self.run_command("status").returncode, 0)
        self.web[SECOND].send(19)  # SIGSTOP: connects, but says nothing
        try:
            run = wait_for(lambda: (lambda r: r if r.returncode == 3 else None)(
                self.run_command("status")), "status sees it")
            rows = run.stdout.splitlines()
            first = next(i for i, row in enumerate(rows) if row.startswith("ENDPOINT")) + 1
            self.assertRegex(rows[first], r"^two\s+unhealthy\s")
            self.assertNotIn("\x1b", run.stdout)
        finally:
            self.web[SECOND].send(18)
        wait_for(lambda: self.run_command("status").returncode == 0, "it is well again")

    def test_errors_are_one_line(self):
        for arguments, part in (
                (("set", "nosuch", "drain", "--reason", "x"), "nosuch"),
                (("set", "one", "drain", "--reason", " "), "reason"),
                (("failback", "www.example.com"), "www.example.com"),
                (("clear", "one"), "nothing is set"),
                (("explain", "www.example.com", "A", "--down", "nosuch"), "nosuch")):
            run = self.run_command(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
            self.assertIn(part, run.stderr)
        closed = f"http://{self.admin_address}:{free_port(self.admin_address)}"
        run = self.run_command("status", "--server", closed)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stderr, f"fairlead: cannot reach {closed}: connection refused; "
                                     "is fairlead running, and is admin.listen set?\n")

    def test_an_explanation_may_assume_an_outage_and_changes_nothing(self):
        ask = ("explain", "www.example.com", "A")
        self.assertRegex(self.done(*ask), rf"answer +A {FIRST} ")
        assumed = self.done(*ask, "--down", "one")
        self.assertTrue(assumed.startswith("as if down: one\n"), assumed)
        self.assertRegex(assumed, rf"answer +A {SECOND} ")
        self.assertRegex(assumed, rf"{FIRST} DOWN\n")
        self.assertRegex(self.done(*ask, "--down", "one", "--down", SECOND), "nothing healthy: serve_all")
        self.assertRegex(self.done(*ask), rf"answer +A {FIRST} ")

    def test_the_log_level_changes_while_it_runs(self):
        self.assertEqual(self.done("log-level"), "info\n")
        self.assertIn("error until the next reload", self.done("log-level", "error"))
        self.done("set", "one", "up", "--reason", "is not logged")
        self.done("clear", "one")
        self.assertNotIn("is not logged", self.fairlead.log())
        self.assertIn("is not logged", self.done("events"))
        self.done("reload")
        self.assertEqual(self.done("log-level"), "info\n")
        self.assertIn("log level: error, asked for by anna; it was info", self.fairlead.log())

    def test_json_is_for_machines(self):
        for arguments in (("status",), ("overrides",), ("explain", "www.example.com", "A")):
            json.loads(self.done(*arguments, "--json"))


class Foresight(Operated):
    """What another configuration, or an outage, would do to this process."""

    def next_config(self, name="next.yaml"):
        """The one that serves, but for the order of `www`."""
        return self.write_config(self.make_config().replace(
            "www: {policy: failover, targets: [{endpoint: one}, {endpoint: two}]}",
            "www: {policy: failover, targets: [{endpoint: two}, {endpoint: one}]}"), name)

    def test_plan_holds_a_file_against_what_serves_and_changes_nothing(self):
        text = self.done("plan", self.next_config())
        self.assertIn("names: 1 changed", text)
        self.assertRegex(text, rf"www\.example\.com\.\s+A\s+100\.0 %\s+{FIRST} -> {SECOND} 100\.0 %")
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.assertEqual(self.run_command("plan", self.directory / "next.yaml", "--max-shift",
                                          "20%").returncode, 3)
        self.assertIn("nothing changed", self.done("plan", self.config_path))
        found = json.loads(self.done("plan", self.directory / "next.yaml", "--json"))
        self.assertEqual(found["shifts"][0]["flows"], [{"from": FIRST, "to": SECOND, "share": 1}])
        # Two files need no process.
        run = subprocess.run([FAIRLEAD, "plan", self.directory / "next.yaml", "-c", self.config_path],
                             capture_output=True, text=True, check=True)
        self.assertEqual(run.stdout, text)

    def test_plan_shows_the_findings_of_a_broken_file(self):
        broken = self.next_config("broken.yaml")
        broken.write_text(broken.read_text().replace("records:", "recrods:"))
        run = self.run_command("plan", broken)
        self.assertEqual(run.returncode, 2)
        self.assertIn("recrods", run.stderr)

    def test_plan_reads_configurations_beside_its_own_only(self):
        elsewhere = self.directory / "elsewhere"
        elsewhere.mkdir()
        secret = elsewhere / "secret.yaml"
        secret.write_text(f"{TOKEN}: x")
        for path in (secret, self.tokens, "/etc/passwd", self.directory / ".", self.directory / "..",
                     f"{self.directory}/../{self.directory.name}/tokens",
                     f"{self.directory}/elsewhere/secret.yaml", "",
                     "next.yaml", f"{self.directory}/tokens\0.yaml"):
            with self.subTest(path):
                status, body = self.request("/api/v1/plan", "POST", json.dumps({"file": str(path)}))
                self.assertEqual(status, 400)
                self.assertNotIn(TOKEN, body)
        self.assertIn("beside its own", self.run_command("plan", secret).stderr)

    def test_a_reload_moves_no_more_than_was_allowed_unless_it_is_forced(self):
        good = self.config_path.read_text()
        self.next_config(self.config_path.name)
        run = self.run_command("reload", "--max-shift", "20%")
        self.assertEqual(run.returncode, 2)
        self.assertIn("100.0 % of the clients of www.example.com. A would be answered otherwise",
                      run.stderr)
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.assertIn("reloaded", self.done("reload", "--max-shift", "20%", "--force"))
        self.assertEqual(self.pdns.a("www.example.com"), [SECOND])
        # A signal has no limit: who sends it cannot say one.
        self.config_path.write_text(good)
        self.fairlead.send(signal.SIGHUP)
        self.wait_for_answer("www.example.com", [FIRST], PATIENCE_S)

    def test_simulate_has_live_health_and_what_is_set(self):
        clients = self.directory / "clients.csv"
        clients.write_text("192.0.2.0/24,3\n198.51.100.0/24,1\n")
        ask = ("simulate", "www.example.com", "--clients", clients)
        self.assertRegex(self.done(*ask), rf"{FIRST}\s+100\.0 %")
        self.assertRegex(self.done(*ask, "--down", "one"), rf"{SECOND}\s+100\.0 %")
        self.done("set", "one", "drain", "--reason", "new disks")
        self.assertRegex(self.done(*ask), rf"{SECOND}\s+100\.0 %")
        self.done("clear", "one")
        self.web[FIRST].send(signal.SIGSTOP)
        try:
            wait_for(lambda: json.loads(self.done(*ask, "--json"))["endpoints"] == {SECOND: 1},
                     "the outage is seen")
        finally:
            self.web[FIRST].send(signal.SIGCONT)
        self.wait_for_answer("www.example.com", [FIRST], PATIENCE_S)
        for arguments, part in ((("simulate", "www.example.com"), "geoip.databases"),
                                (("simulate", "nosuch.example.com"), "does not exist"),
                                ((*ask, "--down", "nosuch"), "nosuch"),
                                ((*ask, "--resolve", "x=192.0.2.1"), "-c FILE")):
            run = self.run_command(*arguments)
            self.assertEqual(run.returncode, 2, arguments)
            self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
            self.assertIn(part, run.stderr)

    def test_reloads_that_are_asked_for_at_once_are_all_answered(self):
        good = self.config_path.read_text()
        self.next_config(self.config_path.name)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            replies = list(pool.map(lambda _: self.request("/api/v1/reload", "POST"), range(20)))
        self.assertEqual({status for status, _ in replies}, {200})
        self.assertEqual(self.pdns.a("www.example.com"), [SECOND])
        self.config_path.write_text(good)
        self.done("reload")


class Terminal(Operated):
    """What an operator sees who sits at a terminal."""

    @classmethod
    def prepare(cls):
        super().prepare()
        (cls.directory / "fairlead").symlink_to(FAIRLEAD)

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        return {**kept, "FAIRLEAD_SERVER": self.url, "FAIRLEAD_TOKEN_FILE": str(self.tokens),
                "TERM": "xterm", **more}

    def typed(self, command, text="", until=None, **environment):
        """All that appears on a terminal of `command` when `text` is typed there: to its end, or
        until the pattern `until` does."""
        master, terminal = os.openpty()
        run = subprocess.Popen([str(word) for word in command], stdin=terminal, stdout=terminal,
                               stderr=terminal, env=self.environment(**environment),
                               cwd=self.directory, start_new_session=True)
        os.close(terminal)
        seen = ""
        try:
            os.write(master, text.encode())
            deadline = time.monotonic() + LIMIT_S
            while not (until and re.search(until, seen)):
                self.assertTrue(select.select([master], [], [], deadline - time.monotonic())[0],
                                f"{until} appears: {seen}")
                seen += os.read(master, 4096).decode()
        except OSError:  # EIO: nobody has the terminal any more
            self.assertIsNone(until, seen)
        finally:
            run.kill()
            run.wait()
            os.close(master)
        return seen

    def test_colour_is_for_terminals_that_want_it(self):
        status = (FAIRLEAD, "status")
        self.assertIn("\x1b[", self.typed(status))
        self.assertNotIn("\x1b[", self.typed(status, NO_COLOR="1"))
        self.assertNotIn("\x1b[", self.typed(status, TERM="dumb"))
        self.assertNotIn("\x1b[", self.done("status"))

    def in_shell(self, *command, **environment):
        """What it prints, and it is all well."""
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=self.environment(
            PATH=f"{self.directory}:{os.environ['PATH']}", **environment))
        self.assertEqual(run.stderr, "")
        return run.stdout.splitlines()

    def bash_offers(self, *words, **environment):
        """What the shell offers in place of the last word."""
        script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fairlead; '
                  '((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}"; true')
        return self.in_shell("bash", "-c", script, COMPLETIONS / "fairlead.bash", "fairlead", *words, **environment)

    def fish_offers(self, *words, **environment):
        line = " ".join(["fairlead", *(word.replace(" ", "\\ ") for word in words)])
        return self.in_shell("fish", "--no-config", "-c", f"source {COMPLETIONS}/fairlead.fish; complete -C '{line}'",
                             **environment)

    def check_that_names_are_offered(self, offers, pool):
        self.assertEqual(self.done("list", "pools"), "eu\n")
        self.assertEqual(sorted(offers("set", "")), ["one", pool, "two"])
        self.assertEqual(offers("set", "t"), ["two"])
        self.assertEqual(offers("set", "--reason", "new disks", "t"), ["two"])
        self.assertEqual(offers("clear", "o"), ["one"])
        self.assertEqual(offers("clear", "pool"), [pool])
        self.assertEqual(offers("drill", "--for", "5m", "--down", "t"), ["two"])
        self.assertEqual(offers("simulate", "w"), ["www.example.com."])
        self.assertEqual(offers("explain", "db"), ["db.example.com."])
        self.assertEqual(offers("set", "one", "dr"), ["drain"])
        self.assertEqual(offers("set", "two", "drain", "t"), [])
        closed = f"http://{self.admin_address}:{free_port(self.admin_address)}"
        self.assertEqual(offers("set", "", FAIRLEAD_SERVER=closed), [])
        self.assertEqual(offers("set", "--server", self.url, "t", FAIRLEAD_SERVER=closed), ["two"])

    def test_bash_completes_names_from_the_running_process(self):
        self.check_that_names_are_offered(self.bash_offers, "pool\\ eu")

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes_names_from_the_running_process(self):
        self.check_that_names_are_offered(self.fish_offers, "pool eu")  # and puts the backslash itself

    def test_the_tabulator_completes_a_name(self):
        lines = f". {COMPLETIONS}/fairlead.bash; PS1=; bind 'set enable-bracketed-paste off'\nfairlead set t\t"
        self.typed(("bash", "--norc", "--noprofile", "-i"), lines, until="fairlead set two ",
                   PATH=f"{self.directory}:{os.environ['PATH']}")


class Countdown(Operated):
    def test_a_drain_is_not_safe_sooner_because_its_ttl_is_lowered_meanwhile(self):
        good = self.config_path.read_text()
        with_ttl = good.replace("www: {", "www: {ttl: 600, ")
        self.config_path.write_text(with_ttl)
        self.done("reload")
        self.assertIn("safe in 10 min", self.done("set", "one", "drain", "--reason", "new disks"))
        self.config_path.write_text(good)
        self.done("reload")
        self.assertRegex(self.done("overrides"), r"one\s+drain\s+until cleared\s+safe in (9|10) min")
        self.assertRegex(self.done("status"),
                         r"drain, safe in (9|10) min, by anna: new disks")
        self.fairlead.stop()
        self.__class__.fairlead = self.start(
            Fairlead(self.directory, self.config_path, "again")).wait_ready()
        self.assertRegex(self.done("overrides"), r"one\s+drain\s+until cleared\s+safe in (9|10) min")


class Sites(Operated):
    """The endpoints of a site, in whichever pool they are, by their label."""

    @classmethod
    def make_config(cls, more_records=""):
        return super().make_config(more_records).replace(
            f"address: {FIRST}}}", f"address: {FIRST}, labels: {{site: fra, rack: b4}}}}").replace(
            f"address: {SECOND}}}", f"address: {SECOND}, labels: {{site: ash}}}}")

    def test_a_site_is_drained_by_one_command_and_stays_so_over_reload_and_restart(self):
        for name in ("www.example.com", "eu.example.com"):
            self.wait_for_answer(name, [FIRST], PATIENCE_S)
        self.assertRegex(self.done("set", "site=fra", "drain", "--for", "2h", "--reason", "power"),
                         r"site=fra is set drain \(1 endpoint\), for 2 h; safe in 60 s")
        for name in ("www.example.com", "eu.example.com"):
            self.assertEqual(self.pdns.a(name), [SECOND])
        self.assertRegex(self.done("overrides"), r"site=fra\s+drain\s+(2 h|119 min)\s+safe in")
        self.assertIn("override: site=fra drain by anna for 2 h: power", self.fairlead.log())
        listed = json.loads(self.request("/api/v1/endpoints?label=site=fra,rack=b4")[1])
        self.assertEqual([one["name"] for one in listed["endpoints"]], ["one"])
        self.assertEqual(listed["endpoints"][0]["override"]["target"], "site=fra")

        # Other endpoints have the label now: what was set means these.
        good = self.config_path.read_text()
        self.config_path.write_text(good.replace("site: fra", "site: X")
                                    .replace("site: ash", "site: fra").replace("site: X", "site: ash"))
        self.done("reload")
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.config_path.write_text(good.replace("site: fra", "site: muc"))
        self.done("reload")
        self.assertIn("override: site=fra drain matches nothing in this configuration",
                      self.fairlead.log())
        self.assertIn("matches nothing", self.done("overrides"))
        self.config_path.write_text(good)
        self.done("reload")

        self.fairlead.stop()
        self.__class__.fairlead = self.start(
            Fairlead(self.directory, self.config_path, "again")).wait_ready()
        self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
        self.done("clear", "site=fra")
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])

    def test_a_label_that_nothing_has_is_refused_with_the_likest(self):
        run = self.run_command("set", "site=fre", "drain", "--reason", "x")
        self.assertEqual(run.returncode, 2)
        self.assertIn('no endpoint has the label "site=fre"; did you mean "site=fra"?', run.stderr)


class ManualFailback(Operated):
    def test_a_node_goes_back_when_told(self):
        self.assertEqual(self.pdns.a("db.example.com"), [FIRST])
        self.done("set", "one", "down", "--reason", "test")
        self.assertEqual(self.pdns.a("db.example.com"), [SECOND])
        self.done("clear", "one")
        self.assertEqual(self.pdns.a("db.example.com"), [SECOND])
        self.assertIn("failed over", self.done("status"))
        self.assertRegex(self.done("failback", "db.example.com"),
                         r"\(A\) goes back from two to one")
        self.assertEqual(self.pdns.a("db.example.com"), [FIRST])
        self.assertIn("already", self.done("failback", "db.example.com"))


class Restart(Operated):
    def test_what_is_set_survives_and_what_ended_meanwhile_does_not(self):
        self.done("set", "one", "drain", "--reason", "long work")
        self.done("set", "two", "up", "--reason", "short", "--for", f"{2 * SLOWNESS}s")
        self.fairlead.stop()
        wait_for(lambda: time.time() > self.two_seconds_on(), "the time is over")
        self.__class__.fairlead = self.start(
            Fairlead(self.directory, self.config_path, "again")).wait_ready()
        self.wait_for_answer("www.example.com", [SECOND], PATIENCE_S)
        listing = self.done("overrides")
        self.assertIn("long work", listing)
        self.assertNotIn("short", listing)
        self.assertIn("override expired: two up, set by anna", self.fairlead.log())

    def two_seconds_on(self):
        """When the second override is over."""
        state = json.loads((self.directory / "state.json").read_text())
        return max(entry.get("until", 0) for entry in state["overrides"]) / 1000


class Interface(Operated):
    def test_tokens(self):
        for token in ("", "wrong", TOKEN[:-1], TOKEN + "0"):
            status, body = self.request("/api/v1/status", token=token)
            self.assertEqual(status, 401)
            self.assertIn("token", json.loads(body)["error"])
        for probe in ("/livez", "/readyz"):
            self.assertEqual(self.request(probe, token="")[0], 200)
        self.assertEqual(self.request("/api/v1/status")[0], 200)
        self.assertNotIn(TOKEN, self.fairlead.log())

    def test_tokens_change_with_a_reload(self):
        self.tokens.write_text(f"bert {TOKEN[::-1]}\n")
        self.assertEqual(self.request("/api/v1/reload", "POST")[0], 200)
        self.assertEqual(self.request("/api/v1/status")[0], 401)
        self.assertEqual(self.request("/api/v1/status", token=TOKEN[::-1])[0], 200)
        self.tokens.write_text(f"anna {TOKEN}\n")
        self.assertEqual(self.request("/api/v1/reload", "POST", token=TOKEN[::-1])[0], 200)

    def test_what_is_too_large_or_wrong(self):
        large = json.dumps({"target": "x" * 70000})
        self.assertEqual(self.request("/api/v1/overrides", "PUT", large)[0], 413)
        self.assertEqual(self.request("/api/v1/overrides", "PUT", "{")[0], 400)
        self.assertEqual(self.request("/api/v1/status", "POST", "")[0], 405)

    def raw(self, head):
        """The status line and the body of a reply, or nothing when the connection was closed at once."""
        with socket.create_connection((self.admin_address, self.admin_port), LIMIT_S) as connection:
            connection.sendall(head + b"\r\nHost: fairlead\r\nConnection: close\r\n"
                               b"Authorization: Bearer " + TOKEN.encode() + b"\r\n\r\n")
            reply = b"".join(iter(lambda: connection.recv(65536), b""))
        status, _, rest = reply.partition(b"\r\n")
        return status.decode(), rest.partition(b"\r\n\r\n")[2].decode()

    def test_paths_lead_nowhere_but_where_they_are_documented(self):
        for path in (b"/../../etc/passwd", b"/api/v1/../../../etc/passwd", b"/api/v1/records/../../../etc/passwd",
                     b"/%2e%2e/%2e%2e/etc/passwd", b"/api/v1/records/..%2f..%2fetc%2fpasswd", b"//livez", b"/livez/",
                     b"/api/v1//status", b"/api/v1/records/", b"/api/v1/records/%00", b"/api/v1/records/%", b"/%zz",
                     b"/api/v1/records/\xff\xfe", b"/api/v1/records/" + 300 * b"a", b"http://www.example.com/livez",
                     b"*", b"livez", b"", b"/api/v1/status%3f", b"/metrics/../api/v1/status",
                     b"/api/v1/heartbeats/../status", b"/api/v1/records/" + 20000 * b"a"):
            status, body = self.raw(b"GET " + path + b" HTTP/1.1")
            self.assertRegex(status, r"HTTP/1\.1 4\d\d ", path)
            self.assertIsInstance(json.loads(body)["error"], str, path)
            self.assertNotIn("root:", body)
        for head in (b"GET /livez", b"GET /livez HTTP/9.9", b"\x16\x03\x01\x02", b"GET /livez HTTP/1.1\r\nX: \x00",
                     b"GET /livez HTTP/1.1\r\nContent-Length: -1", b"GET /livez HTTP/1.1\r\n folded"):
            status, _ = self.raw(head)
            self.assertRegex(status, r"^$|HTTP/1\.1 400 ", head)
        self.assertEqual(self.request("/livez")[0], 200)

    def test_slow_clients_disturb_nobody(self):
        slow = []
        for _ in range(40):
            connection = socket.create_connection((self.admin_address, self.admin_port), 5)
            connection.sendall(b"GET /api/v1/status HTTP/1.1\r\nX: ")
            slow.append(connection)
        self.assertEqual(self.request("/livez")[0], 200)
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        for connection in slow:
            connection.close()

    def test_metrics_are_prometheus(self):
        self.pdns.a("www.example.com")
        status, text = self.request("/metrics")
        self.assertEqual(status, 200)
        self.assertRegex(text, r'fairlead_backend_requests_total\{method="lookup"\} [1-9]')
        self.assertRegex(text, rf'fairlead_check_healthy\{{check="web",address="{FIRST}"\}} 1\n')
        sample = re.compile(r'^[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? -?[0-9.e+-]+$')
        series = [line for line in text.splitlines() if not line.startswith("#")]
        for line in series:
            self.assertRegex(line, sample)
        names = [line.rsplit(" ", 1)[0] for line in series]
        self.assertEqual(len(names), len(set(names)))
        if shutil.which("promtool"):
            check = subprocess.run(["promtool", "check", "metrics"], input=text,
                                   capture_output=True, text=True, check=False)
            self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

    def test_a_port_in_use_is_one_clear_error(self):
        config = self.directory / "second.yaml"
        config.write_text(self.config_path.read_text().replace("pdns.sock", "second.sock"))
        second = Fairlead(self.directory, config, "second")
        self.assertEqual(second.child.wait(LIMIT_S), 1)
        self.assertIn(f"cannot listen on {self.admin_address}:{self.admin_port}: another process "
                      "does; stop it, or choose another admin.listen", second.log())


class WithoutToken(Operated):
    with_token = False

    def test_loopback_is_open_but_not_to_web_pages(self):
        self.assertEqual(self.request("/api/v1/status", token="")[0], 200)
        page = {"Origin": "http://www.example.com"}
        self.assertEqual(self.request("/api/v1/reload", "POST", "", "", page)[0], 403)
        self.assertEqual(
            self.request("/api/v1/status", token="", headers={"Host": "www.example.com"})[0], 403)
        self.done("set", "one", "drain", "--reason", "x")
        self.assertIn("local", self.done("overrides"))


class Reconfigured(Operated):
    """Where operators are served follows the configuration."""

    def reaches(self, url=None, token=TOKEN):
        """The status, or None when nobody listens."""
        asked = urllib.request.Request((url or self.url) + "/api/v1/status")
        asked.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(asked, timeout=LIMIT_S) as reply:
                return reply.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return None

    def test_what_is_withdrawn_is_closed_and_what_is_new_is_open(self):
        good = self.config_path.read_text()
        self.assertEqual(self.reaches(), 200)
        without = "".join(line for line in good.splitlines(True) if "admin:" not in line)
        self.config_path.write_text(without)
        self.assertIn("reloaded", self.done("reload"))  # who asks still hears what became of it
        wait_for(lambda: self.reaches() is None, "the interface is closed")
        self.assertIn("operators are served no more", self.fairlead.log())

        port = free_port(self.admin_address)
        self.tokens.write_text(f"bert {TOKEN[::-1]}\n")
        self.config_path.write_text(good.replace(str(self.admin_port), str(port)))
        self.fairlead.send(signal.SIGHUP)
        moved = f"http://{self.admin_address}:{port}"
        wait_for(lambda: self.reaches(moved, TOKEN[::-1]) == 200, "it is open elsewhere")
        self.assertEqual(self.reaches(moved), 401)

        self.config_path.write_text(good)
        self.fairlead.send(signal.SIGHUP)
        wait_for(lambda: self.reaches(token=TOKEN[::-1]) == 200, "it is back")
        self.assertIsNone(self.reaches(moved, TOKEN[::-1]))
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])


class JsonLog(Operated):
    @classmethod
    def make_config(cls, more_records=""):
        return super().make_config(more_records) + "\n            log: {format: json}\n"

    def lines(self):
        """The log, a dictionary a line; what the loader says before it knows the format aside."""
        return [json.loads(line) for line in self.fairlead.log().splitlines()]

    def test_each_line_is_an_object_and_an_event_has_its_members(self):
        reason = 'new "disks"\u00e4'
        self.done("set", "one", "drain", "--reason", reason)
        self.done("clear", "one")
        lines = self.lines()
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("info", "warning", "error"))
        self.assertTrue(any(line["message"].startswith("ready: ") for line in lines))
        event = next(line for line in lines if line.get("kind") == "override")
        self.assertEqual((event["subject"], event["to"], event["by"], event["reason"]),
                         ("one", "drain", "anna", reason))
        self.assertEqual(event["message"], f"override: one drain by anna: {reason}")
        self.assertNotIn(TOKEN, self.fairlead.log())

    def test_the_format_changes_with_a_reload(self):
        good = self.config_path.read_text()
        self.config_path.write_text(good.replace("format: json", "level: info"))
        self.done("reload")
        self.config_path.write_text(good)
        self.done("set", "one", "up", "--reason", "in words")
        self.done("reload")
        self.done("clear", "one")
        text = self.fairlead.log()
        self.assertRegex(text, r"(?m)^\S+ warning override: one up by anna: in words$")
        self.assertEqual(json.loads(text.splitlines()[-1])["message"],
                         "override removed: one up by anna")


class UnixSocket(SteeringTest):
    with_pdns = False

    def test_only_its_owner_may_connect(self):
        path = self.directory / "admin.sock"
        config = self.write_config("""
            admin: {listen: 'unix:admin.sock'}
            zones:
              example.com:
                ns: [ns1.example.net.]
                records: {www: {policy: simple, targets: [192.0.2.1]}}
            """)
        fairlead = self.start(Fairlead(self.directory, config)).wait_ready()
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        run = subprocess.run([FAIRLEAD, "status", "--server", f"unix:{path}"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("ready, fairlead", run.stdout)

        drained = subprocess.run([FAIRLEAD, "set", "192.0.2.1", "drain", "--reason", "x",
                                  "--server", f"unix:{path}"],
                                 capture_output=True, text=True, check=False)
        self.assertEqual(drained.returncode, 0, drained.stderr)
        me = pwd.getpwuid(os.getuid()).pw_name
        self.assertIn(f"override: 192.0.2.1 drain by {me}: x", fairlead.log())
        self.assertEqual(fairlead.stop(), 0)
        self.assertFalse(path.exists())


if __name__ == "__main__":
    main()
