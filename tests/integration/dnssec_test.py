# SPDX-License-Identifier: Apache-2.0
"""Steered names in signed zones: delv validates every answer against the zone's own key."""

import signal

from harness import (Fairlead, SteeringTest, TcpListener, Validator, free_port, loopback, main,
                     wait_for)

PLACES = """\
    network,continent.code,country.iso_code
    203.0.113.0/24,EU,DE
    """
DE = "+subnet=203.0.113.0/24"


def zone(name, web):
    """A zone with every kind of name; the endpoints' ports are probed."""
    return f"""\
          {name}:
            dnssec: true
            ns: [ns1.{name}., ns2.example.org.]
            soa: {{minimum: 5}}
            records:
              ns1: {{A: [192.0.2.53]}}
              '@': {{MX: ["10 mail.{name}."]}}
              mail: {{A: [192.0.2.25]}}
              www:
                policy: failover
                ttl: 30
                health_check: web
                targets:
                  - {{address: ["{web[0]}", "2001:db8::1"]}}
                  - {{address: ["{web[1]}", "2001:db8::2"]}}
              only4:
                policy: failover
                ttl: 30
                health_check: web
                targets: ["{web[0]}", "{web[1]}"]
              app:
                policy: geolocation
                ttl: 30
                targets: [{{geos: [EU-DE], pool: germany}}]
                default: {{pool: world}}
              drawn:
                policy: weighted
                ttl: 30
                targets: [{{address: 192.0.2.31, weight: 50}}, {{address: 192.0.2.32, weight: 50}}]
              both:
                policy: multivalue
                ttl: 30
                TXT: ['"beside steered addresses"']
                targets: [192.0.2.3, 192.0.2.4]
              deep.empty: {{A: [192.0.2.4]}}
              '*.wild': {{policy: multivalue, ttl: 30, targets: [192.0.2.6]}}
              alias: {{CNAME: [www.{name}.]}}
              child: {{NS: [ns.child.{name}.]}}
              ns.child: {{policy: simple, targets: [192.0.2.7]}}
              safe:
                NS: [ns.safe.{name}.]
                DS: ["60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"]
              ns.safe: {{A: [192.0.2.8]}}
              below: {{NS: [ns.deep.below.{name}.]}}
              ns.deep.below: {{A: [192.0.2.9]}}
              '1': {{TXT: ['"between the apex and @"']}}
              '\\200\\046x': {{TXT: ['"eight bits and a dot"']}}
"""


