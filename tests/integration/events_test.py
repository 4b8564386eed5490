# SPDX-License-Identifier: Apache-2.0
"""What has happened: the command line, the live stream, the file and alerts, of a real process."""

import http.server
import json
import ssl
import threading

from admin_test import FIRST, SECOND, Operated
from harness import (FAIRLEAD, Authority, Nginx, PATIENCE_S, Process, main, wait_for)


class Events(Operated):
    def events(self, **wanted):
        """Those that `fairlead events --json` shows with these members."""
        lines = self.done("events", "--json", "-n", "10000").splitlines()
        return [event for event in map(json.loads, lines)
                if all(event.get(key) == value for key, value in wanted.items())]

    def follow(self, *arguments):
        return self.start(Process(self.directory, "events", [
            FAIRLEAD, "events", "-f", "--server", self.url, "--token-file", self.tokens,
            *arguments]))

    def test_an_outage_is_told_from_beginning_to_end(self):
        # Those of before, too: on a busy machine it may follow only after the first has happened.
        watching = self.follow("-n", "1000", "--json")
        self.web[FIRST].stop()
        watching.wait_until(lambda: watching.log().count('"kind":"failover"') == 2,
                            "tells of both failovers")
        down, = self.events(kind="health", to="unhealthy")
        self.assertEqual(down["subject"], f"web {FIRST}:{self.port}")
        self.assertEqual(down["from"], "healthy")
        self.assertEqual(down["outcome"], "connect refused")
        self.assertTrue(down["active"])
        self.assertGreaterEqual(down["lasted_ms"], 0)
        self.assertIn(down, [json.loads(line) for line in watching.log().splitlines() if line])
        self.assertEqual({(moved["subject"], moved["from"], moved["to"])
                          for moved in self.events(kind="failover")},
                         {(f"zones.example.com.records.{name} (A)", "one", "two")
                          for name in ("db", "www")})
        self.assertIn("failed over: zones.example.com.records.www (A) stays with two",
                      self.run_command("status").stdout)

        self.web[FIRST] = self.start(Nginx(self.directory, "one", FIRST, self.port))
        up = wait_for(lambda: self.events(kind="health", to="healthy"), "one is back")[-1]
        self.assertFalse(up["active"])
        self.assertEqual(up["subject"], down["subject"])
        self.assertIn(f"{up['text']}\n", self.done("events"))
        # db has failback: manual and stays.
        back, = wait_for(lambda: self.events(kind="failback"), "www goes back")
        self.assertEqual((back["subject"], back["to"]),
                         ("zones.example.com.records.www (A)", "one"))
        metrics = self.request("/metrics")[1]
        for line in ('fairlead_failovers_total 2', 'fairlead_failbacks_total 1',
                     'fairlead_failed_over 1',
                     'fairlead_failover_position{node="zones.example.com.records.www",type="A"} 0',
                     'fairlead_failover_position{node="zones.example.com.records.db",type="A"} 1'):
            self.assertIn(line + "\n", metrics)
        self.done("failback", "db.example.com")
        self.assertEqual(self.events(kind="failback")[-1]["by"], "anna")

    def test_operators_and_reloads_are_events(self):
        self.done("set", "two", "drain", "--reason", "new disks")
        self.done("clear", "two")
        self.done("reload")
        was_set = self.events(kind="override", to="drain")[-1]
        self.assertEqual((was_set["by"], was_set["reason"]), ("anna", "new disks"))
        self.assertEqual(self.events(kind="override")[-1]["from"], "drain")
        self.assertEqual(self.events(kind="reload", to="applied")[-1]["by"], "anna")
        self.assertIn('fairlead_events_total{kind="reload"}', self.request("/metrics")[1])

    def test_the_file_has_them_all(self):
        self.done("set", "two", "up", "--reason", "for the file")
        newest = self.events()[-1]
        file = self.directory / "events.jsonl"
        wait_for(lambda: file.exists() and json.dumps(newest["id"]) in file.read_text(),
                 "the newest is in the file")
        written = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual([event for event in written if event["id"] <= newest["id"]],
                         [event for event in self.events() if event["id"] <= newest["id"]])
        self.assertEqual([e["id"] for e in written], sorted({e["id"] for e in written}))

    def test_who_may_not_or_cannot_follow_is_told(self):
        run = self.run_command("events", "-f", "--server", "http://127.0.0.1:1")
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot reach", run.stderr)
        self.assertEqual(self.request("/api/v1/events?follow=true", token="")[0], 401)


