# SPDX-License-Identifier: Apache-2.0
"""Weights and nested policies, as dig sees them."""

import math
import re

from harness import Nginx, SteeringTest, free_port, loopback, main, wait_for

BLUE, GREEN, DISASTER, FAR, STANDBY = (loopback(number) for number in range(1, 6))
PORT = free_port(BLUE)
FALSE_ALARM = 1e-9  # how often a right implementation may fail a statistical test


def binomial_range(count, share):
    """The fewest and most hits among `count` to be believed: fewer or more are a FALSE_ALARM."""
    def probability(hits):
        ways = math.lgamma(count + 1) - math.lgamma(hits + 1) - math.lgamma(count - hits + 1)
        return math.exp(ways + hits * math.log(share) + (count - hits) * math.log(1 - share))

    def first(candidates):
        tail = 0.0
        for hits in candidates:
            tail += probability(hits)
            if tail > FALSE_ALARM / 2:
                return hits
    return first(range(count + 1)), first(range(count, -1, -1))


class Weights(SteeringTest):
    config = f"""\
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              api:
                policy: weighted
                targets: [{{address: {BLUE}, weight: 90}}, {{address: {GREEN}, weight: 10}}]
              equal:
                policy: weighted
                targets: [{{address: {BLUE}, weight: 0}}, {{address: {GREEN}, weight: 0}}]
              standby:
                policy: weighted
                targets: [{{address: {BLUE}, weight: 1}}, {{address: {STANDBY}, weight: 0}}]
        """

    def assert_share(self, name, address, share, count=2000):
        answers = self.pdns.many(name, count)
        self.assertEqual(len(answers), count)
        low, high = binomial_range(count, share)
        self.assertGreaterEqual(answers.count(address), low)
        self.assertLessEqual(answers.count(address), high)

    def test_weights_90_to_10_give_these_shares(self):
        self.assert_share("api.example.com", BLUE, 0.9)

    def test_weights_that_are_all_zero_are_equal(self):
        self.assert_share("equal.example.com", BLUE, 0.5, count=500)

    def test_weight_zero_is_a_standby(self):
        self.assertEqual(set(self.pdns.many("standby.example.com", 200)), {BLUE})

    def test_one_answer_holds_one_address_and_only_keeps_caches_out(self):
        reply = self.pdns.dig("api.example.com", "A", "+subnet=192.0.2.0/24")
        self.assertEqual((len(reply.answer), reply.scope), (1, 1))


class Nested(SteeringTest):
    """Geography, then weights, then failover: active-active-passive in Europe."""

    @classmethod
    def prepare(cls):
        cls.web = {address: cls.start(Nginx(cls.directory, name, address, PORT))
                   for name, address in (("blue", BLUE), ("green", GREEN),
                                         ("disaster", DISASTER), ("far", FAR))}
        cls.database = cls.build_mmdb("""\
            network,continent.code,country.iso_code
            192.0.2.0/24,EU,DE
            198.51.100.0/24,NA,US
            """)

    @classmethod
    def make_config(cls):
        return f"""\
        geoip: {{databases: [{cls.database}]}}
        health_checks:
          web: {{type: http, port: {PORT}, interval: 1s, fast_interval: 200ms, timeout: 500ms}}
        defaults: {{health_check: web}}
        pools:
          blue: {{endpoints: [{{name: fra1, address: {BLUE}}}]}}
          green: {{endpoints: [{{name: fra2, address: {GREEN}}}]}}
          disaster: {{endpoints: [{{name: fra3, address: {DISASTER}}}]}}
          far: {{endpoints: [{{name: iad1, address: {FAR}}}]}}
        policies:
          eu:
            policy: failover
            targets:
              - policy: weighted
                targets: [{{pool: blue, weight: 70}}, {{pool: green, weight: 30}}]
              - pool: disaster
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              shop:
                policy: geolocation
                targets:
                  - {{geos: [EU], use: eu}}
                  - {{geos: [NA], pool: far}}
                default: {{pool: far}}
        """

    def europe(self, count=60):
        return set(self.pdns.many("shop.example.com", count, "+subnet=192.0.2.0/24"))

    def kill(self, address):
        self.web[address].kill()
        verdict = rf"{re.escape(address)}:{PORT} is unhealthy"
        wait_for(lambda: re.search(verdict, self.fairlead.log()), "the verdict", 5)

    def test_each_level_fails_over_to_the_next(self):
        # 0.3^60 and 0.7^60 are both below 1e-9: each of the two must appear among 60 answers.
        self.assertEqual(self.europe(), {BLUE, GREEN})
        self.kill(BLUE)
        self.assertEqual(self.europe(), {GREEN})
        self.kill(GREEN)
        self.assertEqual(self.europe(), {DISASTER})
        self.kill(DISASTER)
        self.assertEqual(self.europe(), {FAR})
        self.assertEqual(self.pdns.a("shop.example.com", "+subnet=198.51.100.0/24"), [FAR])


if __name__ == "__main__":
    main()
