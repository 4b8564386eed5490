# SPDX-License-Identifier: Apache-2.0
"""Beside a backend that has the zones: an overlay of some names, and a zone of one's own below."""

import re
import subprocess
import textwrap
import unittest

from harness import (ROOT, PowerDns, SteeringTest, TcpListener, Validator, create_bind_db, free_port, loopback,
                     main)

FIRST, SECOND = loopback(1), loopback(2)
PORT = free_port(FIRST)
ZONE = """\
$ORIGIN example.com.
$TTL 60
@ SOA ns1 hostmaster 42 3600 600 86400 60
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.53
mail A 192.0.2.25
* A 192.0.2.99
shop CNAME shop.steer
steer NS ns1
"""


class Overlay(SteeringTest):
    pdns_options = ("--launch=bind,remote",)

    @classmethod
    def prepare(cls):
        (cls.directory / "example.com.zone").write_text(ZONE)
        named = cls.directory / "named.conf"
        named.write_text(f'zone "example.com" {{ type native; '
                         f'file "{cls.directory}/example.com.zone"; }};\n')
        cls.pdns_options = (*cls.pdns_options, f"--bind-config={named}")
        cls.first = TcpListener(FIRST, PORT)

    @classmethod
    def make_config(cls):
        return f"""\
            health_checks:
              port: {{type: tcp, port: {PORT}, interval: 1s, fast_interval: 100ms, timeout: 500ms, fall: 1}}
            zones:
              example.com:
                overlay: true
                records:
                  www:
                    policy: failover
                    targets: [{{address: {FIRST}, health_check: port}}, {SECOND}]
                    TXT: steered
                  a.deep: {{policy: simple, targets: [192.0.2.81]}}
              steer.example.com:
                ns: [ns1.example.com.]
                records:
                  shop: {{policy: simple, targets: [192.0.2.82]}}
            """

    def test_the_other_backend_goes_on_with_what_it_has(self):
        soa = self.pdns.dig("example.com", "SOA").answer
        self.assertEqual([record.data.split()[2] for record in soa], ["42"])
        self.assertEqual(self.pdns.dig("example.com", "MX").data("MX"), ["10 mail.example.com."])
        self.assertEqual(self.pdns.a("mail.example.com"), ["192.0.2.25"])
        self.assertEqual(self.pdns.a("nobody.example.com"), ["192.0.2.99"])

    def test_names_of_the_overlay_are_steered(self):
        self.assertEqual(self.pdns.a("a.deep.example.com"), ["192.0.2.81"])
        self.assertEqual(self.pdns.dig("www.example.com", "TXT").data("TXT"), ['"steered"'])
        self.wait_for_answer("www.example.com", [FIRST], 10)
        self.first.stop()
        self.wait_for_answer("www.example.com", [SECOND], 10)
        reply = self.pdns.dig("www.example.com", "A")
        self.assertIn("aa", reply.flags)
        self.assertEqual(reply.status, "NOERROR")

    def test_what_a_steered_name_has_not_is_nodata_with_the_other_backends_soa(self):
        reply = self.pdns.dig("www.example.com", "MX")
        self.assertEqual((reply.status, reply.answer), ("NOERROR", []))
        self.assertEqual([record.name for record in reply.authority], ["example.com."])

    def test_names_between_exist(self):
        """The wildcard of the other backend does not reach there (RFC 4592 section 3.3.1)."""
        reply = self.pdns.dig("deep.example.com", "A")
        self.assertEqual((reply.status, reply.answer), ("NOERROR", []))

    def test_a_zone_below_is_entered_by_cname_and_by_name(self):
        reply = self.pdns.dig("shop.example.com", "A")
        self.assertEqual(reply.data("CNAME"), ["shop.steer.example.com."])
        self.assertEqual(reply.data("A"), ["192.0.2.82"])
        self.assertEqual(self.pdns.a("shop.steer.example.com"), ["192.0.2.82"])
        self.assertIn("aa", self.pdns.dig("steer.example.com", "SOA").flags)


class DelegatedElsewhere(SteeringTest):
    """The zone above is on a name server that has no fairlead, with the lines of the manual."""

    config = """\
        zones:
          steer.example.com:
            ns: [ns1.example.net., ns2.example.net.]
            records:
              shop: {policy: simple, targets: [192.0.2.82]}
        """

    @classmethod
    def prepare(cls):
        lines = re.search(r"(?m)^    ; in example.com, wherever that is\n((?:    .+\n)+)",
                          (ROOT / "docs/powerdns.md").read_text())[1]
        zone = cls.directory / "above.zone"
        zone.write_text("$ORIGIN example.com.\n$TTL 60\n@ SOA ns1 hostmaster 42 3600 600 86400 60\n@ NS ns1\n"
                        "ns1 A 192.0.2.53\n" + textwrap.dedent(lines))
        named = cls.directory / "above.conf"
        named.write_text(f'zone "example.com" {{ type native; file "{zone}"; }};\n')
        cls.above = cls.start(PowerDns(cls.directory, loopback(240), None, "--launch=bind", f"--bind-config={named}",
                                       name="above")).wait_ready()

    def test_a_resolver_is_sent_there_and_gets_an_answer(self):
        alias = self.above.dig("shop.example.com", "A", "+norecurse")
        self.assertEqual(alias.data("CNAME"), ["shop.steer.example.com."])
        referral = self.above.dig("shop.steer.example.com", "A", "+norecurse")
        self.assertEqual((referral.status, referral.answer), ("NOERROR", []))
        self.assertNotIn("aa", referral.flags)
        self.assertEqual({(record.name, record.data) for record in referral.authority},
                         {("steer.example.com.", "ns1.example.net."), ("steer.example.com.", "ns2.example.net.")})
        there = self.pdns.dig("shop.steer.example.com", "A", "+norecurse")
        self.assertEqual((there.data("A"), "aa" in there.flags), (["192.0.2.82"], True))


class SignedOverlay(Overlay):
    """Of a zone that the other backend signs, with narrow NSEC3."""

    @classmethod
    def prepare(cls):
        super().prepare()
        keys, home = cls.directory / "keys.sqlite", cls.directory / "pdnsutil"
        home.mkdir()
        (home / "pdns.conf").write_text(
            f"launch=bind\nbind-config={cls.directory}/named.conf\nbind-dnssec-db={keys}\n")
        if not create_bind_db(home, keys):
            raise unittest.SkipTest("this pdnsutil cannot load the bind backend")
        for command in (("secure-zone", "example.com"),
                        ("set-nsec3", "example.com", "1 0 0 -", "narrow")):
            subprocess.run(["pdnsutil", f"--config-dir={home}", *command], capture_output=True, check=True)
        cls.pdns_options = (*cls.pdns_options, f"--bind-dnssec-db={keys}")

    def test_its_names_are_signed_like_all_others(self):
        validator = Validator(self.directory, self.pdns, "example.com")
        for name, kind, expected in (
                ("www", "A", validator.VALID), ("www", "TXT", validator.VALID), ("a.deep", "A", validator.VALID),
                ("mail", "A", validator.VALID), ("nobody", "A", validator.VALID),
                ("www", "AAAA", validator.DENIED), ("deep", "A", validator.DENIED)):
            with self.subTest(name=name, kind=kind):
                self.assertIn(expected, validator.ask(f"{name}.example.com", kind))


if __name__ == "__main__":
    main()