class Signed(SteeringTest):
    """narrow.example by narrow NSEC3, which is what a signed zone gets; nsec.example by NSEC."""

    zones = ("narrow.example", "nsec.example")
    pdns_options = ("--8bit-dns=yes",)  # else it refuses such names itself

    @classmethod
    def prepare(cls):
        cls.places = cls.build_mmdb(PLACES)
        cls.web = [loopback(1), loopback(2)]
        cls.port = free_port(cls.web[0])
        cls.listeners = [TcpListener(address, cls.port) for address in cls.web]
        cls.addClassCleanup(lambda: [listener.stop() for listener in cls.listeners])

    @classmethod
    def make_config(cls):
        return f"""\
        geoip: {{databases: [{cls.places}]}}
        health_checks:
          web: {{type: tcp, port: {cls.port}, interval: 1s, timeout: 500ms, fall: 1, rise: 1,
                 fast_interval: 100ms}}
        pools:
          germany: {{endpoints: [{{address: [192.0.2.41, "2001:db8::41"]}}]}}
          world: {{endpoints: [{{address: [192.0.2.42, "2001:db8::42"]}}]}}
        zones:
""" + "".join(zone(name, cls.web) for name in cls.zones)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in cls.zones:
            cls.pdns.util("secure-zone", name)
        cls.pdns.util("unset-nsec3", "nsec.example")
        cls.pdns.control("purge")
        cls.validators = {name: Validator(cls.directory, cls.pdns, name) for name in cls.zones}

    def assert_valid(self, name, kind, zone_name, expected=Validator.VALID):
        output = self.validators[zone_name].ask(name, kind)
        self.assertIn(expected, output, f"{name} {kind}")
        return output

    def validate_everything(self, zone_name):
        """Every branch: steered, static, missing type, missing name, gaps, cuts."""
        at = lambda label: f"{label}.{zone_name}."
        for kind in ("A", "AAAA"):
            for label in ("www", "app", "alias"):
                self.assert_valid(at(label), kind, zone_name)
        for label in ("only4", "drawn", "both", "any.wild", "deep.empty", "mail"):
            self.assert_valid(at(label), "A", zone_name)
            self.assert_valid(at(label), "AAAA", zone_name, Validator.DENIED)
        self.assert_valid(at("both"), "TXT", zone_name)
        self.assert_valid(at("\\200\\.x"), "TXT", zone_name)
        for kind in ("SOA", "NS", "MX", "DNSKEY"):
            self.assert_valid(zone_name + ".", kind, zone_name)
        for label in ("www", "empty", "wild", "child", "any.wild"):
            kind = "MX" if label != "child" else "DS"
            self.assert_valid(at(label), kind, zone_name, Validator.DENIED)
        self.assert_valid(at("safe"), "DS", zone_name)
        for label in ("nosuch", "a.nosuch", "x.empty", "!", "\\@", "zzz", "x.www", "x.mail"):
            output = self.assert_valid(at(label), "A", zone_name, Validator.DENIED)
            self.assertIn("ncache nxdomain", output)

    def test_every_answer_validates_while_health_flips(self):
        for zone_name in self.zones:
            with self.subTest(zone=zone_name, moment="both up"):
                self.validate_everything(zone_name)
        first, second = self.web
        self.listeners[0].stop()
        for zone_name in self.zones:
            self.wait_for_answer(f"www.{zone_name}", [second], 10)
            with self.subTest(zone=zone_name, moment="first down"):
                self.validate_everything(zone_name)
        self.listeners[1].stop()
        for zone_name in self.zones:  # nothing is left: everything counts as healthy
            self.wait_for_answer(f"www.{zone_name}", [first], 10)
            with self.subTest(zone=zone_name, moment="both down"):
                self.validate_everything(zone_name)
        self.listeners[:] = [TcpListener(address, self.port) for address in self.web]

    def test_a_zone_that_comes_before_others_changes_no_proof(self):
        """PowerDNS has the zones' numbers in its caches: by another zone's names it would deny those that exist."""
        def proof(name):
            reply = self.pdns.dig(f"{name}.nsec.example", "A", "+dnssec")
            return sorted((record.name, record.data) for record in reply.authority if record.type == "NSEC")

        text = self.config_path.read_text()
        self.addCleanup(self.reload, text)
        before = proof("nosuch-before")
        others = "".join(f"  {label}.example: {{ns: [ns.example.net.]}}\n" for label in "abc")
        self.reload(text.replace("zones:\n", f"zones:\n{others}"))
        self.assertEqual(proof("nosuch-after"), before)

    def reload(self, text):
        before = self.fairlead.log().count("reloaded:")
        self.config_path.write_text(text)
        self.fairlead.send(signal.SIGHUP)
        self.fairlead.wait_until(lambda: self.fairlead.log().count("reloaded:") > before, "has reloaded")

    def test_the_place_of_the_client_decides_and_is_signed(self):
        for zone_name in self.zones:
            with self.subTest(zone=zone_name):
                for subnet, address in ((DE, "192.0.2.41"), ("+subnet=198.51.100.0/24",
                                                             "192.0.2.42")):
                    reply = self.pdns.dig(f"app.{zone_name}", "A", "+dnssec", subnet)
                    self.assertEqual(reply.data("A"), [address])
                    self.assertEqual(len(reply.data("RRSIG")), 1)

    def test_a_referral_says_whether_the_zone_below_is_signed_and_signs_nothing_of_it(self):
        for zone_name, proof in zip(self.zones, ("NSEC3", "NSEC")):
            for label, shown in (("child", {"NS", proof}), ("safe", {"NS", "DS"})):
                with self.subTest(zone=zone_name, cut=label):
                    reply = self.pdns.dig(f"www.{label}.{zone_name}", "A", "+dnssec", "+norecurse")
                    self.assertEqual((reply.status, reply.answer), ("NOERROR", []))
                    self.assertNotIn("aa", reply.flags)
                    types = {record.type for record in reply.authority}
                    self.assertEqual(types - {"RRSIG"}, shown)
                    covered = {record.data.split()[0] for record in reply.authority
                               if record.type == "RRSIG"}
                    self.assertEqual(covered, shown - {"NS"})
                    glue = {(record.name, record.type) for record in reply.additional}
                    self.assertEqual(glue, {(f"ns.{label}.{zone_name}.", "A")})

    def test_a_gap_below_a_cut_is_not_ours_either(self):
        """PowerDNS asks for ANY of it, and refers only where no record is authoritative."""
        for zone_name in self.zones:
            reply = self.pdns.dig(f"deep.below.{zone_name}", "DS", "+dnssec", "+norecurse")
            self.assertEqual((reply.status, reply.answer), ("NOERROR", []))
            self.assertNotIn("aa", reply.flags)
            self.assertIn(f"below.{zone_name}.", {record.name for record in reply.authority if record.type == "NS"})

    def test_types_of_a_steered_name_are_all_in_its_proof(self):
        reply = self.pdns.dig("www.nsec.example", "MX", "+dnssec")
        proof = [record.data for record in reply.authority if record.type == "NSEC"]
        self.assertEqual(len(proof), 1)
        self.assertEqual(proof[0].split()[1:], ["A", "AAAA", "RRSIG", "NSEC"])

    def test_pdnsutil_shows_and_checks_the_zones(self):
        shown = self.pdns.util("show-zone", "narrow.example")
        self.assertIn("ECDSAP256SHA256", shown)
        self.assertIn("NARROW", shown)
        self.assertIn("IN DS", shown)
        for name in self.zones:
            self.assertIn("Checked", self.pdns.util("check-zone", name))
            self.pdns.util("rectify-zone", name)
        self.assertIn("nsec.example", self.pdns.util("list-all-zones"))

    def test_keys_are_rolled(self):
        name = "narrow.example"
        self.pdns.util("add-zone-key", name, "zsk", "inactive", "unpublished", "ecdsa256")
        shown = self.pdns.util("show-zone", name)
        self.assertIn("Unpublished", shown)
        for step in ("publish", "activate", "deactivate", "unpublish", "remove"):
            self.pdns.util(f"{step}-zone-key", name, "2")
        self.assertNotIn("ID = 2", self.pdns.util("show-zone", name))

    def test_the_process_answers_through_pdnsutil(self):
        self.assertIn("ready", self.pdns.util("backend-cmd", "remote", "status"))
        said = self.pdns.util("backend-cmd", "remote", "explain www.nsec.example A 203.0.113.9")
        self.assertIn("failover", said)


