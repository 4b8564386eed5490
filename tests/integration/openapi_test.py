# SPDX-License-Identifier: Apache-2.0
"""What a running process replies to every documented request, against the schemas of docs/openapi.yaml."""

import json
import re
import sys

from admin_test import FIRST, SECOND, TOKEN, Operated
from harness import ROOT, main

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; on Debian: apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)

DOCUMENT = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
DRAIN = {"target": "site=fra", "state": "drain", "reason": "new disks", "for": "2h"}


def resolved(part):
    """What a reference leads to."""
    while "$ref" in part:
        target = part["$ref"].removeprefix("#/").split("/")
        part = DOCUMENT
        for name in target:
            part = part[name]
    return part


def operations():
    """(method, path) of all that is documented."""
    return {(method.upper(), path) for path, methods in DOCUMENT["paths"].items()
            for method in methods if method != "parameters"}


def filled(path, names):
    """The path with these names, or any, for its placeholders."""
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "x"), path)


def schema_of(method, path, status):
    """Of a JSON reply; None where the reply is none."""
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    content = resolved(responses[str(status)])["content"].get("application/json")
    return content and {**content["schema"], "components": DOCUMENT["components"]}


class Documented(Operated):
    @classmethod
    def make_config(cls, more_records=""):
        text = super().make_config(more_records).replace(
            f"address: {FIRST}}}", f"address: {FIRST}, labels: {{site: fra}}}}")
        return text.replace("pools:", """  alive: {type: heartbeat, ttl: 1h}
            policies:
              beating: {policy: failover, targets: [{address: 192.0.2.7, health_check: alive}]}
            pools:""").replace("  www: {", """  alias: {policy: simple, targets: [{alias: lb.example.net}]}
                  sorry: {policy: simple, targets: [{cname: static.example.net.}]}
                  both:
                    policy: failover
                    ttl: {max: 60, min: 5}
                    targets: [{address: [192.0.2.8, '2001:db8::8']}, {use: beating}]
                  plain: {TXT: '"x"', A: 192.0.2.9}
                  www: {""")

    def setUp(self):
        self.seen = set()

    def check(self, method, path, status=200, body=None, parameters="", token=TOKEN, **names):
        """Asks, and holds what comes against the document; the reply."""
        target = filled(path, names)
        given, text = self.request(target + parameters, method,
                                   None if body is None else json.dumps(body), token)
        self.assertEqual(given, status, f"{method} {target}: {text}")
        self.seen.add((method, path))
        schema = schema_of(method, path, status)
        if schema is None:
            return text
        reply = json.loads(text)
        try:
            jsonschema.Draft202012Validator(schema).validate(reply)
        except jsonschema.ValidationError as wrong:
            self.fail(f"{method} {target} {status}: {'/'.join(map(str, wrong.absolute_path))}: "
                      f"{wrong.message}\n{text}")
        return reply