class Receiver:
    """A web server that keeps what is posted to it, and does with it what `behaviour` says."""

    def __init__(self, address, tls=None):
        self.messages, self.behaviour, self.requests = [], "take", 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.requests += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.behaviour == "hang":
                    outer.let_go.wait(PATIENCE_S)
                    return
                if outer.behaviour == "take":
                    outer.messages.append((json.loads(body), dict(self.headers)))
                self.send_response(200 if outer.behaviour == "take" else 500)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.let_go = threading.Event()
        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.chain, tls.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()

    def told(self, **wanted):
        return [message for message, _ in self.messages
                if all(message.get(key) == value for key, value in wanted.items())]


class Alerts(Operated):
    """One receiver for outages that a test can break, one over TLS, and a command."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.authority = Authority(cls.directory)
        cls.receiver = cls.start(Receiver(FIRST))
        cls.secure = cls.start(Receiver("127.0.0.1", cls.authority.certificate_for("localhost")))
        headers = cls.directory / "headers"
        headers.write_text("Authorization: Bearer s3cret\n")
        headers.chmod(0o600)

    @classmethod
    def make_config(cls, more_records=""):
        return super().make_config(more_records) + f"""
            alerts:
              group_window: 1s
              webhooks:
                - {{url: "http://{FIRST}:{cls.receiver.port}/hook/s3cret-path",
                    headers_file: headers, timeout: 1s, events: [health, failover, all_unhealthy]}}
                - {{url: "https://localhost:{cls.secure.port}/", ca_file: {cls.directory}/ca.pem,
                    events: [override]}}
              exec: [/bin/sh, -c, "cat >> {cls.directory}/messages; echo >> {cls.directory}/messages"]
            """

    def fail_and_recover(self, between=lambda: None):
        """Its firing and its resolved message."""
        before = len(self.receiver.told())
        self.web[FIRST].stop()
        between()
        firing = wait_for(lambda: self.receiver.told(status="firing")[before // 2:],
                          lambda: f"told of an outage: {self.fairlead.log()[-2000:]}")[0]
        self.web[FIRST] = self.start(Nginx(self.directory, "one", FIRST, self.port))
        wait_for(lambda: len(self.receiver.told()) > before + 1, "told of its end")
        resolved = self.receiver.told()[-1]
        self.assertEqual(len(self.receiver.told()), before + 2, self.receiver.told())
        return firing, resolved

    def test_an_outage_is_one_message_and_its_end_another(self):
        firing, resolved = self.fail_and_recover()
        self.assertEqual(firing["about"], "outage")
        self.assertEqual(firing["active"], 1)
        self.assertEqual(firing["counts"]["health"], 1)
        self.assertEqual(firing["events"][0]["subject"], f"web {FIRST}:{self.port}")
        self.assertEqual(resolved["status"], "resolved")
        self.assertEqual(resolved["group"], firing["group"])
        self.assertEqual(resolved["active"], 0)
        headers = self.receiver.messages[-1][1]
        self.assertEqual(headers["Authorization"], "Bearer s3cret")
        self.assertNotIn("s3cret", self.fairlead.log())
        metrics = self.request("/metrics")[1]
        self.assertIn(f'fairlead_alerts_delivered_total{{receiver="webhook {FIRST}:'
                      f'{self.receiver.port}"}}', metrics)
        # The command was told the same.
        wait_for(lambda: resolved["group"] in (self.directory / "messages").read_text(),
                 "the command was told")

    def test_a_receiver_that_fails_or_hangs_is_told_later_and_holds_nothing_up(self):
        for trouble in "fail", "hang":
            with self.subTest(trouble):
                self.receiver.behaviour, self.receiver.requests = trouble, 0
                self.receiver.let_go.clear()

                def recover():
                    wait_for(lambda: self.receiver.requests > 1, "it was tried again")
                    self.assertEqual(self.pdns.a("www.example.com"), [SECOND])
                    self.receiver.behaviour = "take"
                    self.receiver.let_go.set()

                firing, resolved = self.fail_and_recover(recover)
                self.assertEqual(firing["group"], resolved["group"])
        self.assertIn("is tried again", self.fairlead.log())
        self.assertIn("takes messages again", self.fairlead.log())

    def test_https_is_verified_and_takes_what_it_wants(self):
        self.done("set", "two", "drain", "--reason", "new disks")
        message = wait_for(lambda: self.secure.told(about="override"),
                           lambda: f"told over TLS: {self.fairlead.log()[-2000:]}")[0]
        self.assertEqual(message["status"], "notice")
        self.assertEqual(message["events"][0]["by"], "anna")
        self.done("clear", "two")
        self.assertFalse(self.receiver.told(about="override"))


if __name__ == "__main__":
    main()
