# SPDX-License-Identifier: Apache-2.0
"""A zone whose static records come from a zone file, with steered names over it."""

from harness import SteeringTest, main

ZONE = """\
$ORIGIN example.com.
$TTL 900
@       IN SOA ns1 hostmaster ( 2026112001 ; serial
                3600 600 1209600 60 )
        IN NS  ns1
        IN NS  ns2.example.net.
        IN MX  10 mail
ns1     IN A   192.0.2.53
mail    IN A   192.0.2.25
        IN TXT "v=spf1 a -all"
*.wild  IN A   192.0.2.5
a.ent   120 IN A 192.0.2.6
child   IN NS  ns.child
ns.child IN A  192.0.2.7
"""


class ZoneFile(SteeringTest):
    config = """\
        zones:
          example.com:
            file: example.com.zone
            records:
              www: {policy: failover, ttl: 30, targets: [192.0.2.1, 192.0.2.2]}
              extra: {TXT: ['"beside the file"']}
        """

    @classmethod
    def prepare(cls):
        (cls.directory / "example.com.zone").write_text(ZONE)

    def test_records_of_the_file_are_served_with_their_ttl(self):
        mx = self.pdns.dig("example.com", "MX")
        self.assertEqual((mx.data("MX"), mx.answer[0].ttl), (["10 mail.example.com."], 900))
        self.assertEqual(self.pdns.dig("a.ent.example.com", "A").answer[0].ttl, 120)
        self.assertEqual(self.pdns.dig("mail.example.com", "TXT").data("TXT"), ['"v=spf1 a -all"'])

    def test_the_zone_has_the_soa_and_the_name_servers_of_the_file(self):
        soa = self.pdns.dig("example.com", "SOA").data("SOA")[0].split()
        self.assertEqual(soa[:3], ["ns1.example.com.", "hostmaster.example.com.", "2026112001"])
        self.assertEqual(self.pdns.dig("example.com", "NS").data("NS"),
                         ["ns1.example.com.", "ns2.example.net."])

    def test_the_configuration_adds_steered_and_static_names(self):
        www = self.pdns.dig("www.example.com", "A")
        self.assertEqual((www.data("A"), www.answer[0].ttl), (["192.0.2.1"], 30))
        self.assertEqual(self.pdns.dig("extra.example.com", "TXT").data("TXT"),
                         ['"beside the file"'])

    def test_wildcards_gaps_and_delegations_of_the_file_work(self):
        self.assertEqual(self.pdns.a("x.wild.example.com"), ["192.0.2.5"])
        self.assertEqual(self.pdns.dig("ent.example.com", "A").status, "NOERROR")
        self.assertEqual(self.pdns.dig("nowhere.example.com", "A").status, "NXDOMAIN")
        referral = self.pdns.dig("host.child.example.com", "A", "+norecurse")
        self.assertEqual([r.data for r in referral.authority], ["ns.child.example.com."])
        self.assertEqual([r.data for r in referral.additional], ["192.0.2.7"])

    def test_a_transfer_has_both(self):
        listed = {(r.name, r.type) for r in self.pdns.transfer("example.com")}
        self.assertLessEqual({("www.example.com.", "A"), ("mail.example.com.", "TXT"),
                              ("extra.example.com.", "TXT")}, listed)


if __name__ == "__main__":
    main()
