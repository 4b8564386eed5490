# SPDX-License-Identifier: Apache-2.0
"""What operators type at PowerDNS itself: its HTTP API, pdnsutil and pdns_control, each command at
fairlead's zones. What can be done is done, everything else is refused at once and changes nothing."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request

from harness import SLOWNESS, SteeringTest, free_port, loopback, main, wait_for

API = loopback(1)
SOON_S = 10 * SLOWNESS  # far above what any takes, far below what a connector that hangs would


class Interfaces(SteeringTest):
    key = "a-key-of-PowerDNS"
    api_port = free_port(API)
    operators = f"{API}:{free_port(API)}"
    pdns_timeout_ms = 5000  # a change is on the disk when it is answered
    pdns_options = ("--webserver=yes", "--api=yes", f"--api-key={key}",
                    f"--webserver-address={API}", f"--webserver-port={api_port}",
                    "--webserver-allow-from=127.0.0.0/8", "--primary=yes",
                    "--xfr-cycle-interval=3600")
    config = f"""\
        admin: {{listen: "{operators}"}}
        zones:
          signed.example:
            dnssec: true
            ns: [ns1.example.net.]
            records:
              www:
                policy: weighted
                targets: [{{address: [192.0.2.1, "2001:db8::1"]}}, {{address: [192.0.2.2, "2001:db8::2"]}}]
              text: {{TXT: [hello]}}
          plain.example:
            ns: [ns1.example.net.]
            records:
              www: {{policy: failover, targets: [192.0.2.7, 192.0.2.8]}}
              text: {{TXT: [hello]}}
        """

    def tearDown(self):
        """Whatever was asked, the zones are as they were and nobody was disturbed."""
        self.assertEqual(self.pdns.a("www.plain.example"), ["192.0.2.7"])
        self.assertEqual(self.pdns.dig("text.plain.example", "TXT").data("TXT"), ['"hello"'])
        self.assertTrue(self.fairlead.running() and self.pdns.running())
        with urllib.request.urlopen(f"http://{self.operators}/metrics", timeout=SOON_S) as reply:
            asked = re.findall(r'(?m)^fairlead_backend_requests_total\{method="(.+)"\} [1-9]', reply.read().decode())
        self.assertIn("lookup", asked)
        self.assertNotIn("unsupported", asked)  # a method of which fairlead knows nothing
        self.assertEqual([line for line in self.pdns.log().splitlines()
                          if "Timeout" in line or "Exception" in line], [])


class Api(Interfaces):
    def call(self, method, path, body=None, accept="application/json"):
        """Status and what came, JSON read; soon."""
        request = urllib.request.Request(
            f"http://{API}:{self.api_port}/api/v1/servers/localhost{path}", method=method,
            headers={"X-API-Key": self.key, "Content-Type": "application/json", "Accept": accept},
            data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=SOON_S) as reply:
                status, text = reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def assert_refused(self, method, path, body, message):
        status, said = self.call(method, path, body)
        self.assertEqual(status, 422, said)
        self.assertIn(message, said["error"])

    def zone(self, name):
        status, zone = self.call("GET", f"/zones/{name}.")
        self.assertEqual(status, 200)
        return zone

    def test_zones_are_listed_and_shown_with_all_that_a_name_can_answer(self):
        status, zones = self.call("GET", "/zones")
        self.assertEqual((status, sorted(zone["name"] for zone in zones)),
                         (200, ["plain.example.", "signed.example."]))
        self.assertEqual({zone["kind"] for zone in zones}, {"Native"})
        shown = {(each["name"], each["type"]): sorted(record["content"] for record in each["records"])
                 for each in self.zone("plain.example")["rrsets"]}
        self.assertEqual(shown["www.plain.example.", "A"], ["192.0.2.7", "192.0.2.8"])
        self.assertEqual(shown["text.plain.example.", "TXT"], ['"hello"'])
        self.assertEqual(shown["plain.example.", "NS"], ["ns1.example.net."])
        self.assertEqual(len(shown["plain.example.", "SOA"]), 1)
        serial = int(self.pdns.dig("plain.example", "SOA").data("SOA")[0].split()[2])
        self.assertEqual([zone["serial"] for zone in zones if zone["name"] == "plain.example."],
                         [serial])
        self.assertEqual(self.call("GET", "/zones/nosuch.example.")[0], 404)

    def test_one_name_is_shown_with_what_it_can_answer(self):
        """From 5.0 on with all of it: it asks so that it can be told from a query."""
        for kind in ("", "&rrset_type=A"):
            status, zone = self.call("GET", f"/zones/plain.example.?rrset_name=www.plain.example.{kind}")
            self.assertEqual(status, 200)
            [rrset] = zone["rrsets"]
            self.assertEqual((rrset["name"], rrset["type"]), ("www.plain.example.", "A"))
            self.assertEqual(sorted(record["content"] for record in rrset["records"]),
                             ["192.0.2.7", "192.0.2.8"] if self.pdns.version() >= (5, 0) else ["192.0.2.7"])

    def test_a_zone_is_exported(self):
        status, text = self.call("GET", "/zones/plain.example./export", accept="text/plain")
        self.assertEqual(status, 200)
        lines = [line.split("\t") for line in text.splitlines() if line]
        self.assertEqual(sorted(line[-1] for line in lines if line[3] == "A"),
                         ["192.0.2.7", "192.0.2.8"])

    def test_records_are_searched(self):
        for query, names in (("www*", ["www.plain.example.", "www.signed.example."]),
                             ("192.0.2.8", ["www.plain.example."]),
                             ("*hello*", ["text.plain.example.", "text.signed.example."]),
                             ("nothing", [])):
            with self.subTest(query=query):
                status, found = self.call("GET", f"/search-data?q={query}&max=50")
                self.assertEqual((status, sorted({each["name"] for each in found})), (200, names))
        _, found = self.call("GET", "/search-data?q=*sign*&max=50&object_type=zone")
        self.assertEqual([each["name"] for each in found], ["signed.example."])
        self.assertEqual(len(self.call("GET", "/search-data?q=*&max=2&object_type=record")[1]), 2)

    def test_keys_are_made_shown_activated_and_deleted(self):
        keys = "/zones/signed.example./cryptokeys"
        status, made = self.call("POST", keys, {"keytype": "csk", "active": True,
                                                "algorithm": "ecdsa256"})
        self.assertEqual((status, made["algorithm"], made["active"]), (201, "ECDSAP256SHA256", True))
        [listed] = self.call("GET", keys)[1]
        self.assertEqual((listed["id"], listed["ds"]), (made["id"], made["ds"]))
        self.assertIn("PrivateKey", self.call("GET", f"{keys}/{made['id']}")[1]["privatekey"])
        self.pdns.control("purge")
        wait_for(lambda: self.pdns.dig("www.signed.example", "A", "+dnssec").data("RRSIG"),
                 "answers are signed")
        zone = self.zone("signed.example")
        self.assertEqual((zone["dnssec"], zone["nsec3param"], zone["nsec3narrow"]),
                         (True, "1 0 0 -", True))

        second = self.call("POST", keys, {"keytype": "zsk", "active": False, "published": False,
                                          "algorithm": "ecdsa256"})[1]["id"]
        for change in ({"active": True, "published": True}, {"active": False, "published": False}):
            self.assertEqual(self.call("PUT", f"{keys}/{second}", change)[0], 204)
            shown = self.call("GET", f"{keys}/{second}")[1]
            self.assertEqual({name: shown[name] for name in change}, change)
        self.assertEqual(self.call("PUT", "/zones/signed.example./rectify"),
                         (200, {"result": "Rectified"}))
        for key in (second, made["id"]):
            self.assertEqual(self.call("DELETE", f"{keys}/{key}")[0], 204)
        self.assertEqual(self.call("GET", keys), (200, []))
        for method, body in (("DELETE", None), ("PUT", {"active": True}), ("GET", None)):
            self.assertEqual(self.call(method, f"{keys}/99", body)[0], 404)
        self.assert_refused("POST", "/zones/plain.example./cryptokeys",
                            {"keytype": "csk", "active": True, "algorithm": "ecdsa256"},
                            "Adding key failed")
        self.assertIn('write "dnssec: true" at the zone first', self.fairlead.log())

    def test_a_zone_is_signed_and_denies_as_it_is_said(self):
        narrow = {"nsec3param": "1 0 0 -", "nsec3narrow": True}
        for said, denial in ((narrow, ("1 0 0 -", True)), ({}, ("", False))):
            self.assertEqual(self.call("PUT", "/zones/signed.example.", {"dnssec": True, **said})[0], 204)
            zone = self.zone("signed.example")
            self.assertEqual((zone["dnssec"], zone["nsec3param"], zone["nsec3narrow"]), (True, *denial))
            self.assertEqual(self.call("PUT", "/zones/signed.example.", {"dnssec": False})[0], 204)
            self.assertFalse(self.zone("signed.example")["dnssec"])

    def test_metadata_is_kept(self):
        meta = "/zones/plain.example./metadata"
        self.assertEqual(self.call("POST", meta, {"kind": "X-NOTE", "metadata": ["a", "b"]})[0], 201)
        self.assertEqual(self.call("PUT", f"{meta}/ALSO-NOTIFY", {"metadata": ["192.0.2.9"]})[0], 200)
        self.assertEqual({each["kind"]: each["metadata"] for each in self.call("GET", meta)[1]},
                         {"X-NOTE": ["a", "b"], "ALSO-NOTIFY": ["192.0.2.9"]})
        self.assertEqual(self.call("GET", f"{meta}/X-NOTE")[1]["metadata"], ["a", "b"])
        for kind in ("X-NOTE", "ALSO-NOTIFY"):
            self.assertIn(self.call("DELETE", f"{meta}/{kind}")[0], (200, 204))  # 4.7, and newer
        self.assertEqual(self.call("GET", meta), (200, []))

    def test_tsig_keys_are_made_changed_and_deleted(self):
        status, made = self.call("POST", "/tsigkeys", {"name": "api", "algorithm": "hmac-sha256"})
        self.assertEqual(status, 201)
        self.assertIn(f"api. hmac-sha256. {made['key']}", self.pdns.util("list-tsig-keys"))
        self.assertEqual(self.call("PUT", "/tsigkeys/api.", {"algorithm": "hmac-sha512"})[0], 200)
        self.assertEqual(self.call("GET", "/tsigkeys/api.")[1]["algorithm"], "hmac-sha512")
        self.assertEqual(self.call("DELETE", "/tsigkeys/api.")[0], 204)
        self.assertEqual(self.call("GET", "/tsigkeys"), (200, []))

    def test_secondaries_are_notified_and_nothing_is_retrieved(self):
        self.assertEqual(self.call("PUT", "/zones/plain.example./notify"),
                         (200, {"result": "Notification queued"}))
        self.assert_refused("PUT", "/zones/plain.example./axfr-retrieve", None, "is not a")

    def test_what_the_configuration_says_is_not_changed_here(self):
        new = {"name": "new.plain.example.", "type": "A", "ttl": 60, "changetype": "REPLACE",
               "records": [{"content": "192.0.2.3", "disabled": False}]}
        gone = {"name": "text.plain.example.", "type": "TXT", "changetype": "DELETE"}
        for rrset in (new, gone):
            self.assert_refused("PATCH", "/zones/plain.example.", {"rrsets": [rrset]},
                                "does not support editing records")
        self.assert_refused("POST", "/zones", {"name": "new.example.", "kind": "Native",
                                               "nameservers": ["ns1.example.net."]}, "refused")
        self.assert_refused("DELETE", "/zones/plain.example.", None, "unsupported")
        self.assertEqual(self.pdns.dig("new.plain.example", "A").status, "NXDOMAIN")
        # PowerDNS does not ask its remote backend about this one, and says that it is done.
        self.assertEqual(self.call("PUT", "/zones/plain.example.", {"kind": "Master"})[0], 204)
        self.assertEqual(self.zone("plain.example")["kind"], "Native")


class Util(Interfaces):
    """pdnsutil, and pdns_control."""

    def util(self, *arguments):
        """Whether it succeeds, and all that it prints; soon."""
        self.pdns.util("list-all-zones")  # which writes its configuration
        begun = time.monotonic()
        run = subprocess.run(["pdnsutil", f"--config-dir={self.directory}/pdnsutil", *arguments],
                             capture_output=True, text=True, check=False, timeout=SOON_S * 3)
        self.assertLess(time.monotonic() - begun, SOON_S)
        self.assertNotRegex(run.stdout + run.stderr, "[Tt]imeout")  # it is told no, and waits for nothing
        return run.returncode == 0, run.stdout + run.stderr

    def assert_done(self, *arguments, says=""):
        done, said = self.util(*arguments)
        self.assertTrue(done, f"{arguments}: {said}")
        self.assertIn(says, said)
        return said

    def assert_refused(self, *arguments, says):
        done, said = self.util(*arguments)
        self.assertFalse(done, f"{arguments}: {said}")
        self.assertIn(says, said)

    def test_zones_are_listed_checked_and_rectified(self):
        self.assertEqual(set(self.assert_done("list-all-zones").split()),
                         {"plain.example", "signed.example"})
        listed = self.assert_done("list-zone", "plain.example")
        for address in ("192.0.2.7", "192.0.2.8"):
            self.assertRegex(listed, rf"(?m)^www\.plain\.example\.?\s+60\s+IN\s+A\s+{address}$")
        self.assert_done("check-zone", "plain.example", says=", 0 errors")
        self.assert_done("check-all-zones", says="Checked 2 zones, 0 had errors.")
        self.assert_done("rectify-zone", "plain.example")
        self.assert_done("rectify-all-zones")
        self.assert_done("hash-zone-record", "signed.example", "www.signed.example")

    def test_a_zone_is_signed_and_its_keys_are_carried_away_and_in(self):
        zone = "signed.example"
        self.assert_done("secure-zone", zone, says="secured")
        self.assertEqual(len(re.findall(r"ID = \d", self.assert_done("show-zone", zone))), 1)
        self.assert_done("list-keys", zone, says="ECDSAP256SHA256")
        self.assert_done("export-zone-ds", zone, says="IN DS")
        self.assert_done("export-zone-dnskey", zone, "1", says="257 3 13")
        private = self.directory / "private"
        private.write_text(self.assert_done("export-zone-key", zone, "1"))
        self.assert_refused("set-nsec3", zone, "1 0 0 -", says="Cannot set NSEC3 param")
        self.assert_done("unset-nsec3", zone)
        self.assert_done("show-zone", zone, says="NSEC semantics")
        self.assert_done("set-nsec3", zone, "1 0 0 -", "narrow")
        self.assert_done("set-publish-cds", zone)
        self.pdns.control("purge")
        wait_for(lambda: self.pdns.dig(zone, "CDS").data("CDS"), "the CDS is published")
        self.assert_done("unset-publish-cds", zone)
        self.assert_refused("set-presigned", zone, says="Could not set presigned")
        self.assert_done("disable-dnssec", zone)
        self.assert_done("import-zone-key", zone, str(private), "ksk")
        self.assertIn("Active", self.assert_done("show-zone", zone))
        self.assert_done("disable-dnssec", zone)
        self.assert_refused("secure-zone", "plain.example", says="No backend was able to secure")

    def test_metadata_is_kept(self):
        self.assert_done("set-meta", "plain.example", "X-NOTE", "1", "2")
        self.assert_done("add-meta", "plain.example", "X-NOTE", "3")
        self.assert_done("get-meta", "plain.example", "X-NOTE", says="X-NOTE = 1, 2, 3")
        self.assert_done("set-meta", "plain.example", "X-NOTE")
        self.assertNotIn("= 1", self.assert_done("get-meta", "plain.example", "X-NOTE"))

    def test_tsig_keys_open_transfers(self):
        self.assert_done("set-meta", "plain.example", "ALLOW-AXFR-FROM", "192.0.2.1")
        self.assert_done("import-tsig-key", "here", "hmac-sha256", "c2VjcmV0")
        self.assert_done("activate-tsig-key", "plain.example", "here", "primary")
        self.assert_done("show-zone", "plain.example", says="here")
        keyed = ("-y", "hmac-sha256:here:c2VjcmV0")

        def transfer(*arguments):
            run = subprocess.run(self.pdns.dig_arguments("plain.example", "AXFR", *arguments),
                                 capture_output=True, text=True, check=False)
            return "192.0.2.8" in run.stdout
        self.pdns.control("purge")
        wait_for(lambda: transfer(*keyed), "the key opens it")
        self.assertFalse(transfer("-y", "hmac-sha256:here:d3Jvbmc="))
        self.assert_done("deactivate-tsig-key", "plain.example", "here", "primary")
        self.assert_done("delete-tsig-key", "here")
        self.assertNotIn("here", self.assert_done("list-tsig-keys"))
        wait_for(lambda: not transfer(*keyed), "it is closed")
        self.assert_done("set-meta", "plain.example", "ALLOW-AXFR-FROM")

    def test_what_the_configuration_says_is_not_changed_here(self):
        zone = "plain.example"
        for command in (("create-zone", "new.example"), ("delete-zone", zone),
                        ("add-record", zone, "x", "A", "192.0.2.9"),
                        ("replace-rrset", zone, "text", "TXT", '"other"'),
                        ("delete-rrset", zone, "text", "TXT"),
                        ("clear-zone", zone), ("increase-serial", zone),
                        ("set-kind", zone, "primary"), ("set-account", zone, "somebody")):
            with self.subTest(command=command):
                done, said = self.util(*command)
                self.assertFalse(done, said)
                self.assertGreater(len(said), 10)
        file = self.directory / "new.zone"
        file.write_text("@ 60 SOA ns h 1 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.1\n")
        done, said = self.util("load-zone", zone, str(file))
        self.assertFalse(done, said)

    def test_what_only_newer_ones_can_change_is_not_changed_either(self):
        if self.pdns.version() < (5, 1):
            self.skipTest("PowerDNS 5.1 has these commands")
        for command in (("zone", "copy", "plain.example", "copy.example"),
                        ("rrset", "add-comment", "plain.example", "text.plain.example.", "TXT", "a comment"),
                        ("catalog", "set", "plain.example", "catalog.example"),
                        ("autoprimary", "add", "192.0.2.1", "ns1.example.net"),
                        ("view", "add-zone", "inside", "plain.example..inside"),
                        ("network", "set", "192.0.2.0/24", "inside")):
            with self.subTest(command=command):
                done, said = self.util(*command)
                self.assertFalse(done, said)
                self.assertGreater(len(said), 10)
        self.assertEqual(set(self.assert_done("zone", "list-all").split()),
                         {"plain.example", "signed.example"})

    def test_the_process_answers(self):
        for command, says in (("status", "ready"),
                              ("explain www.plain.example A 192.0.2.99", "failover"),
                              ("explain www.plain.example A nonsense", "nonsense"),
                              ("nonsense", "fairlead knows: status, explain")):
            with self.subTest(command=command):
                said = self.pdns.util("backend-cmd", "remote", command)
                self.assertIn(says, said)
                self.assertTrue(said.endswith("\n"), said)

    def test_pdns_control_lists_notifies_and_rediscovers(self):
        listed = self.pdns.control("list-zones")
        self.assertIn("plain.example", listed)
        self.assertRegex(self.pdns.control("notify", "plain.example"), "Added .*to queue")
        self.assertIn("Ok", self.pdns.control("rediscover"))
        self.assertIn("secondary", self.pdns.control("retrieve", "plain.example").lower()
                      .replace("slave", "secondary"))


if __name__ == "__main__":
    main()
