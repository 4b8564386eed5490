# SPDX-License-Identifier: Apache-2.0
"""Checks at host names, by a real resolver: one that changes its mind, hangs, or never speaks."""

import signal
import socket

import harness
from harness import NEEDED, Dnsmasq, SteeringTest, TcpListener, free_port, loopback, main

harness.NEEDED = (*NEEDED, "dnsmasq")

MAIN, FALLBACK, FIRST, SECOND, RESOLVER = (loopback(number) for number in range(1, 6))
PORT = free_port(FIRST)
DNS = free_port(RESOLVER)
TIMES = "interval: 500ms, fast_interval: 100ms, timeout: 450ms, fall: 2, rise: 2"


def config_at(resolver):
    return f"""\
        resolver: {{servers: ["{resolver}"]}}
        health_checks:
          db: {{type: tcp, port: {PORT}, check_target: DB.example.net, {TIMES}}}
          port: {{type: tcp, port: {PORT}, {TIMES}}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              www: {{policy: failover, targets: [{{address: {MAIN}, health_check: db}}, {FALLBACK}]}}
              own:
                policy: failover
                targets: [{{address: {MAIN}, health_check: port, check_target: own.example.net}}, {FALLBACK}]
              other: {{policy: failover, targets: [{{address: {SECOND}, health_check: port}}, {FALLBACK}]}}
        """


class Names(SteeringTest):
    @classmethod
    def prepare(cls):
        cls.listener = TcpListener(FIRST, PORT)
        cls.addClassCleanup(cls.listener.stop)
        cls.resolver = cls.start(Dnsmasq(cls.directory, RESOLVER, DNS))
        cls.resolver.set(db=FIRST, own=FIRST)

    @classmethod
    def make_config(cls):
        return config_at(f"{RESOLVER}:{DNS}")

    def test_a_check_follows_its_name_and_outlives_its_resolver(self):
        self.wait_for_answer("www.example.com", [MAIN], 20)
        self.wait_for_answer("own.example.com", [MAIN], 20)
        self.resolver.set(db=SECOND, own=FIRST)  # where nobody listens
        self.wait_for_answer("www.example.com", [FALLBACK], 30)
        self.assertEqual(self.pdns.a("own.example.com"), [MAIN])
        self.assertRegex(self.fairlead.log(),
                         rf"db db\.example\.net:{PORT} is unhealthy: connect refused")
        self.resolver.set(db=FIRST, own=FIRST)
        self.wait_for_answer("www.example.com", [MAIN], 30)

        self.resolver.send(signal.SIGSTOP)  # it takes questions and answers none
        self.fairlead.wait_until(
            lambda: "cannot resolve db.example.net: no answer in time; the last good answer counts"
            in self.fairlead.log(), "says that it cannot resolve the name", 40)
        self.assertEqual(self.pdns.a("www.example.com"), [MAIN])
        late = TcpListener(SECOND, PORT)  # and other checks go on
        self.addCleanup(late.stop)
        self.wait_for_answer("other.example.com", [SECOND], 20)
        self.resolver.send(signal.SIGCONT)
        self.fairlead.wait_until(
            lambda: "db.example.net is resolved again" in self.fairlead.log(), "resolves", 60)

        self.resolver.set(own=FIRST)  # a name that vanishes
        self.fairlead.wait_until(
            lambda: self.fairlead.log().count("cannot resolve db.example.net") == 2, "notices", 40)
        self.assertEqual(self.pdns.a("www.example.com"), [MAIN])


class SilentResolver(SteeringTest):
    @classmethod
    def prepare(cls):
        cls.resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.addClassCleanup(cls.resolver.close)
        cls.resolver.bind((RESOLVER, 0))

    @classmethod
    def make_config(cls):
        return config_at(f"{RESOLVER}:{cls.resolver.getsockname()[1]}")

    def test_a_name_that_was_never_resolved_is_no_data_and_holds_nobody_up(self):
        self.assertEqual(self.pdns.a("www.example.com"), [MAIN])  # unknown, which is served
        self.assertEqual(self.pdns.a("other.example.com"), [FALLBACK])
        self.assertIn("cannot resolve db.example.net: no answer in time\n", self.fairlead.log())


if __name__ == "__main__":
    main()
