# SPDX-License-Identifier: Apache-2.0
"""Weights and nested policies, as dig sees them."""

import math
import re
import subprocess

from harness import FAIRLEAD, Nginx, SteeringTest, free_port, loopback, main, wait_for

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
        wait_for(lambda: re.search(verdict, self.fairlead.log()), "the verdict")

    def wait_for_europe(self, expected):
        """Said is said before it is so. While the old answer is given, 60 draws do not all miss it: 0.3^60."""
        wait_for(lambda: self.europe() == {expected}, f"{expected} alone")

    def test_each_level_fails_over_to_the_next(self):
        # 0.3^60 and 0.7^60 are both below 1e-9: each of the two must appear among 60 answers.
        self.assertEqual(self.europe(), {BLUE, GREEN})
        self.kill(BLUE)
        self.wait_for_europe(GREEN)
        self.kill(GREEN)
        self.wait_for_europe(DISASTER)
        self.kill(DISASTER)
        self.wait_for_europe(FAR)
        self.assertEqual(self.pdns.a("shop.example.com", "+subnet=198.51.100.0/24"), [FAR])


class Latency(SteeringTest):
    """A table of measurements decides; who is not measured gets the default."""

    @classmethod
    def prepare(cls):
        (cls.directory / "latency.csv").write_text("""\
network,region,ms
198.51.100.0/24,eu,20
198.51.100.0/24,us,95
198.51.100.192/26,us,12.5
203.0.113.0/24,us,30
2001:db8::/48,eu,25
2001:db8::/48,us,110
2001:db8:0:8000::/49,us,9
""", encoding="utf-8")

    config = f"""\
        latency: {{table: latency.csv}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              app:
                policy: latency
                targets: [{{region: eu, address: {BLUE}}}, {{region: us, address: {GREEN}}}]
                default: {STANDBY}
        """

    def ask(self, subnet):
        reply = self.pdns.dig("app.example.com", "A", f"+subnet={subnet}")
        return reply.data("A"), reply.scope

    def test_the_region_of_least_latency_answers_and_the_scope_keeps_networks_apart(self):
        for subnet, address, scope in (("198.51.100.1/32", BLUE, 25),
                                       ("198.51.100.129/32", BLUE, 26),
                                       ("198.51.100.200/32", GREEN, 26),
                                       ("203.0.113.7/32", GREEN, 24),
                                       ("2001:db8::1/128", BLUE, 49),
                                       ("2001:db8:0:8000::1/128", GREEN, 49)):
            with self.subTest(subnet=subnet):
                self.assertEqual(self.ask(subnet), ([address], scope))

    def test_who_is_not_measured_gets_the_default(self):
        self.assertEqual(self.ask("192.0.2.0/24")[0], [STANDBY])
        self.assertEqual(self.ask("2001:db8:1::/48")[0], [STANDBY])

    def test_a_bad_row_is_refused_with_its_place(self):
        table = self.directory / "bad.csv"
        table.write_text("198.51.100.0/24,eu,20\n198.51.100.1/24,us,95\n", encoding="utf-8")
        config = self.directory / "bad.yaml"
        config.write_text("latency: {table: bad.csv}\nzones: {}\n", encoding="utf-8")
        run = subprocess.run([FAIRLEAD, "check", config], capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn(f"{table}:2:1: error [latency-table]", run.stdout + run.stderr)


class NewLatencies(SteeringTest):
    """The table is measured anew while queries are answered."""

    @classmethod
    def prepare(cls):
        cls.measure(50, 51)

    config = f"""\
        latency: {{table: latency.csv}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              app:
                policy: latency
                targets: [{{region: eu, address: {BLUE}}}, {{region: us, address: {GREEN}}}]
        """

    @classmethod
    def measure(cls, eu, us):
        fresh = cls.directory / "latency.csv.new"
        fresh.write_text(f"198.51.100.0/24,eu,{eu}\n198.51.100.0/24,us,{us}\n", encoding="utf-8")
        fresh.rename(cls.directory / "latency.csv")

    def wait_for_log(self, words, times):
        wait_for(lambda: self.fairlead.log().count(words) == times, f"{words}, {times} times", 10)

    def answer(self):
        return self.pdns.a("app.example.com", "+subnet=198.51.100.0/24")

    def test_a_replaced_table_is_taken_up_but_a_near_tie_does_not_flap(self):
        self.assertEqual(self.answer(), [BLUE])
        self.measure(52, 49)
        self.wait_for_log("latencies read anew", 1)
        self.assertEqual(self.answer(), [BLUE])
        self.measure(52, -1)
        self.wait_for_log("latency.csv:2:1: error [latency-table]", 1)
        self.assertEqual(self.answer(), [BLUE])
        self.measure(52, 30)
        self.wait_for_log("latencies read anew", 2)
        self.assertEqual(self.answer(), [GREEN])


if __name__ == "__main__":
    main()
