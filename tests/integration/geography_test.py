# SPDX-License-Identifier: Apache-2.0
"""Where the client is: by EDNS client subnet, by source address, and how far an answer holds."""

import os
import subprocess

from harness import BUILD_MMDB, SteeringTest, loopback, main

# Europe and America each get an address; so do one state, and everybody else.
EUROPE, BAVARIA, AMERICA, DEFAULT = "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"
HERE = loopback(0)  # the /24 of this program's own addresses


class Geography(SteeringTest):
    @classmethod
    def prepare(cls):
        network = HERE.rsplit(".", 1)[0]
        cls.database = cls.build_mmdb(f"""\
            network,continent.code,country.iso_code,subdivisions.0.iso_code
            198.51.100.0/25,EU,DE,BE
            198.51.100.128/26,EU,DE,BY
            198.51.100.192/26,NA,US,CA
            203.0.113.0/24,NA,US,VA
            203.0.112.0/24,EU,FR,
            {network}.64/28,EU,DE,
            {network}.80/28,NA,US,
            2001:db8::/48,EU,DE,
            2001:db8:1::/48,NA,US,
            """)

    @classmethod
    def make_config(cls):
        return f"""\
        geoip: {{databases: [{cls.database}]}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              app:
                policy: geolocation
                targets:
                  - {{geos: [EU-DE-BY], address: {BAVARIA}}}
                  - {{geos: [EU], address: {EUROPE}}}
                  - {{geos: [NA-US], address: {AMERICA}}}
                default: {DEFAULT}
              static: {{A: [{DEFAULT}]}}
        """

    def ask(self, subnet):
        reply = self.pdns.dig("app.example.com", "A", f"+subnet={subnet}")
        return reply.data("A"), reply.scope

    def test_the_client_subnet_selects_continent_country_subdivision_or_default(self):
        for subnet, address in (("198.51.100.1/32", EUROPE), ("198.51.100.129/32", BAVARIA),
                                ("198.51.100.200/32", AMERICA), ("203.0.113.0/24", AMERICA),
                                ("192.0.2.0/24", DEFAULT), ("2001:db8::/56", EUROPE),
                                ("2001:db8:1::/56", AMERICA), ("2001:db8:2::/56", DEFAULT)):
            with self.subTest(subnet=subnet):
                self.assertEqual(self.ask(subnet)[0], [address])

    def test_the_scope_is_the_network_in_which_the_answer_is_the_same(self):
        # Each of these lies beside a network that gets another answer: no shorter prefix is true.
        for subnet, scope in (("198.51.100.1/32", 25), ("198.51.100.129/32", 26),
                              ("198.51.100.200/32", 26), ("203.0.113.9/32", 24),
                              ("2001:db8::1/128", 48), ("2001:db8:1::1/128", 48)):
            with self.subTest(subnet=subnet):
                self.assertEqual(self.ask(subnet)[1], scope)

    def test_a_client_outside_of_the_database_gets_a_scope_that_reaches_into_no_known_network(self):
        # 198.51.101.0/24 is unknown, its neighbour 198.51.100.0/24 is known: 24 bits at least.
        _, scope = self.ask("198.51.101.7/32")
        self.assertTrue(24 <= scope <= 32, scope)

    def test_a_static_answer_holds_for_everybody(self):
        reply = self.pdns.dig("static.example.com", "A", "+subnet=203.0.113.0/24")
        self.assertEqual(reply.scope, 0)

    def test_without_a_client_subnet_the_source_address_counts(self):
        for number, address in ((65, EUROPE), (81, AMERICA), (97, DEFAULT)):
            with self.subTest(source=loopback(number)):
                self.assertEqual(self.pdns.a("app.example.com", "-b", loopback(number)), [address])

    def test_the_client_subnet_goes_before_the_source_address(self):
        answer = self.pdns.a("app.example.com", "-b", loopback(65), "+subnet=203.0.113.0/24")
        self.assertEqual(answer, [AMERICA])

    def test_one_clients_answer_is_not_served_to_the_next(self):
        for _ in range(3):
            self.assertEqual(self.pdns.a("app.example.com", "-b", loopback(65)), [EUROPE])
            self.assertEqual(self.pdns.a("app.example.com", "-b", loopback(81)), [AMERICA])


