# SPDX-License-Identifier: Apache-2.0
"""Endpoints that are a CNAME: a real PowerDNS answers addresses or the CNAME, never both, as health has it at that
moment; and forgets what it has cached."""

import json
import urllib.request

from harness import SteeringTest, TcpListener, free_port, loopback, main, wait_for

SITE, ORIGIN, BACK, FRONT, ADMIN = (loopback(number) for number in range(1, 6))
PORT = free_port(SITE)
ADMIN_PORT = free_port(ADMIN)
STATIC4, STATIC6 = "192.0.2.80", "2001:db8::80"


class Cnames(SteeringTest):
    @classmethod
    def make_config(cls):
        return f"""\
            admin: {{listen: "{ADMIN}:{ADMIN_PORT}"}}
            health_checks:
              port: {{type: tcp, port: {PORT}, interval: 200ms, timeout: 200ms, fast_interval: 100ms, fall: 1, rise: 1}}
            pools:
              site: {{health_check: port, endpoints: [{{name: site, address: [192.0.2.1, "2001:db8::1"], check_target: {SITE}}}]}}
              static: {{endpoints: [{{name: static, cname: static.example.com.}}]}}
            zones:
              example.com:
                ns: [ns1.example.com.]
                records:
                  ns1: {{A: [192.0.2.53]}}
                  static: {{A: [{STATIC4}], AAAA: ["{STATIC6}"]}}
                  www: {{policy: failover, targets: [{{pool: site}}, {{pool: static}}]}}
                  only4: {{policy: failover, health_check: port, targets: [{SITE}, {{cname: static.example.com.}}]}}
                  far: {{policy: failover, targets: [{{pool: site}}, {{cname: sorry.example.net.}}]}}
                  last: {{policy: failover, targets: [{{pool: site}}], on_all_unhealthy: {{use: static}}}}
                  shop: {{CNAME: [www.example.com.]}}
                  back: {{policy: failover, health_check: port, targets: [{BACK}, {{address: 192.0.2.9, health_check: none}}]}}
                  through:
                    policy: failover
                    targets: [{{cname: back.example.com., health_check: port, check_target: {FRONT}}}, 192.0.2.8]
                  canary:
                    policy: weighted
                    targets: [{{address: [192.0.2.7, "2001:db8::7"], weight: 1}}, {{cname: static.example.com., weight: 1}}]
                  alone: {{policy: simple, targets: [{{cname: static.example.com.}}]}}
                  '*.shops': {{policy: failover, targets: [{{pool: site}}, {{cname: static.example.com.}}]}}
            """

    @classmethod
    def server_keys(cls):
        return cls.tells_pdns()

    @classmethod
    def prepare(cls):
        cls.listeners = {address: TcpListener(address, PORT) for address in (SITE, BACK, FRONT)}
        cls.addClassCleanup(lambda: [listener.stop() for listener in cls.listeners.values()])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fairlead.wait_until(lambda: "purged on every change" in cls.fairlead.log(), "reaches PowerDNS")

    def stops(self, address):
        self.listeners.pop(address).stop()

    def starts(self, address):
        self.listeners[address] = TcpListener(address, PORT)

    def answer(self, name, kind):
        """Each record of the answer, without its TTL."""
        return [f"{record.name} {record.type} {record.data}"
                for record in self.pdns.dig(f"{name}.example.com", kind).answer]

    def wait_for_answers(self, **expected):
        """NAME_TYPE: what stands in the answer, in any order."""
        def got():
            return {asked: sorted(self.answer(*asked.rsplit("_", 1))) for asked in expected}
        wanted = {asked: sorted(records) for asked, records in expected.items()}
        wait_for(lambda: got() == wanted, lambda: f"{wanted}\nbut {got()}\n{self.fairlead.log()[-2000:]}")

    def api(self, path):
        with urllib.request.urlopen(f"http://{ADMIN}:{ADMIN_PORT}/api/v1/{path}") as reply:
            return json.load(reply)

    def test_a_name_fails_over_to_a_cname_and_back_whatever_is_cached(self):
        com = "example.com."
        static = [f"static.{com} A {STATIC4}"]
        static6 = [f"static.{com} AAAA {STATIC6}"]
        addresses = dict(
            www_A=[f"www.{com} A 192.0.2.1"], www_AAAA=[f"www.{com} AAAA 2001:db8::1"], www_TXT=[], www_CNAME=[],
            only4_A=[f"only4.{com} A {SITE}"], only4_AAAA=[],
            far_A=[f"far.{com} A 192.0.2.1"],
            last_AAAA=[f"last.{com} AAAA 2001:db8::1"],
            shop_A=[f"shop.{com} CNAME www.{com}", f"www.{com} A 192.0.2.1"])
        addresses["a.b.shops_A"] = [f"a.b.shops.{com} A 192.0.2.1"]

        def led(name, target=f"static.{com}"):
            return [f"{name}.{com} CNAME {target}"]
        cnames = dict(
            www_A=led("www") + static, www_AAAA=led("www") + static6, www_TXT=led("www"), www_CNAME=led("www"),
            only4_A=led("only4") + static, only4_AAAA=led("only4") + static6,
            far_A=led("far", "sorry.example.net."),
            last_AAAA=led("last") + static6,
            shop_A=led("shop", f"www.{com}") + led("www") + static)
        cnames["a.b.shops_A"] = led("a.b.shops") + static
        for _ in range(2):
            self.wait_for_answers(**addresses)  # twice, so that all of it is cached
            self.wait_for_answers(**addresses)
            self.stops(SITE)
            self.wait_for_answers(**cnames)
            self.wait_for_answers(**cnames)
            self.starts(SITE)
        self.wait_for_answers(**addresses)

    def test_an_answer_by_way_of_a_cname_is_old_when_its_target_is(self):
        led = "through.example.com. CNAME back.example.com."
        self.wait_for_answers(through_A=[led, f"back.example.com. A {BACK}"])
        self.stops(BACK)
        self.wait_for_answers(through_A=[led, "back.example.com. A 192.0.2.9"])
        self.stops(FRONT)  # its own check
        self.wait_for_answers(through_A=["through.example.com. A 192.0.2.8"])
        self.starts(BACK)
        self.starts(FRONT)
        self.wait_for_answers(through_A=[led, f"back.example.com. A {BACK}"])

    def test_weights_hold_and_no_answer_has_both(self):
        seen = set()
        for _ in range(60):
            reply = [line.split(" ", 1)[1] for line in self.answer("canary", "A")]
            self.assertIn(reply, (["A 192.0.2.7"], ["CNAME static.example.com.", f"A {STATIC4}"]))
            seen.add(len(reply))
        self.assertEqual(seen, {1, 2})

    def test_a_transfer_has_the_addresses_or_the_cname(self):
        self.wait_for_answers(www_A=["www.example.com. A 192.0.2.1"])
        zone = {}
        for record in self.pdns.transfer("example.com"):
            zone.setdefault(record.name.removesuffix(".example.com."), set()).add(f"{record.type} {record.data}")
        self.assertEqual(zone["www"], {"A 192.0.2.1", "AAAA 2001:db8::1"})
        self.assertEqual(zone["only4"], {f"A {SITE}"})
        self.assertEqual(zone["alone"], {"CNAME static.example.com."})
        self.assertEqual(zone["canary"], {"A 192.0.2.7", "AAAA 2001:db8::7"})

    def test_operators_see_it(self):
        endpoints = {endpoint["name"]: endpoint for endpoint in self.api("endpoints")["endpoints"]}
        self.assertEqual(endpoints["static"]["cname"], {"target": "static.example.com.", "check": None})
        self.assertEqual(endpoints["static"]["addresses"], [])
        self.assertEqual(endpoints["static"]["status"], "unchecked")
        self.assertEqual(endpoints["back.example.com"]["cname"]["check"], "port")
        self.assertIsNone(endpoints["site"]["cname"])
        shares = self.api("records/canary.example.com")["AAAA"]["shares"]["addresses"]
        self.assertEqual(shares, {"2001:db8::7": 0.5, "CNAME static.example.com.": 0.5})
        explained = self.api("explain?name=alone.example.com&type=AAAA")
        self.assertEqual(explained["A"]["cname"], "static.example.com.")
        self.assertNotIn("AAAA", explained)


if __name__ == "__main__":
    main()
