# SPDX-License-Identifier: Apache-2.0
"""packaging/prometheus and packaging/grafana in a real Prometheus that scrapes a real fairlead."""

import json
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from harness import (NEEDED, ROOT, Authority, Nginx, Process, SteeringTest, free_port, loopback,
                     main, wait_for)
import harness

harness.NEEDED = (*NEEDED, "prometheus", "promtool")

RULES = ROOT / "packaging/prometheus/fairlead.rules.yml"
SCRAPE = ROOT / "packaging/prometheus/scrape.yml"
DASHBOARD = ROOT / "packaging/grafana/fairlead.json"
OPERATIONS = ROOT / "docs/operations.md"
RULE_TESTS = sorted((ROOT / "tests/prometheus").glob("*_test.yml"))
ENDPOINT, TLS_ENDPOINT, ADMIN, SERVER = (loopback(number) for number in range(1, 5))
WEB, HTTPS, API, PORT = (free_port(address) for address in (ENDPOINT, TLS_ENDPOINT, ADMIN, SERVER))
TOKEN = "0123456789abcdef0123456789abcdef"
SELECTOR = re.compile(r"fairlead_\w+(?:\{[^}]*\})?")


def alert_names():
    return re.findall(r"- alert: (\w+)", RULES.read_text())


def panels():
    return json.loads(DASHBOARD.read_text())["panels"]


def dashboard_queries():
    """Each with what Grafana would put in place of its variables."""
    return [target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
            for panel in panels() for target in panel.get("targets", [])]


def rule_lines():
    return [line for line in RULES.read_text().splitlines() if not line.lstrip().startswith("#")]


