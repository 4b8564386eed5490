# SPDX-License-Identifier: Apache-2.0
"""Health by what a real Prometheus knows."""

import http.server
import threading
import urllib.request

from harness import NEEDED, Process, SteeringTest, free_port, loopback, main, wait_for
import harness

harness.NEEDED = (*NEEDED, "prometheus")

MAIN, FALLBACK, SERVER = (loopback(number) for number in range(1, 4))
PORT = free_port(SERVER)
EXPORTER = free_port(SERVER)
TIMES = "interval: 500ms, fast_interval: 100ms, timeout: 450ms, fall: 2, rise: 2"


class Exporter:
    """What the application says of itself: one ratio for each instance."""

    def __init__(self, address, port):
        self.ratios = {"a": 1.0, "b": 1.0}
        exporter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                for name, ratio in exporter.ratios.items():
                    self.wfile.write(f'success_ratio{{part="{name}"}} {ratio}\n'.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Prometheus(Process):
    def __init__(self, directory, address, port, exporter):
        (directory / "rules.yml").write_text(
            "groups:\n"
            "- name: site\n"
            "  rules:\n"
            "  - {alert: SiteFails, expr: min(success_ratio) < 0.5}\n")
        (directory / "prometheus.yml").write_text(
            "global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}\n"
            "rule_files: [rules.yml]\n"
            "scrape_configs:\n"
            f"- {{job_name: web, static_configs: [{{targets: ['{address}:{exporter}']}}]}}\n")
        self.address = f"http://{address}:{port}"
        super().__init__(directory, "prometheus", [
            "prometheus", f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/tsdb", f"--web.listen-address={address}:{port}"])

    def wait_ready(self):
        self.wait_until(lambda: "success_ratio" in self.get("/api/v1/query?query=success_ratio"),
                        "knows the exporter")
        return self

    def get(self, path):
        try:
            with urllib.request.urlopen(self.address + path, timeout=2) as reply:
                return reply.read().decode()
        except OSError:
            return ""


class Metrics(SteeringTest):
    names = ("ratio", "alert", "empty", "gone")

    @classmethod
    def prepare(cls):
        cls.exporter = Exporter(SERVER, EXPORTER)
        cls.addClassCleanup(cls.exporter.stop)
        cls.prometheus = cls.start(Prometheus(cls.directory, SERVER, PORT, EXPORTER)).wait_ready()

    @classmethod
    def make_config(cls):
        common = f"type: prometheus, url: 'http://{SERVER}:{PORT}', {TIMES}"
        names = "".join(f"""
              {name}:
                policy: failover
                targets: [{{address: {MAIN}, health_check: {name}}}, {FALLBACK}]"""
                        for name in cls.names)
        return f"""\
        health_checks:
          ratio: {{{common}, query: success_ratio, healthy_when: ">= 0.9"}}
          alert: {{{common}, healthy_when: alert SiteFails not firing}}
          empty: {{{common}, query: nothing_of_the_kind, healthy_when: "> 0"}}
          gone: {{{common}, query: nothing_of_the_kind, healthy_when: "> 0", insufficient_data: unhealthy}}
        zones:
          example.com:
            ns: [ns1.example.com.]
            records:{names}
        """

    def answers(self):
        return {name: "".join(self.pdns.a(f"{name}.example.com")) for name in self.names}

    def wait_for_answers(self, **expected):
        expected = {**dict.fromkeys(self.names, MAIN), "gone": FALLBACK, **expected}
        wait_for(lambda: self.answers() == expected,
                 lambda: f"{expected}, not {self.answers()}\n{self.fairlead.log()[-3000:]}", 30)

    def test_answers_follow_what_prometheus_knows_and_stay_when_it_is_gone(self):
        self.wait_for_answers()
        self.exporter.ratios["b"] = 0.8  # one series of two
        self.wait_for_answers(ratio=FALLBACK)
        self.assertRegex(self.fairlead.log(),
                         r"ratio \S+ is unhealthy: prometheus value: 0\.8, not >= 0\.9 \{")
        self.exporter.ratios["b"] = 0.4
        self.wait_for_answers(ratio=FALLBACK, alert=FALLBACK)
        self.assertRegex(self.fairlead.log(), r"alert \S+ is unhealthy: prometheus value: "
                                              r"alert SiteFails is firing")
        self.exporter.ratios["b"] = 1.0
        self.wait_for_answers()
        self.prometheus.stop()
        self.exporter.ratios["b"] = 0.1
        self.assertEqual(self.answers(), {"ratio": MAIN, "alert": MAIN, "empty": MAIN,
                                          "gone": FALLBACK})
        self.assertRegex(self.fairlead.log(),
                         r"gone \S+ is unhealthy: prometheus no data: the result is empty")


if __name__ == "__main__":
    main()