class World(SteeringTest):
    """The country database that ./run.sh builds of Debian's tor-geoipdb."""

    config = """\
        geoip: {databases: [{database}]}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              app:
                policy: geolocation
                targets:
                  - {geos: [EU-DE], address: 192.0.2.1}
                  - {geos: [NA-US], address: 192.0.2.2}
                  - {geos: [AS], address: 192.0.2.3}
                default: 192.0.2.4
        """

    @classmethod
    def make_config(cls):
        database = os.environ.get("FAIRLEAD_COUNTRY_MMDB")
        if not database:
            database = cls.directory / "country.mmdb"
            subprocess.run([BUILD_MMDB, "--output", database], check=True, capture_output=True)
        return cls.config.replace("{database}", str(database))

    def test_well_known_networks_are_where_they_are(self):
        for subnet, address in (("141.20.0.0/16", "192.0.2.1"),   # Humboldt University, Berlin
                                ("128.2.0.0/16", "192.0.2.2"),    # Carnegie Mellon, Pittsburgh
                                ("133.1.0.0/16", "192.0.2.3"),    # Osaka University
                                ("200.17.0.0/16", "192.0.2.4"),   # Brazil: the default
                                ("2001:638::/32", "192.0.2.1")):  # the German research network
            with self.subTest(subnet=subnet):
                self.assertEqual(self.pdns.a("app.example.com", f"+subnet={subnet}"), [address])



class Proximity(SteeringTest):
    """The policies that ask for the client in other ways: distance, networks, affinity."""

    @classmethod
    def prepare(cls):
        cls.database = cls.build_mmdb("""\
            network,country.iso_code,location.latitude,location.longitude
            198.51.100.0/25,,48.86,2.35
            198.51.100.128/25,,40.71,-74.01
            203.0.113.0/24,JP,,
            """)

    @classmethod
    def make_config(cls):
        return f"""\
        geoip: {{databases: [{cls.database}]}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              near:
                policy: geoproximity
                targets:
                  - {{location: {{lat: 50.11, lon: 8.68}}, address: 192.0.2.1}}
                  - {{location: {{lat: 38.95, lon: -77.45}}, address: 192.0.2.2}}
                  - {{location: {{lat: 1.35, lon: 103.82}}, address: 192.0.2.3}}
                default: 192.0.2.4
              office:
                policy: subnet
                targets:
                  - {{subnets: [198.51.100.0/24], address: 192.0.2.1}}
                  - {{subnets: [198.51.100.64/26, "2001:db8::/32"], address: 192.0.2.2}}
                default: 192.0.2.4
              sticky:
                policy: weighted
                affinity: {{by: client, v4: 24}}
                targets: [192.0.2.1, 192.0.2.2, 192.0.2.3]
        """

    def ask(self, name, subnet):
        reply = self.pdns.dig(f"{name}.example.com", "A", f"+subnet={subnet}")
        return reply.data("A"), reply.scope

    def test_the_nearest_target_answers(self):
        for subnet, address in (("198.51.100.1/32", "192.0.2.1"),    # Paris: Frankfurt
                                ("198.51.100.129/32", "192.0.2.2"),  # New York: Ashburn
                                ("203.0.113.0/24", "192.0.2.3"),     # Japan, by its middle: Singapore
                                ("192.0.2.0/24", "192.0.2.4")):      # nowhere: the default
            with self.subTest(subnet=subnet):
                self.assertEqual(self.ask("near", subnet)[0], [address])

    def test_the_longest_network_answers_and_the_scope_keeps_them_apart(self):
        self.assertEqual(self.ask("office", "198.51.100.1/32"), (["192.0.2.1"], 26))
        self.assertEqual(self.ask("office", "198.51.100.65/32"), (["192.0.2.2"], 26))
        self.assertEqual(self.ask("office", "198.51.100.200/32"), (["192.0.2.1"], 25))
        self.assertEqual(self.ask("office", "203.0.113.0/24")[0], ["192.0.2.4"])
        self.assertEqual(self.ask("office", "2001:db8:7::/48")[0], ["192.0.2.2"])

    def test_a_network_keeps_its_target(self):
        seen = set()
        for block in range(40):
            answers = {tuple(self.ask("sticky", f"10.0.{block}.{host}/32")[0]) for host in (1, 99)}
            self.assertEqual(len(answers), 1)
            seen |= answers
        self.assertEqual(len(seen), 3)
        self.assertEqual(self.ask("sticky", "10.0.0.1/32")[1], 24)


if __name__ == "__main__":
    main()
