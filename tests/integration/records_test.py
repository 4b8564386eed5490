# SPDX-License-Identifier: Apache-2.0
"""The zone around the steered names: static records, gaps, wildcards, cuts, transfer."""

from harness import SteeringTest, main

# type: what the configuration says; dig shows the same.
STATIC = {
    "A": ["192.0.2.10", "192.0.2.11"],
    "AAAA": ["2001:db8::10"],
    "MX": ["10 mail.example.com.", "20 mail2.example.com."],
    "TXT": ['"v=spf1 -all"', '"a \\"quoted\\" word" "and a second string"'],
    "SRV": ["10 60 5060 sip.example.com."],
    "CAA": ['0 issue "ca.example.net"'],
    "NAPTR": ['100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'],
    "TLSA": ["3 1 1 " + "AB" * 28 + " ABABABAB"],
    "SSHFP": ["4 2 " + "CD" * 28 + " CDCDCDCD"],
    "HTTPS": ['1 . alpn="h2,h3"'],
    "LOC": ["52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m"],
}


def as_yaml(records):
    """A mapping of types to lists of single-quoted strings."""
    lists = (kind + ": ['" + "', '".join(values) + "']" for kind, values in records.items())
    return "{" + ", ".join(lists) + "}"


class Records(SteeringTest):
    config = f"""\
        zones:
          example.com:
            ns: [ns1.example.com., ns2.example.net.]
            soa: {{mname: ns1.example.com., rname: hostmaster.example.com., minimum: 60}}
            records:
              '@': {{MX: ["10 mail.example.com."]}}
              ns1: {{A: [192.0.2.53]}}
              mail: {{A: [192.0.2.25], AAAA: ["2001:db8::25"]}}
              www:
                policy: weighted
                targets: [{{address: 192.0.2.1, weight: 90}}, {{address: 192.0.2.2, weight: 10}}]
                ttl: 30
              both:
                policy: multivalue
                TXT: ['"beside a steered type"']
                targets: [192.0.2.3, "2001:db8::3"]
              deep.empty: {{A: [192.0.2.4]}}
              '*.wild': {{A: [192.0.2.5]}}
              exact.wild: {{TXT: ['"exact"']}}
              '*.steered':
                policy: multivalue
                targets: [192.0.2.6]
              alias: {{CNAME: [www.example.com.]}}
              child: {{NS: [ns.child.example.com.]}}
              ns.child: {{A: [192.0.2.7]}}
              static: {as_yaml(STATIC)}
        """

    def test_static_records_of_many_types_arrive_as_they_were_written(self):
        for kind, values in STATIC.items():
            with self.subTest(type=kind):
                reply = self.pdns.dig("static.example.com", kind)
                self.assertEqual(reply.data(kind), sorted(values))

    def test_soa_and_ns_come_from_the_zone(self):
        soa = self.pdns.dig("example.com", "SOA").data("SOA")[0].split()
        self.assertEqual(soa[:2], ["ns1.example.com.", "hostmaster.example.com."])
        self.assertEqual(soa[6], "60")
        self.assertEqual(self.pdns.dig("example.com", "NS").data("NS"),
                         ["ns1.example.com.", "ns2.example.net."])

    def test_answers_are_authoritative_and_carry_the_configured_ttl(self):
        reply = self.pdns.dig("www.example.com", "A")
        self.assertIn("aa", reply.flags)
        self.assertEqual(reply.answer[0].ttl, 30)

    def test_letters_of_any_case_match(self):
        self.assertEqual(self.pdns.a("StAtIc.ExAmPlE.cOm"), ["192.0.2.10", "192.0.2.11"])

    def test_a_name_that_is_not_there_is_nxdomain_with_the_soa(self):
        for name in ("nowhere.example.com", "a.b.c.example.com", "below.www.example.com"):
            with self.subTest(name=name):
                reply = self.pdns.dig(name, "A")
                self.assertEqual((reply.status, [r.type for r in reply.authority]),
                                 ("NXDOMAIN", ["SOA"]))

    def test_a_type_that_is_not_there_is_no_data(self):
        for name, kind in (("www.example.com", "AAAA"), ("www.example.com", "TXT"),
                           ("static.example.com", "PTR"), ("empty.example.com", "A"),
                           ("wild.example.com", "A"), ("exact.wild.example.com", "A")):
            with self.subTest(name=name, type=kind):
                reply = self.pdns.dig(name, kind)
                self.assertEqual((reply.status, reply.answer, [r.type for r in reply.authority]),
                                 ("NOERROR", [], ["SOA"]))

    def test_both_families_and_a_static_type_live_at_a_steered_name(self):
        self.assertEqual(self.pdns.a("both.example.com"), ["192.0.2.3"])
        self.assertEqual(self.pdns.dig("both.example.com", "AAAA").data("AAAA"), ["2001:db8::3"])
        self.assertEqual(self.pdns.dig("both.example.com", "TXT").data("TXT"),
                         ['"beside a steered type"'])

    def test_wildcards_cover_what_does_not_exist_below_them(self):
        for name in ("a.wild.example.com", "a.b.wild.example.com"):
            reply = self.pdns.dig(name, "A")
            self.assertEqual([(r.name, r.data) for r in reply.answer], [(name + ".", "192.0.2.5")])
        self.assertEqual(self.pdns.a("any.steered.example.com"), ["192.0.2.6"])

    def test_an_alias_is_followed_to_a_steered_name(self):
        reply = self.pdns.dig("alias.example.com", "A")
        self.assertEqual([r.type for r in reply.answer], ["CNAME", "A"])

    def test_a_delegation_is_a_referral_with_glue(self):
        reply = self.pdns.dig("host.child.example.com", "A", "+norecurse")
        self.assertEqual((reply.status, reply.answer), ("NOERROR", []))
        self.assertNotIn("aa", reply.flags)
        self.assertEqual([(r.type, r.data) for r in reply.authority],
                         [("NS", "ns.child.example.com.")])
        self.assertEqual([(r.name, r.data) for r in reply.additional],
                         [("ns.child.example.com.", "192.0.2.7")])

    def test_an_mx_brings_the_addresses_of_its_host(self):
        reply = self.pdns.dig("example.com", "MX")
        self.assertEqual(sorted(r.data for r in reply.additional), ["192.0.2.25", "2001:db8::25"])

    def test_a_zone_that_is_not_ours_is_refused(self):
        self.assertEqual(self.pdns.dig("www.example.org", "A").status, "REFUSED")

    def test_a_transfer_lists_every_endpoint_and_every_static_record(self):
        records = self.pdns.transfer("example.com")
        listed = {(r.name, r.type, r.data) for r in records}
        for wanted in (("www.example.com.", "A", "192.0.2.1"),
                       ("www.example.com.", "A", "192.0.2.2"),
                       ("both.example.com.", "AAAA", "2001:db8::3"),
                       ("*.steered.example.com.", "A", "192.0.2.6"),
                       ("child.example.com.", "NS", "ns.child.example.com."),
                       ("ns.child.example.com.", "A", "192.0.2.7"),
                       ("static.example.com.", "CAA", STATIC["CAA"][0])):
            with self.subTest(record=wanted):
                self.assertIn(wanted, listed)
        self.assertEqual([records[0].type, records[-1].type], ["SOA", "SOA"])

    def test_tcp_answers_like_udp(self):
        self.assertEqual(self.pdns.a("static.example.com", "+tcp"), ["192.0.2.10", "192.0.2.11"])


if __name__ == "__main__":
    main()
