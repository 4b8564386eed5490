# SPDX-License-Identifier: Apache-2.0
"""Targets that report in: what they say, and what it means that they do not."""

import json
import urllib.error
import urllib.request

from harness import Fairlead, SteeringTest, free_port, loopback, main, wait_for

HOST, FALLBACK = loopback(1), loopback(2)
PORT = free_port(HOST)
TOKEN = "own-0123456789abcdef0123456789abcdef"
LONG_TTL_S = 600


class Heartbeats(SteeringTest):
    @classmethod
    def prepare(cls):
        tokens = cls.directory / "tokens"
        tokens.write_text(f"fra1 {TOKEN}\n")
        tokens.chmod(0o600)

    @classmethod
    def make_config(cls):
        return f"""\
        admin: {{listen: "{HOST}:{PORT}"}}
        health_checks:
          alive: {{type: heartbeat, ttl: {LONG_TTL_S}s, token_file: tokens}}
          brief: {{type: heartbeat, ttl: 2s}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:
              www:
                policy: failover
                targets: [{{name: fra1, address: {HOST}, health_check: alive}}, {FALLBACK}]
              brief:
                policy: failover
                targets: [{{name: ash1, address: {HOST}, health_check: brief}}, {FALLBACK}]
        """

    def report(self, path, body=None, token=TOKEN):
        """The status of the reply."""
        request = urllib.request.Request(
            f"http://{HOST}:{PORT}/api/v1/heartbeats/{path}", method="POST",
            data=json.dumps(body).encode() if body else b"",
            headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    def wait_for_target(self, name, expected):
        self.wait_for_answer(f"{name}.example.com", [expected], 20)

    def test_answers_follow_reports_and_survive_a_reload_and_a_restart(self):
        self.assertEqual(self.pdns.a("www.example.com"), [HOST])  # unknown, which is served
        self.assertEqual(self.report("alive/fra1", {"state": "down", "message": "disk full"}), 200)
        self.wait_for_target("www", FALLBACK)
        self.assertRegex(self.fairlead.log(), r"alive \S+ is unhealthy: heartbeat down: disk full")

        self.fairlead.send(1)
        self.fairlead.wait_until(lambda: "reloaded: " in self.fairlead.log(), "has reloaded")
        self.assertEqual(self.pdns.a("www.example.com"), [FALLBACK])
        self.fairlead.stop()
        type(self).fairlead = self.start(
            Fairlead(self.directory, self.config_path, "restarted")).wait_ready()
        self.wait_for_target("www", FALLBACK)

        self.assertEqual(self.report(f"alive/{HOST}"), 200)
        self.wait_for_target("www", HOST)

    def test_silence_is_down(self):
        def report_is_believed():
            return self.report("brief/ash1", token=None) == 200 and self.pdns.a("brief.example.com") == [HOST]

        wait_for(report_is_believed, "a report is believed")
        self.wait_for_target("brief", FALLBACK)
        wait_for(report_is_believed, "the next one is")

    def test_who_has_no_token_is_not_heard(self):
        self.assertEqual(self.report("alive/fra1", token=None), 401)
        self.assertEqual(self.report("alive/fra1", token="wrong-0123456789abcdef"), 401)
        self.assertEqual(self.report("alive/nosuch"), 404)
        self.assertEqual(self.report("brief/fra1", token=None), 404)  # which has another check


if __name__ == "__main__":
    main()
