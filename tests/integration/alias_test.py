# SPDX-License-Identifier: Apache-2.0
"""Endpoints by name: what a real resolver says is what PowerDNS answers, each address by its health."""

import json
import signal
import urllib.request

import harness
from harness import (NEEDED, Dnsmasq, Fairlead, SteeringTest, TcpListener, free_port, loopback, main,
                     wait_for)

harness.NEEDED = (*NEEDED, "dnsmasq")

FIRST, SECOND, THIRD, FALLBACK, RESOLVER, ADMIN = (loopback(number) for number in range(1, 7))
V6 = "2001:db8::1"
PORT = free_port(FIRST)
DNS = free_port(RESOLVER)
ADMIN_PORT = free_port(ADMIN)


class Aliases(SteeringTest):
    config = f"""\
        admin: {{listen: "{ADMIN}:{ADMIN_PORT}"}}
        resolver: {{servers: ["{RESOLVER}:{DNS}"]}}
        health_checks:
          port: {{type: tcp, port: {PORT}, interval: 500ms, fast_interval: 100ms, timeout: 450ms, fall: 2, rise: 2}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              '@':
                policy: failover
                health_check: port
                targets: [{{alias: LB.example.net}}, {FALLBACK}]
              plain: {{policy: simple, targets: [{{alias: lb.example.net}}]}}
              www: {{policy: failover, health_check: port, targets: [{{alias: ghost.example.net}}, {FALLBACK}]}}
        """

    @classmethod
    def prepare(cls):
        cls.listeners = {address: TcpListener(address, PORT) for address in (FIRST, SECOND)}
        cls.addClassCleanup(lambda: [listener.stop() for listener in cls.listeners.values()])
        cls.resolver = cls.start(Dnsmasq(cls.directory, RESOLVER, DNS))
        cls.resolver.set(lb=[FIRST, SECOND, V6])

    def name(self, wanted):
        """What the status says of a name."""
        with urllib.request.urlopen(f"http://{ADMIN}:{ADMIN_PORT}/api/v1/status") as reply:
            names = json.load(reply)["resolved_names"]["names"]
        return next(name for name in names if name["name"] == wanted)

    def metric(self, series):
        with urllib.request.urlopen(f"http://{ADMIN}:{ADMIN_PORT}/metrics") as reply:
            lines = reply.read().decode().splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(series)), None)

    def test_answers_follow_the_name_and_the_health_of_each_address(self):
        self.wait_for_answer("example.com", [FIRST, SECOND], 20)  # at the apex
        self.assertEqual(self.pdns.dig("plain.example.com", "AAAA").data("AAAA"), [V6])
        self.assertEqual(self.pdns.a("plain.example.com"), sorted([FIRST, SECOND]))
        # A name that is not there, from the start.
        self.assertEqual(self.pdns.a("www.example.com"), [FALLBACK])
        self.assertIn("cannot resolve ghost.example.net", self.fairlead.log())
        self.assertIsNone(self.name("ghost.example.net")["age_s"])

        self.listeners.pop(SECOND).stop()  # one address dies
        self.wait_for_answer("example.com", [FIRST], 20)
        self.assertEqual(self.pdns.a("plain.example.com"), sorted([FIRST, SECOND]))
        self.assertIn(f"port {SECOND}:{PORT} of lb.example.net is unhealthy: connect refused",
                      self.fairlead.log())

        self.listeners[THIRD] = TcpListener(THIRD, PORT)  # the name goes elsewhere
        self.resolver.set(lb=[FIRST, THIRD])
        self.wait_for_answer("example.com", [FIRST, THIRD], 30)
        self.assertIn(f"port {SECOND}:{PORT} of lb.example.net is no longer checked: lb.example.net "
                      "does not have this address any more", self.fairlead.log())
        wait_for(lambda: not self.pdns.dig("plain.example.com", "AAAA").data("AAAA"),
                 lambda: "AAAA is gone", 30)
        self.listeners.pop(FIRST).stop()
        self.wait_for_answer("example.com", [THIRD], 20)
        self.listeners[FIRST] = TcpListener(FIRST, PORT)
        self.wait_for_answer("example.com", [FIRST, THIRD], 20)

        self.resolver.send(signal.SIGSTOP)  # it takes questions and answers none
        self.addCleanup(self.resolver.send, signal.SIGCONT)
        text = "cannot resolve lb.example.net: no answer in time; the last good answer counts"
        self.fairlead.wait_until(lambda: text in self.fairlead.log(), "says so", 40)
        self.assertEqual(self.pdns.a("example.com"), sorted([FIRST, THIRD]))
        wait_for(lambda: self.name("lb.example.net")["problem"] == "no answer in time",
                 lambda: f"{self.name('lb.example.net')}", 20)
        self.assertEqual(self.name("lb.example.net")["addresses"], sorted([FIRST, THIRD]))
        self.assertGreaterEqual(self.name("lb.example.net")["age_s"], 5)
        series = '{name="lb.example.net",type="A"}'
        self.assertGreaterEqual(self.metric("fairlead_name_answer_age_seconds" + series), 5)
        self.assertEqual(self.metric("fairlead_name_addresses" + series), 2)
        self.assertEqual(self.metric('fairlead_name_failing{name="lb.example.net"}'), 1)

        self.fairlead.stop()  # and a restart keeps what was known
        again = Fairlead(self.directory, self.config_path, "again")
        self.addCleanup(again.stop)
        again.wait_until(lambda: "listening on" in again.log(), "listens")
        # Each of PowerDNS's connections fails once, and the name is asked for again each time.
        self.wait_for_answer("plain.example.com", [FIRST, THIRD], 20)
        self.assertEqual(self.pdns.a("example.com"), sorted([FIRST, THIRD]))
        again.wait_ready()
        self.assertEqual(self.pdns.a("plain.example.com"), sorted([FIRST, THIRD]))

        self.resolver.send(signal.SIGCONT)
        self.resolver.set(lb=[SECOND])
        self.wait_for_answer("plain.example.com", [SECOND], 60)


if __name__ == "__main__":
    main()