class Prometheus(Process):
    """With the rules as they are shipped, and scrape.yml but for the address and its pace."""

    def __init__(self, directory):
        scrape = SCRAPE.read_text().replace("/etc/prometheus/fairlead.rules.yml", str(RULES))
        scrape = scrape.replace("127.0.0.1:8080", f"{ADMIN}:{API}")
        scrape = scrape.replace("/etc/prometheus/fairlead.token", str(directory / "token"))
        scrape = scrape.replace("# authorization", "authorization")
        scrape = scrape.replace("scrape_interval: 15s", "scrape_interval: 500ms\n    scrape_timeout: 500ms")
        (directory / "token").write_text(TOKEN)
        self.config = directory / "prometheus.yml"
        self.config.write_text("global: {evaluation_interval: 200ms}\n" + scrape)
        self.url = f"http://{SERVER}:{PORT}"
        super().__init__(directory, "prometheus", [
            "prometheus", f"--config.file={self.config}",
            f"--storage.tsdb.path={directory}/tsdb", f"--web.listen-address={SERVER}:{PORT}"])

    def ask(self, path, **parameters):
        """The data of an answer; an error when Prometheus refuses."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as refusal:
            raise AssertionError(f"{parameters}: {refusal.read().decode()}") from None

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def alerts(self, name, state="firing"):
        """The labels of each such alert."""
        return [alert["labels"] for alert in self.ask("alerts")["alerts"]
                if alert["labels"]["alertname"] == name and alert["state"] == state]

    def wait_ready(self):
        def scraped_twice():
            try:
                urllib.request.urlopen(self.url + "/-/ready", timeout=5).close()
            except OSError:
                return False
            return self.query("count_over_time(fairlead_ready[1m]) > 2")
        self.wait_until(scraped_twice, "has scraped fairlead")
        return self


class Monitoring(SteeringTest):
    """A fairlead that has something to say under every metric there is."""

    @classmethod
    def prepare(cls):
        (cls.directory / "tokens").write_text(f"prometheus {TOKEN}\n")
        (cls.directory / "tokens").chmod(0o600)
        cls.web = cls.start(Nginx(cls.directory, "web", ENDPOINT, WEB))
        authority = Authority(cls.directory)
        cls.start(Nginx(cls.directory, "secure", TLS_ENDPOINT, HTTPS,
                        tls=authority.certificate_for("www.example.com")))

    @classmethod
    def make_config(cls):
        times = "interval: 1s, timeout: 900ms, fast_interval: 100ms, fall: 2, rise: 1"
        return f"""\
            admin: {{listen: "{ADMIN}:{API}", token_file: tokens}}
            alerts: {{group_window: 1s, exec: [/bin/true]}}
            health_checks:
              web: {{type: http, port: {WEB}, {times}}}
              secure: {{type: https, port: {HTTPS}, host: www.example.com, ca_file: ca.pem, {times}}}
            zones:
              example.com:
                ns: [ns1.example.net.]
                records:
                  www: {{policy: failover, health_check: web, targets: [{ENDPOINT}]}}
                  plain:
                    policy: failover
                    targets: [{{address: {ENDPOINT}, health_check: web}}, {{address: {TLS_ENDPOINT}, health_check: secure}}]
                  local: {{policy: simple, targets: [{{alias: localhost}}]}}
                  db:
                    policy: failover
                    failback: manual
                    targets: [{{address: {ENDPOINT}, health_check: web}}, {{address: {TLS_ENDPOINT}, health_check: secure}}]
            """

    @classmethod
    def server_keys(cls):
        return cls.tells_pdns()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pdns.a("www.example.com")
        cls.prometheus = cls.start(Prometheus(cls.directory)).wait_ready()

    def exported(self):
        """A histogram's three by its own name."""
        return {re.sub("_seconds_(bucket|count|sum)$", "_seconds", name)
                for name in self.prometheus.ask("label/__name__/values")
                if name.startswith("fairlead_")}

    def wait_for_alert(self, name, firing, **labels):
        def found():
            alerts = self.prometheus.alerts(name)
            return firing == any(labels.items() <= alert.items() for alert in alerts)
        wait_for(found, lambda: f"{name} {'fires' if firing else 'is resolved'}: "
                                f"{self.prometheus.ask('alerts')}\n{self.fairlead.log()[-2000:]}")

    def test_every_selector_of_rules_and_dashboard_finds_series(self):
        sources = [*dashboard_queries(), *rule_lines()]
        selectors = sorted({found for text in sources for found in SELECTOR.findall(text)})
        self.assertGreater(len(selectors), 30)
        for selector in selectors:
            with self.subTest(selector):
                wait_for(lambda: self.prometheus.query(selector), "it finds series")

    def test_every_query_of_the_dashboard_has_an_answer(self):
        self.assertGreater(len(dashboard_queries()), 30)
        for query in dashboard_queries():
            with self.subTest(query):
                wait_for(lambda: self.prometheus.query(query), "there is an answer")

    def test_the_dashboard_is_one_that_grafana_takes(self):
        ids = [panel["id"] for panel in panels()]
        self.assertEqual(len(ids), len(set(ids)))
        taken = set()
        for panel in panels():
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            with self.subTest(panel["title"]):
                self.assertLessEqual(place["x"] + place["w"], 24)
                self.assertFalse(cells & taken, "lies over another panel")
                self.assertTrue(panel["type"] == "row" or panel["targets"] and panel["description"])
            taken |= cells

    def test_documentation_names_every_metric_that_there_is_and_no_other(self):
        documented = set(re.findall(r"`(fairlead_\w+)", OPERATIONS.read_text()))
        self.assertEqual(documented, self.exported())

    def test_every_alert_is_tested_and_explained(self):
        tests = "".join(path.read_text() for path in RULE_TESTS)
        rows = re.findall(r"^\| `(Fairlead\w+)` \|", OPERATIONS.read_text(), re.MULTILINE)
        self.assertEqual(sorted(rows), sorted(alert_names()))
        for name in alert_names():
            with self.subTest(name):
                self.assertRegex(tests, rf"- alertname: {name}\n\s+eval_time: \w+\n\s+exp_alerts:\n")

    def test_promtool_agrees_with_rules_and_scrape_configuration(self):
        for command in (["check", "rules", RULES], ["check", "config", self.prometheus.config],
                        ["test", "rules", *RULE_TESTS]):
            run = subprocess.run(["promtool", *map(str, command)], capture_output=True, text=True,
                                 check=False)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def test_an_outage_fires_and_its_end_resolves(self):
        self.wait_for_alert("FairleadCertificateExpires", True)  # it is valid for two days
        self.assertEqual(self.prometheus.query(
            'ALERTS{alertstate="firing", alertname!="FairleadCertificateExpires"}'), [])
        self.web.stop()
        self.wait_for_alert("FairleadEndpointDown", True, address=ENDPOINT, check="web")
        self.wait_for_alert("FairleadAllUnhealthy", True, severity="critical")
        self.wait_for_alert("FairleadFailover", True)
        places = {result["metric"]["node"]: result["value"][1]
                  for result in self.prometheus.query("fairlead_failover_position")}
        self.assertEqual(places, {f"zones.example.com.records.{name}": "1"
                                  for name in ("plain", "db")})
        type(self).web = self.start(Nginx(self.directory, "web", ENDPOINT, WEB))
        self.wait_for_alert("FairleadEndpointDown", False)
        self.wait_for_alert("FairleadAllUnhealthy", False)

    def test_a_refused_configuration_fires_until_one_is_taken(self):
        good = self.config_path.read_text()
        self.config_path.write_text(good.replace("records:", "recrods:"))
        self.fairlead.send(1)
        self.wait_for_alert("FairleadReloadRejected", True)
        self.config_path.write_text(good)
        self.fairlead.send(1)
        self.wait_for_alert("FairleadReloadRejected", False)


if __name__ == "__main__":
    main()