class Keys(SteeringTest):
    """What pdnsutil has said is kept."""

    config = """\
        zones:
          example.com: {dnssec: true, ns: [ns.example.net.], records: {www: {A: [192.0.2.1]}}}
          plain.example: {ns: [ns.example.net.], records: {www: {A: [192.0.2.1]}}}
          rolled.example: {dnssec: true, ns: [ns.example.net.], records: {www: {A: [192.0.2.1]}}}
        """

    starts = 1

    def restart(self):
        type(self).starts += 1
        type(self).fairlead = self.start(Fairlead(
            self.directory, self.config_path, name=f"fairlead-{self.starts}")).wait_ready()

    def roll(self, *step):
        self.pdns.util(*step)
        self.pdns.control("purge")

    def test_a_key_is_rolled_as_the_manual_has_it_and_every_step_validates(self):
        zone = "rolled.example"
        self.roll("secure-zone", zone)
        old = Validator(self.directory, self.pdns, zone)
        self.assertIn(old.VALID, old.ask(f"www.{zone}", "A"))
        self.roll("add-zone-key", zone, "ksk", "active", "ecdsa256")
        new = Validator(self.directory, self.pdns, zone, beside=old)
        for validator in (old, new):
            self.assertIn(validator.VALID, validator.ask(f"www.{zone}", "A"))
            self.assertIn(validator.DENIED, validator.ask(f"nosuch.{zone}", "A"))
        self.roll("remove-zone-key", zone, "1")
        self.assertIn(new.VALID, new.ask(f"www.{zone}", "A"))
        self.assertNotIn(old.VALID, old.ask(f"www.{zone}", "A"))

    def test_keys_survive_a_kill_right_after_pdnsutil_returned(self):
        self.pdns.util("secure-zone", "example.com")
        self.fairlead.kill()
        self.restart()
        shown = self.pdns.util("show-zone", "example.com")
        self.assertIn("ID = 1 (CSK)", shown)
        self.pdns.util("generate-tsig-key", "transfer", "hmac-sha256")
        self.fairlead.kill()
        self.restart()
        self.assertIn("transfer. hmac-sha256.", self.pdns.util("list-tsig-keys"))
        self.pdns.util("set-meta", "example.com", "ALLOW-AXFR-FROM", "192.0.2.1")
        self.fairlead.kill()
        # What a kill in the middle of the next change would leave beside the keystore.
        (self.directory / "keystore.json.new").write_text('{"torn')
        self.restart()
        self.assertIn("192.0.2.1", self.pdns.util("get-meta", "example.com", "ALLOW-AXFR-FROM"))
        self.assertIn("ID = 1 (CSK)", self.pdns.util("show-zone", "example.com"))
        with self.assertRaises(AssertionError):
            self.pdns.util("secure-zone", "plain.example")

        # A keystore that cannot be read: an error for those who ask for signatures, so that they
        # try another server; nobody else notices.
        self.fairlead.kill()
        keystore = self.directory / "keystore.json"
        text = keystore.read_text()
        keystore.write_text(text[:-20])
        self.restart()
        self.pdns.control("purge")
        wait_for(lambda: self.pdns.dig("www.example.com", "A", "+dnssec").status == "SERVFAIL",
                 "those who ask for signatures get an error")
        self.assertEqual(self.pdns.a("www.example.com"), ["192.0.2.1"])
        keystore.write_text(text)
        self.fairlead.kill()
        self.restart()
        self.pdns.control("purge")
        wait_for(lambda: self.pdns.dig("www.example.com", "A", "+dnssec").data("RRSIG"),
                 "signatures are back")


if __name__ == "__main__":
    main()