class WithToken(Documented):
    def test_the_document_has_no_error_of_its_own(self):
        for name, schema in DOCUMENT["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_every_reply_is_as_documented(self):
        check = self.check
        check("PUT", "/api/v1/overrides", body=DRAIN)
        check("PUT", "/api/v1/overrides", body={"target": SECOND, "state": "up", "reason": "x"})
        self.assertEqual(len(check("GET", "/api/v1/overrides")["overrides"]), 2)
        for path in ("/livez", "/readyz"):
            check("GET", path, token="")
        for path in ("/metrics", "/api/v1/status", "/api/v1/endpoints", "/api/v1/pools",
                     "/api/v1/records", "/api/v1/events", "/api/v1/log"):
            check("GET", path)
        one = check("GET", "/api/v1/endpoints", parameters="?label=site=fra")["endpoints"]
        self.assertEqual([endpoint["name"] for endpoint in one], ["one"])
        pools = check("GET", "/api/v1/pools")["pools"]
        self.assertEqual(pools[0]["endpoints"][0]["override"]["by"], "anna")
        for name in ("www", "db", "eu", "alias", "sorry", "both", "plain"):
            name += ".example.com"
            check("GET", "/api/v1/records/{name}", name=name, parameters="?client=192.0.2.1")
            check("GET", "/api/v1/explain", parameters=f"?name={name}&type=ANY&client=192.0.2.1")
            check("GET", "/api/v1/explain", parameters=f"?name={name}&type=A&down={FIRST}")
        check("GET", "/api/v1/records", parameters="?target=site=fra&shares=true")
        for of in ("www.example.com", "both.example.com", "pool%20eu"):
            check("GET", "/api/v1/standing", parameters=f"?of={of}")
        for method in ("PUT", "POST"):
            check(method, "/api/v1/heartbeats/{check}/{endpoint}", check="alive",
                  endpoint="192.0.2.7", body={"state": "down", "message": "disk full"})
        check("POST", "/api/v1/failback", body={"name": "db.example.com"})
        check("PUT", "/api/v1/log", body={"level": "debug"})
        check("POST", "/api/v1/reload")
        self.write_config(self.make_config().replace("192.0.2.8", "192.0.2.18"), "next.yaml")
        plan = check("POST", "/api/v1/plan", body={"file": str(self.directory / "next.yaml")})
        self.assertEqual([shift["moved"] for shift in plan["shifts"]], [1])
        simulated = check("POST", "/api/v1/simulate", body={
            "name": "www.example.com", "clients": "192.0.2.0/24,3\n198.51.100.0/24"})
        self.assertEqual(simulated["endpoints"], {SECOND: 1})
        check("GET", "/api/v1/status")
        check("DELETE", "/api/v1/overrides", parameters="?target=site=fra")
        check("DELETE", "/api/v1/overrides", parameters=f"?target={SECOND}")
        self.assertEqual(self.seen, operations())

    def test_every_refusal_is_as_documented(self):
        check = self.check
        for method, path in sorted(operations()):
            if path not in ("/livez", "/readyz"):
                check(method, path, 401, token="wrong")
        for path in ("endpoints", "pools", "records", "events"):
            check("GET", f"/api/v1/{path}", 400, parameters="?limit=many")
        check("GET", "/api/v1/records/{name}", 400, name="%2e%2e")
        check("GET", "/api/v1/records/{name}", 404, name="nosuch.example.com")
        check("GET", "/api/v1/explain", 400)
        check("PUT", "/api/v1/overrides", 400, body={"target": "one"})
        check("PUT", "/api/v1/overrides", 404, body={**DRAIN, "target": "site=nosuch"})
        check("PUT", "/api/v1/overrides", 413, body={"target": "x" * 70000})
        check("DELETE", "/api/v1/overrides", 400)
        check("DELETE", "/api/v1/overrides", 404, parameters="?target=one")
        heartbeat = "/api/v1/heartbeats/{check}/{endpoint}"
        for method in ("PUT", "POST"):
            check(method, heartbeat, 404, check="alive", endpoint="nosuch")
            check(method, heartbeat, 400, check="alive", endpoint="192.0.2.7", body={"state": "x"})
        check("POST", "/api/v1/failback", 400, body={})
        check("POST", "/api/v1/failback", 404, body={"name": "nosuch"})
        check("PUT", "/api/v1/log", 400, body={"level": "loud"})
        check("POST", "/api/v1/plan", 400, body={"file": "/etc/passwd"})
        check("POST", "/api/v1/plan", 413, body={"file": "x" * 70000})
        self.write_config("zoens: {}", "broken.yaml")
        broken = {"file": str(self.directory / "broken.yaml")}
        self.assertTrue(check("POST", "/api/v1/plan", 422, body=broken)["findings"])
        check("POST", "/api/v1/simulate", 400, body={"name": "www.example.com", "type": "MX"})
        check("POST", "/api/v1/simulate", 404, body={"name": "nosuch.example.com"})
        check("POST", "/api/v1/reload", 400, parameters="?max_shift=all")
        good = self.config_path.read_text()
        self.config_path.write_text(good.replace("records:", "recrods:"))
        self.assertTrue(check("POST", "/api/v1/reload", 422)["findings"])
        self.config_path.write_text(good)
        check("POST", "/api/v1/reload")


class WithoutToken(Documented):
    with_token = False

    def test_web_pages_are_refused_everything(self):
        for method, path in sorted(operations()):
            status, text = self.request(filled(path, {}), method, token="",
                                        headers={"Origin": "http://www.example.com"})
            self.assertEqual(status, 403, path)
            jsonschema.validate(json.loads(text), schema_of(method, path, 403))


if __name__ == "__main__":
    main()
