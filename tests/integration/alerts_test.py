# SPDX-License-Identifier: Apache-2.0
"""Alerts of a real process: what its receivers get, and that they hold nothing up."""

import http.server
import json
import re
import ssl
import threading

from admin_test import FIRST, SECOND, Operated
from harness import PATIENCE_S, SLOWNESS, Authority, Nginx, free_port, loopback, main, wait_for


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


class SecureAlerts(Operated):
    """Receivers over TLS, of which one alone shows what it should."""

    @classmethod
    def prepare(cls):
        super().prepare()
        authority = Authority(cls.directory)
        elsewhere = cls.directory / "elsewhere"
        elsewhere.mkdir()
        cls.receiver, cls.misnamed, cls.unknown, cls.self_signed = (
            cls.start(Receiver("127.0.0.1", certificate)) for certificate in (
                authority.certificate_for("localhost"), authority.certificate_for("other.example.com"),
                Authority(elsewhere).certificate_for("localhost"), authority.self_signed("localhost")))

    @classmethod
    def make_config(cls, more_records=""):
        webhooks = "".join(f"""
                - {{url: "https://localhost:{receiver.port}/", ca_file: {cls.directory}/ca.pem, timeout: 1s,
                    events: [health, override]}}"""
                           for receiver in (cls.receiver, cls.misnamed, cls.unknown, cls.self_signed))
        return super().make_config(more_records) + f"""
            alerts:
              group_window: 1s
              webhooks:{webhooks}
            """

    def total(self, what, receiver):
        name = re.escape(f'fairlead_alerts_{what}{{receiver="webhook localhost:{receiver.port}"}} ')
        return int(re.search(rf"^{name}(\d+)$", self.request("/metrics")[1], re.M)[1])

    def wait_for_waiting(self, count):
        wait_for(lambda: self.total("waiting", self.receiver) == count, f"{count} messages wait")

    def complaints(self, receiver):
        return re.findall(rf"alerts: cannot tell webhook localhost:{receiver.port}: (.*)", self.fairlead.log())

    def test_what_happened_while_it_failed_and_hung_is_told_in_order(self):
        self.receiver.behaviour = "fail"
        self.done("set", "two", "up", "--reason", "has its own power")
        wait_for(lambda: self.receiver.requests > 1, "it was tried again")
        self.receiver.behaviour = "hang"
        self.web[FIRST].stop()
        self.wait_for_waiting(2)
        self.assertEqual(self.pdns.a("www.example.com"), [SECOND])
        self.web[FIRST] = self.start(Nginx(self.directory, "one", FIRST, self.port))
        self.wait_for_waiting(3)
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.done("clear", "two")
        self.wait_for_waiting(4)
        self.assertEqual(self.receiver.messages, [])
        self.receiver.behaviour = "take"
        self.receiver.let_go.set()
        wait_for(lambda: len(self.receiver.told()) >= 4, "all are told", 3 * PATIENCE_S)
        self.assertEqual([(message["about"], message["status"]) for message in self.receiver.told()],
                         [("override", "notice"), ("outage", "firing"), ("outage", "resolved"),
                          ("override", "notice")])
        self.assertEqual(self.total("dropped_total", self.receiver), 0)
        self.assertEqual(len(self.complaints(self.receiver)), 1)
        self.assertEqual(self.fairlead.log().count(f"localhost:{self.receiver.port} takes messages again"), 1)

    def test_who_shows_a_wrong_certificate_is_told_nothing_and_the_log_says_why_once(self):
        self.done("set", "two", "up", "--reason", "for the certificates")
        self.addCleanup(self.done, "clear", "two")
        for receiver, problem in ((self.misnamed, "hostname mismatch, expected localhost"),
                                  (self.unknown, "unable to get local issuer certificate"),
                                  (self.self_signed, "self-signed certificate")):
            wait_for(lambda: self.total("failed_total", receiver) >= 2, "it was tried again")
            self.assertEqual(self.complaints(receiver), [f"tls certificate: {problem}; it is tried again"])
            self.assertEqual(receiver.requests, 0)


class SiteOutage(Operated):
    """A site of two hundred endpoints behind one process, another site, and a receiver."""

    ENDPOINTS = 200

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.receiver = cls.start(Receiver(FIRST))
        cls.site_port = free_port("0.0.0.0")
        cls.site = cls.start_site()

    @classmethod
    def start_site(cls):
        return cls.start(Nginx(cls.directory, "site", "0.0.0.0", cls.site_port))

    @classmethod
    def make_config(cls, more_records=""):
        members = ", ".join(loopback(number) for number in range(30, 30 + cls.ENDPOINTS))
        config = super().make_config("site: {policy: failover, targets: [{pool: fra}, {pool: eu}]}")
        return config.replace("pools:\n", f"""pools:
              fra: {{health_check: site, endpoints: [{members}]}}
            """.rstrip(" ") , 1).replace("health_checks:\n", f"""health_checks:
              site: {{type: http, port: {cls.site_port}, interval: 1s, timeout: 1s, fast_interval: 200ms}}
            """.rstrip(" "), 1) + f"""
            alerts:
              group_window: {5 * SLOWNESS}s
              webhooks: [{{url: "http://{FIRST}:{cls.receiver.port}/"}}]
            """

    def test_it_is_one_message_that_names_the_site_and_its_end_another(self):
        self.site.kill()
        wait_for(lambda: self.receiver.told(), "told of the outage", 3 * PATIENCE_S)
        self.assertIn(self.pdns.a("site.example.com"), ([FIRST], [SECOND]))
        self.site = self.start_site()
        wait_for(lambda: len(self.receiver.told()) > 1, "told of its end", 3 * PATIENCE_S)
        self.done("set", "two", "up", "--reason", "the next message")
        wait_for(lambda: self.receiver.told(about="override"), "told of something else")

        firing, resolved, _ = self.receiver.told()
        self.assertEqual(firing["status"], "firing")
        self.assertEqual(firing["counts"], {"health": self.ENDPOINTS, "failover": 1, "all_unhealthy": 1})
        self.assertEqual(firing["active"], self.ENDPOINTS + 1)
        self.assertEqual(firing["summary"],
                         f"{self.ENDPOINTS} unhealthy, 1 failover, 1 with nothing healthy left: pool fra (A)")
        self.assertEqual((resolved["status"], resolved["group"], resolved["active"]),
                         ("resolved", firing["group"], 0))
        self.assertRegex(resolved["summary"], r"^over after \d+ s: 200 unhealthy, .*: pool fra \(A\)$")
        self.assertEqual(len(resolved["events"]) + resolved["more"], self.ENDPOINTS + 1)


if __name__ == "__main__":
    main()
