# SPDX-License-Identifier: Apache-2.0
"""Endpoints die and come back; the answers follow, as fast as the health check's times promise."""

import re
import signal
import time

from harness import Nginx, SteeringTest, free_port, loopback, main, wait_for

INTERVAL_S, FAST_INTERVAL_S, TIMEOUT_S, FALL, RISE, JITTER = 1.0, 0.2, 0.5, 2, 2, 1.1
# From the death of an endpoint to a verdict, at worst: it dies just after a probe, the next one
# comes an interval later, those that confirm it follow at the fast interval. A refused connection
# needs no timeout.
WORST_S = JITTER * (INTERVAL_S + (max(FALL, RISE) - 1) * FAST_INTERVAL_S)
FAILBACK_S = 3
MACHINE_S = 2.0  # what a busy machine may add: starting dig, scheduling

FIRST, SECOND, THIRD = loopback(1), loopback(2), loopback(3)
PORT = free_port(FIRST)


class Failover(SteeringTest):
    config = f"""\
        health_checks:
          web:
            type: http
            port: {PORT}
            path: /health
            interval: {INTERVAL_S:g}s
            fast_interval: {FAST_INTERVAL_S * 1000:g}ms
            timeout: {TIMEOUT_S * 1000:g}ms
            fall: {FALL}
            rise: {RISE}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              ns1: {{A: [192.0.2.53]}}
              www:
                policy: failover
                health_check: web
                targets: [{FIRST}, {SECOND}]
              all:
                policy: multivalue
                health_check: web
                targets: [{FIRST}, {SECOND}]
              back-later:
                policy: failover
                health_check: web
                failback: {{after: {FAILBACK_S}s}}
                targets: [{FIRST}, {SECOND}]
              closed:
                policy: failover
                health_check: web
                targets: [{THIRD}, {FIRST}]
        """

    @classmethod
    def prepare(cls):
        cls.first = cls.start(cls.nginx("first", FIRST))
        cls.second = cls.start(cls.nginx("second", SECOND))

    @classmethod
    def nginx(cls, name, address):
        return Nginx(cls.directory, name, address, PORT)

    def transitions(self, address, state):
        return len(re.findall(rf"{re.escape(address)}:{PORT} is {state}\b", self.fairlead.log()))

    def tearDown(self):
        for name, address in (("first", FIRST), ("second", SECOND)):
            if not getattr(type(self), name).running():
                setattr(type(self), name, self.start(self.nginx(name, address)))
        self.wait_for_answer("all.example.com", [FIRST, SECOND], WORST_S + MACHINE_S)

    def test_a_dead_endpoint_leaves_the_answers_within_the_bound_and_returns(self):
        self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        self.first.kill()
        self.wait_for_answer("www.example.com", [SECOND], WORST_S + MACHINE_S)
        type(self).first = self.start(self.nginx("first", FIRST))
        self.wait_for_answer("www.example.com", [FIRST], WORST_S + MACHINE_S)

    def test_a_policy_with_a_wait_returns_when_the_better_target_has_been_well_for_that_long(self):
        self.first.kill()
        self.wait_for_answer("back-later.example.com", [SECOND], WORST_S + MACHINE_S)
        type(self).first = self.start(self.nginx("first", FIRST))
        self.wait_for_answer("www.example.com", [FIRST], WORST_S + MACHINE_S)
        returned = time.monotonic()
        self.assertEqual(self.pdns.a("back-later.example.com"), [SECOND])
        self.wait_for_answer("back-later.example.com", [FIRST], FAILBACK_S + MACHINE_S)
        self.assertGreater(time.monotonic() - returned, FAILBACK_S - MACHINE_S)
        node = "zones.example.com.records.back-later"
        self.assertIn(f"failover: {node} (A) goes from {FIRST} to {SECOND}", self.fairlead.log())
        self.fairlead.wait_until(lambda: f"failback: {node} (A) goes from {SECOND} to {FIRST}" in self.fairlead.log(), "says so")

    def test_a_silent_endpoint_leaves_within_interval_and_timeouts(self):
        self.first.send(signal.SIGSTOP)  # the kernel still accepts connections
        try:
            self.wait_for_answer("www.example.com", [SECOND],
                                 WORST_S + FALL * TIMEOUT_S + MACHINE_S)
        finally:
            self.first.send(signal.SIGCONT)
        self.wait_for_answer("www.example.com", [FIRST], WORST_S + MACHINE_S)

    def test_no_cache_holds_an_answer_beyond_the_verdict(self):
        for _ in range(3):  # in whatever cache there might be
            self.assertEqual(self.pdns.a("www.example.com"), [FIRST])
        seen = self.transitions(FIRST, "unhealthy")
        self.first.kill()
        wait_for(lambda: self.transitions(FIRST, "unhealthy") > seen, "the verdict is logged",
                 WORST_S + MACHINE_S)
        self.wait_for_answer("www.example.com", [SECOND], MACHINE_S)

    def test_a_dead_endpoint_leaves_a_multivalue_answer(self):
        self.assertEqual(self.pdns.a("all.example.com"), sorted([FIRST, SECOND]))
        self.second.kill()
        self.wait_for_answer("all.example.com", [FIRST], WORST_S + MACHINE_S)

    def test_when_all_endpoints_are_down_all_of_them_are_served_as_if_healthy(self):
        seen = {address: self.transitions(address, "unhealthy") for address in (FIRST, SECOND)}
        self.first.kill()
        self.second.kill()
        wait_for(lambda: all(self.transitions(address, "unhealthy") > before
                             for address, before in seen.items()),
                 "both verdicts are logged", WORST_S + MACHINE_S)
        self.wait_for_answer("all.example.com", [FIRST, SECOND], MACHINE_S)
        self.wait_for_answer("www.example.com", [FIRST], MACHINE_S)

    def test_an_endpoint_that_never_answered_is_not_handed_out(self):
        self.assertEqual(self.pdns.a("closed.example.com"), [FIRST])

    def test_a_family_without_endpoints_is_no_data_whoever_is_healthy(self):
        reply = self.pdns.dig("www.example.com", "AAAA")
        self.assertEqual((reply.status, reply.answer), ("NOERROR", []))
        self.assertEqual([record.type for record in reply.authority], ["SOA"])


if __name__ == "__main__":
    main()
