# SPDX-License-Identifier: Apache-2.0
"""No secret is in what fairlead says, however much it says: a process that has one of each kind, all of them used,
with the log at debug."""

import json
import os
import re
import stat
import subprocess
import urllib.parse

from admin_test import FIRST, TOKEN, Operated
from alerts_test import Receiver
from harness import FAIRLEAD, LIMIT_S, free_port, loopback, main, wait_for

API = loopback(30)
REPORTING, HEADER, API_KEY, WRONG = "reporting-0123456789abcdef", "header-0123456789abcdef", "key-0123456789abcdef", \
    "wrong-0123456789abcdef"
TSIG = "dHNpZy0wMTIzNDU2Nzg5YWJjZGVm"
HOOK = "path-0123456789abcdef"
ASKED = ("/livez", "/readyz", "/metrics", "/api/v1/status", "/api/v1/endpoints", "/api/v1/pools", "/api/v1/records",
         "/api/v1/records/signed.example", "/api/v1/records/www.example.com", "/api/v1/overrides", "/api/v1/events",
         "/api/v1/log", "/api/v1/explain?name=www.example.com&type=ANY", "/api/v1/explain?name=signed.example&type=ANY",
         "/api/v1/standing?of=www.example.com", "/api/v1/nosuch")


class Secrets(Operated):
    api_port = free_port(API)
    pdns_options = ("--webserver=yes", "--api=yes", f"--api-key={API_KEY}", f"--webserver-address={API}",
                    f"--webserver-port={api_port}", "--webserver-allow-from=127.0.0.0/8")

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.receiver = cls.start(Receiver(FIRST))
        for name, text in (("reporting", f"fra1 {REPORTING}\n"), ("headers", f"Authorization: Bearer {HEADER}\n"),
                           ("api-key", f"{API_KEY}\n")):
            cls.write_secret(name, text)

    @classmethod
    def write_secret(cls, name, text):
        path = cls.directory / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    @classmethod
    def server_keys(cls):
        return f"pdns_api: [{{url: 'http://{API}:{cls.api_port}', key_file: api-key}}]"

    @classmethod
    def make_config(cls, more_records=""):
        return super().make_config(more_records + f"""
                  beat: {{policy: failover, targets: [{{name: fra1, address: {FIRST}, health_check: alive}}]}}
              signed.example:
                dnssec: true
                ns: [ns1.example.net.]
                records: {{www: {{A: [192.0.2.1]}}}}""").replace(
            "health_checks:", "health_checks:\n              alive: {type: heartbeat, ttl: 600s, token_file: reporting}"
        ) + f"""
            log: {{level: debug}}
            alerts:
              group_window: 1s
              webhooks: [{{url: "http://{FIRST}:{cls.receiver.port}/{HOOK}", headers_file: headers, timeout: 1s}}]
            """

    def use_all(self):
        """Each of them, and wrong ones in their place; what a private key is."""
        for token in (TOKEN, WRONG):
            self.request("/api/v1/overrides", "PUT",
                         json.dumps({"target": "one", "state": "drain", "reason": "work"}), token)
            self.request("/api/v1/reload", "POST", "", token)
            self.request(f"/api/v1/status?token={token}", token=token)
            self.request("/api/v1/status", token="", headers={"Authorization": f"Basic {token}"})
        for token in (REPORTING, WRONG):
            self.request("/api/v1/heartbeats/alive/fra1", "POST", json.dumps({"state": "down"}), token)
        self.request("/api/v1/overrides?target=one", "DELETE")
        self.receiver.behaviour = "fail"
        requests = self.receiver.requests
        self.request("/api/v1/heartbeats/alive/fra1", "POST", json.dumps({"state": "up"}), REPORTING)
        wait_for(lambda: self.receiver.requests > requests, "the receiver refuses")
        self.pdns.util("secure-zone", "signed.example")
        self.pdns.util("import-tsig-key", "here", "hmac-sha256", TSIG)
        self.pdns.dig("signed.example", "DNSKEY")
        key = self.pdns.util("export-zone-key", "signed.example", "1")
        return re.search(r"^PrivateKey: (\S+)$", key, re.MULTILINE)[1]

    def said(self):
        """All of it, by where it was said."""
        yield "log", self.fairlead.log()
        for name in "events.jsonl", "state.json", "serials.json":
            if (self.directory / name).exists():
                yield name, (self.directory / name).read_text()
        for target in ASKED:
            yield target, self.request(target)[1]
        for message, _ in self.receiver.messages:
            yield "alert", json.dumps(message)
        for arguments in (("status",), ("events",), ("overrides",), ("doctor", "-c", str(self.config_path)),
                          ("check", str(self.config_path), "--json"), ("plan", str(self.config_path))):
            run = self.run_command(*arguments)
            yield arguments[0], run.stdout + run.stderr
        for what in "cmdline", "environ":
            with open(f"/proc/{self.fairlead.pid}/{what}", encoding="utf-8") as text:
                yield what, text.read()

    def test_none_is_told(self):
        private = self.use_all()
        wait_for(lambda: "500" in self.fairlead.log(), lambda: self.fairlead.log()[-3000:])
        self.assertIn(" debug ", self.fairlead.log())
        secrets = {"token": TOKEN, "token of a check": REPORTING, "header": HEADER, "key of the API": API_KEY,
                   "wrong token": WRONG, "TSIG": TSIG, "private key": private, "path of a webhook": HOOK}
        for place, text in self.said():
            self.assertTrue(text, place)
            for kind, secret in secrets.items():
                self.assertNotIn(secret, text, f"{kind} in {place}")
                self.assertNotIn(urllib.parse.quote(secret, safe=""), text, f"{kind} in {place}")
        for name in "keystore.json", "serials.json":
            path = self.directory / name
            self.assertTrue(not path.exists() or stat.S_IMODE(path.stat().st_mode) == 0o600, name)

    def test_a_file_that_is_wrong_is_not_shown(self):
        for name, text in (("tokens", f"anna {TOKEN} and more\n"), ("tokens", f"{TOKEN[:8]}\n"),
                           ("reporting", f"fra1 {REPORTING}\x01\n"), ("headers", f"Bearer {HEADER}\n"),
                           ("api-key", f"{API_KEY}\n{API_KEY}\n"), ("api-key", "\n")):
            good = (self.directory / name).read_text()
            self.write_secret(name, text)
            try:
                run = subprocess.run([FAIRLEAD, "check", self.config_path], capture_output=True, text=True,
                                     check=False, timeout=LIMIT_S, env=os.environ)
                self.assertEqual(run.returncode, 2, f"{name}: {text!r}")
                self.assertIn(name, run.stderr)
                for secret in (TOKEN[:8], REPORTING, HEADER, API_KEY):
                    self.assertNotIn(secret, run.stderr + run.stdout)
            finally:
                self.write_secret(name, good)


if __name__ == "__main__":
    main()
