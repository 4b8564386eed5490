#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What many health checks cost: real probes of a real web server, in a network namespace.

Prints, for each kind of check, the share of one core that the checker takes, the memory of the
process, how evenly probes are spread, and what queries notice: their latency while all this runs,
as a ratio to the same configuration with its checks disabled, in turn on the same machine.

    bench/checks_scale.py                          http:30000 keep_alive:30000 tcp:100000
    bench/checks_scale.py http:30000 --seconds 60
    bench/checks_scale.py http:100 --seconds 1 --interval 1      whether it works
    bench/checks_scale.py --apart                  checker and web server on a core of their own

Without --apart, queries wait for a core that the web server has, which stands for other machines:
that is the machine's want of cores, and not what checks do to queries.

Needs root (for the namespace), nginx and build/release/fairlead.
"""

import argparse
import json
import os
import pathlib
import socket
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/integration"))
import harness  # noqa: E402

PORT = 8080
NAMES = 100
QUERIES_A_SECOND = 1000
CORES = sorted(os.sched_getaffinity(0))
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")

KINDS = {
    "http": "type: http, path: /health",
    "keep_alive": "type: http, path: /health, keep_alive: true",
    "tcp": "type: tcp",
}


def address(i):
    return f"127.{1 + (i >> 16)}.{i >> 8 & 255}.{i & 255}"


def configuration(directory, kind, targets, enabled, interval):
    """Pools of equal size, a name for each."""
    of_pool = -(-targets // NAMES)
    lines = [f"server: {{socket: {directory}/pdns.sock, state_dir: none}}",
             f"health_checks: {{web: {{{KINDS[kind]}, port: {PORT}, interval: {interval}s, timeout: {interval * 400}ms, "
             f"enabled: {'true' if enabled else 'false'}}}}}",
             "pools:"]
    for pool in range(NAMES):
        members = ", ".join(address(i) for i in
                            range(pool * of_pool + 1, min((pool + 1) * of_pool, targets) + 1))
        lines.append(f"  p{pool}: {{health_check: web, endpoints: [{members}]}}")
    lines += ["zones:", "  example.com:", "    ns: [ns.example.net.]", "    records:"]
    lines += [f"      w{i}: {{policy: weighted, targets: [{{pool: p{i}}}]}}" for i in range(NAMES)]
    file = directory / f"{kind}-{enabled}.yaml"
    file.write_text("\n".join(lines) + "\n")
    return file


def start_nginx(directory):
    conf = directory / "nginx.conf"
    conf.write_text(f"""
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log /dev/null;
worker_rlimit_nofile 200000;
events {{ worker_connections 150000; }}
http {{
  access_log off; keepalive_timeout 300s; keepalive_requests 1000000;
  client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{ listen 0.0.0.0:{PORT} backlog=8192; location / {{ return 200 "ok"; }} }}
}}""")
    # Last in line: it stands for other machines.
    nginx = harness.Process(directory, "nginx", ["nice", "-n", "19", "nginx", "-c", conf, "-p", directory])
    nginx.wait_until(lambda: connects(), "does not listen")
    return nginx


def connects():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) == 0


def opened():
    """How many TCP connections this namespace has opened so far."""
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("Tcp:")]
    return int(values[names.index("ActiveOpens")])


def tasks_of(pid):
    return [task.name for task in pathlib.Path(f"/proc/{pid}/task").iterdir()]


def children_of(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def is_checker(pid, task):
    return pathlib.Path(f"/proc/{pid}/task/{task}/comm").read_text().strip() == "checker"


def checker_cpu_seconds(pid):
    """Of the checker's thread, which is over when there is nothing to check."""
    for task in tasks_of(pid):
        if is_checker(pid, task):
            fields = pathlib.Path(f"/proc/{pid}/task/{task}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / TICK
    return 0


def set_apart(fairlead, nginx):
    """Gives the checker and its targets a core of their own; what answers and what asks is on the other already."""
    tasks = [nginx.pid, *children_of(nginx.pid)]
    tasks += [task for task in tasks_of(fairlead.pid) if is_checker(fairlead.pid, task)]
    for task in tasks:
        os.sched_setaffinity(int(task), {CORES[-1]})


def resident_mb(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * PAGE / 1e6


class Client:
    """Asks as PowerDNS does, at a steady pace, and keeps the latencies."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.ask(b'{"method": "initialize", "parameters": {}}\n')

    def ask(self, line):
        self.socket.sendall(line)
        reply = b""
        while not reply.endswith(b"\n"):
            reply += self.socket.recv(65536)
        return json.loads(reply)

    def latencies_us(self, seconds, each_second):
        found = []
        begin = time.monotonic()
        marks = []
        for i in range(int(seconds * QUERIES_A_SECOND)):
            due = begin + i / QUERIES_A_SECOND
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            if i % QUERIES_A_SECOND == 0:
                marks.append(each_second())
            line = (f'{{"method": "lookup", "parameters": {{"qname": "w{i % NAMES}.example.com.", '
                    f'"qtype": "A", "remote": "192.0.2.53", "real-remote": "192.0.2.53/32"}}}}\n')
            asked = time.monotonic_ns()
            self.socket.sendall(line.encode())
            reply = self.socket.recv(65536)
            found.append((time.monotonic_ns() - asked) / 1000)
            if b'"content"' not in reply:
                sys.exit(f"w{i % NAMES}.example.com is answered with {reply}")
        marks.append(each_second())
        return sorted(found), marks


def observe(directory, kind, targets, enabled, arguments, nginx):
    config = configuration(directory, kind, targets, enabled, arguments.interval)
    before = time.monotonic()
    fairlead = harness.Process(directory, f"fairlead-{kind}-{enabled}",
                               [harness.FAIRLEAD, "serve", "-c", config])
    fairlead.wait_until(lambda: "ready: " in fairlead.log(), "is not ready", 120)
    first_round = time.monotonic() - before
    if arguments.apart:
        set_apart(fairlead, nginx)
    client = Client(directory / "pdns.sock")
    if enabled:
        time.sleep(arguments.interval * 1.2)  # the second round spreads them
    cpu, begin = checker_cpu_seconds(fairlead.pid), time.monotonic()
    latencies, marks = client.latencies_us(arguments.seconds, lambda: (time.monotonic(), opened()))
    share = (checker_cpu_seconds(fairlead.pid) - cpu) / (time.monotonic() - begin)
    memory = resident_mb(fairlead.pid)
    rates = [(now - then) / (end - start)
             for (start, then), (end, now) in zip(marks, marks[1:])]
    late = fairlead.log().count(" late: ")
    fairlead.stop()
    return {"first_round": first_round, "share": share, "memory": memory, "rates": rates,
            "late": late, "p50": latencies[len(latencies) // 2],
            "p99": latencies[len(latencies) * 99 // 100]}


def report(kind, targets, interval, quiet, busy):
    print(f"{kind} {targets} every {interval} s: first round complete after "
          f"{busy['first_round']:.1f} s; then")
    print(f"  checker {busy['share'] * 100:.0f} % of one core, process {busy['memory']:.0f} MB")
    if kind != "keep_alive":
        mean = statistics.mean(busy["rates"])
        print(f"  probes a second: mean {mean:.0f}, most {max(busy['rates']):.0f} "
              f"(ratio {max(busy['rates']) / mean:.2f}), late warnings {busy['late']}")
    print(f"  queries: p50 {busy['p50']:.0f} us (ratio {busy['p50'] / quiet['p50']:.2f} to no "
          f"checks), p99 {busy['p99']:.0f} us (ratio {busy['p99'] / quiet['p99']:.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", metavar="KIND:TARGETS",
                        default=["http:30000", "keep_alive:30000", "tcp:100000"])
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--interval", type=int, default=10, help="of each check, in seconds")
    parser.add_argument("--apart", action="store_true",
                        help="the checker and its targets on one core, queries on another")
    arguments = parser.parse_args()
    harness.enter_network_namespace()  # whose counters count nothing but this benchmark
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        nginx = start_nginx(directory)
        if arguments.apart:
            os.sched_setaffinity(0, {CORES[0]})  # and what is started from here on
        for what in arguments.what:
            kind, targets = what.split(":")
            quiet, busy = (observe(directory, kind, int(targets), enabled, arguments, nginx)
                           for enabled in (False, True))
            report(kind, int(targets), arguments.interval, quiet, busy)
        nginx.stop()


if __name__ == "__main__":
    main()
