#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many steered answers a second, side by side: fairlead, the least that could stand in its place,
and what else steers on one's own servers. A hundred names, random EDNS client subnets.

    bench/speed.py                        every contender that is installed
    bench/speed.py floor fairlead         these; [--rounds 10] [--seconds 1]
    bench/speed.py floor fairlead OLD     and another build of fairlead, by its path
    bench/speed.py --one-session          all as if one shell had started them
    bench/speed.py --print-config         fairlead's configuration, for responder_bench

Every process has a session of its own, as systemd and containers give it: the kernel divides a
processor between sessions first, and between their threads after that (sched(7), "autogroup").
All are started at first and wait while another one is asked, each in turn, in another order each
round. Medians of the rounds; ratios are to the floor in the same round, because a machine is not the
same for long. The load comes from the same machine. That answers of fairlead are steered is checked.
Needs a release build (fairlead, bench/floor_responder,
bench/dns_load, geo/country.mmdb), pdns_server, and for all contenders pdns-backend-geoip and gdnsd.
"""

import argparse
import collections
import contextlib
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build/release"))
os.environ.setdefault("FAIRLEAD", str(BUILD / "fairlead"))
sys.path.insert(0, str(ROOT / "tests/integration"))
import harness  # noqa: E402

COUNTRIES = pathlib.Path(os.environ.get("FAIRLEAD_COUNTRY_MMDB", BUILD / "geo/country.mmdb"))
NAMES = 100
HALF_ROUNDS = 3  # for each round under full load: a 99th percentile is restless
SITES = {"eu": 1, "us": 2, "asia": 3}  # 127.0.SITE.1 to .3: two weighted ones and a reserve


class Contender:
    """A running server to be asked, and the process that steers."""

    def __init__(self, port, steering, processes):
        self.port, self.steering, self.processes = port, steering, processes

    def stop(self):
        for process in reversed(self.processes):
            process.stop()


def cpu_seconds(pid):
    """Of all its threads. /proc/PID/stat has it by hundredths of a second alone."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def start_process(directory, name, command):
    return harness.Process(directory, name, command, start_new_session=start_process.apart)


def power_dns(directory, config, *options):
    port = harness.free_port("127.0.0.1")
    pdns = start_process(directory, "pdns", [
        "pdns_server", f"--config-dir={config}", f"--socket-dir={directory}",
        "--local-address=127.0.0.1", f"--local-port={port}", "--daemon=no", "--guardian=no",
        "--disable-syslog", "--write-pid=no", "--security-poll-suffix=", *options])
    pdns.wait_until(lambda: answers(port), "does not answer")
    return port, pdns


def answers(port):
    found = subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "+short", "+tries=1", "+time=1",
                            "w1.example.com", "A"], capture_output=True, text=True, check=False)
    return found.stdout[:1].isdigit()


def behind_remote_backend(directory, command, wait_for):
    path = directory / "pdns.sock"
    backend = start_process(directory, "backend", command)
    backend.wait_until(lambda: wait_for(backend), "is not ready")
    port, pdns = power_dns(directory, harness.PDNS_CONF,
                           f"--remote-connection-string=unix:path={path},timeout=1000")
    return Contender(port, backend, [backend, pdns])


def start_floor(directory, *scheduled):
    path = directory / "pdns.sock"
    return behind_remote_backend(directory, [*scheduled, BUILD / "bench/floor_responder", path],
                                 lambda _: path.exists())


def fairlead_config(directory, port):
    """`port`: of every endpoint, which are 127.0.SITE.1 to .3."""
    lines = [f"server: {{socket: {directory}/pdns.sock, state_dir: none}}",
             f"geoip: {{databases: [{COUNTRIES}]}}",
             f"health_checks: {{port: {{type: tcp, port: {port}, interval: 5s}}}}",
             "policies:"]
    for name, site in SITES.items():
        reserve = f"{{address: 127.0.{site}.3, health_check: port}}"
        tiers = [f"{{weight: {weight}, policy: failover, targets: "
                 f"[{{address: 127.0.{site}.{i}, health_check: port}}, {reserve}]}}"
                 for i, weight in ((1, 70), (2, 30))]
        lines.append(f"  {name}: {{policy: weighted, targets: [{', '.join(tiers)}]}}")
    lines += ["zones:", "  example.com:", "    ns: [ns.example.net.]", "    records:"]
    lines += [f"      w{i}: {{policy: geolocation, targets: [{{geos: [EU], use: eu}}, "
              f"{{geos: [NA, SA], use: us}}], default: {{use: asia}}}}" for i in range(NAMES)]
    return "\n".join(lines) + "\n"


def start_fairlead(directory, program=harness.FAIRLEAD):
    config = directory / "fairlead.yaml"
    config.write_text(fairlead_config(directory, start_fairlead.port))
    return behind_remote_backend(directory, [program, "serve", "-c", config],
                                 lambda process: "ready: " in process.log())


def bind_zone(directory, records):
    zone = directory / "example.com.zone"
    zone.write_text("$ORIGIN example.com.\n$TTL 60\n@ SOA ns.example.net. h.example.net. 1 3600 600 "
                    "86400 60\n@ NS ns.example.net.\n" + "\n".join(records) + "\n")
    named = directory / "named.conf"
    named.write_text(f'zone "example.com" {{ type native; file "{zone}"; }};\n')
    return f"--bind-config={named}"


def in_process(directory, *options):
    """With PowerDNS's own defaults, which fit what has no process to wait for."""
    port, pdns = power_dns(directory, directory, "--edns-subnet-processing=yes", *options)
    return Contender(port, pdns, [pdns])


def start_static(directory):
    records = [f"w{i} A 127.0.1.1" for i in range(NAMES)]
    return in_process(directory, "--launch=bind", bind_zone(directory, records))


def start_lua(directory, mode):
    """Weights or health: one record cannot have both, so it takes what is checked, at random."""
    def site(number):
        members = ", ".join(f"'127.0.{number}.{i}'" for i in (1, 2))
        return (f"ifportup({start_fairlead.port}, {{{members}}}, "
                f"{{selector='random', backupSelector='random'}})")
    script = (f";if continent('EU') then return {site(1)} elseif continent('NA') or continent('SA') "
              f"then return {site(2)} else return {site(3)} end")
    records = [f'w{i} LUA A "{script}"' for i in range(NAMES)]
    return in_process(directory, "--launch=bind,geoip", bind_zone(directory, records),
                      f"--geoip-database-files=mmdb:{COUNTRIES}", f"--enable-lua-records={mode}")


def start_geoip(directory):
    """No health: it has none."""
    zone = directory / "geo.yaml"
    rows = [f"      {name}.example.com: [{{a: {{content: 127.0.{site}.1, weight: 70}}}}, "
            f"{{a: {{content: 127.0.{site}.2, weight: 30}}}}]" for name, site in SITES.items()]
    rows += [f"      {continent}.example.com: [{{a: {{content: 127.0.{site}.1, weight: 70}}}}, "
             f"{{a: {{content: 127.0.{site}.2, weight: 30}}}}]"
             for continent, site in (("na", 2), ("sa", 2), ("as", 3), ("af", 3), ("oc", 3))]
    services = [f"      w{i}.example.com: ['%cn.example.com', 'asia.example.com']"
                for i in range(NAMES)]
    zone.write_text("domains:\n  - domain: example.com\n    ttl: 60\n    records:\n"
                    "      example.com: [{soa: 'ns.example.net. h.example.net. 1 3600 600 86400 60'}, "
                    "{ns: ns.example.net}]\n" + "\n".join(rows) + "\n    services:\n"
                    + "\n".join(services) + "\n")
    return in_process(directory, "--launch=geoip", f"--geoip-zones-file={zone}",
                      f"--geoip-database-files=mmdb:{COUNTRIES}")


def start_gdnsd(directory):
    """A name server of its own."""
    config, run = directory / "gdnsd", directory / "run"
    for path in (config / "zones", config / "geoip", run, directory / "state"):
        path.mkdir(parents=True, exist_ok=True)
    shutil.copy(COUNTRIES, config / "geoip/country.mmdb")
    centres = "\n".join(
        f"{name} => {{ plugin => weighted, addrs_v4 => {{ a => [ 127.0.{site}.1, 70 ], "
        f"b => [ 127.0.{site}.2, 30 ] }} }}" for name, site in SITES.items())
    port = harness.free_port("127.0.0.1")
    (config / "config").write_text(textwrap.dedent("""\
        options => {{ listen => 127.0.0.1:{port}, run_dir => {run}, state_dir => {state}, edns_client_subnet => true }}
        service_types => {{ port => {{ plugin => tcp_connect, port => {check}, interval => 5 }} }}
        plugins => {{ geoip => {{
          maps => {{ world => {{ geoip2_db => country.mmdb, datacenters => [ eu, us, asia ], map => {{ EU => [ eu, us, asia ], NA => [ us, eu, asia ], SA => [ us, eu, asia ], default => [ asia, us, eu ] }} }} }}
          resources => {{ www => {{ map => world, service_types => port, dcmap => {{ {centres} }} }} }}
        }} }}
        """).format(port=port, run=run, state=directory / "state", check=start_fairlead.port,
                    centres=centres))
    rows = [f"w{i} 60 DYNA geoip!www" for i in range(NAMES)]
    (config / "zones/example.com").write_text(
        "@ SOA ns.example.net. h.example.net. ( 1 3600 600 86400 60 )\n@ NS ns.example.net.\n"
        + "\n".join(rows) + "\n")
    server = start_process(directory, "gdnsd", ["gdnsd", "-c", config, "start"])
    server.wait_until(lambda: answers(port), "does not answer")
    return Contender(port, server, [server])


CONTENDERS = {
    "floor": start_floor,
    "floor-batch": lambda directory: start_floor(directory, "chrt", "-b", "0"),  # as fairlead's worker
    "fairlead": start_fairlead,
    "lua": lambda directory: start_lua(directory, "yes"),
    "lua-shared": lambda directory: start_lua(directory, "shared"),
    "geoip": start_geoip,
    "gdnsd": start_gdnsd,
    "static": start_static,
}


def is_installed(name):
    if name == "gdnsd":
        return shutil.which("gdnsd") is not None
    needs_geoip = name == "geoip" or name.startswith("lua")
    return not needs_geoip or any(pathlib.Path("/usr/lib").glob("*/pdns/libgeoipbackend.so"))


def load(contender, seconds, rate=0):
    before = cpu_seconds(contender.steering.pid)
    found = subprocess.run([BUILD / "bench/dns_load", str(contender.port), str(seconds), str(rate)],
                           capture_output=True, text=True, check=True)
    cpu = cpu_seconds(contender.steering.pid) - before
    words = found.stdout.split()
    each_second, p50, p99, lost, wrong = map(float, words[:5])
    return {"rate": each_second, "p50": p50, "p99": p99, "lost": lost, "wrong": wrong,
            "cpu_us": cpu / max(each_second * seconds, 1) * 1e6,
            "addresses": {word.split("=")[0]: int(word.split("=")[1]) for word in words[5:]}}


def assert_steered(runs):
    """Geography: every site is there. Health: no reserve is. Weights: 70 % within 3 % at each site, which is six
    standard deviations of 10,000 answers."""
    total = collections.Counter()
    for run in runs:
        total.update(run["addresses"])
    expected = {f"{site}.{i}" for site in SITES.values() for i in (1, 2)}
    if set(total) != expected:
        sys.exit(f"answers are {sorted(total)}, and should be {sorted(expected)}")
    for site in SITES.values():
        first, both = total[f"{site}.1"], total[f"{site}.1"] + total[f"{site}.2"]
        if both > 10_000 and abs(first / both - 0.7) > 0.03:
            sys.exit(f"site {site}: {first} of {both} answers are for the weight of 70 %")


def start(name, directory):
    known = CONTENDERS.get(name)
    return known(directory) if known else start_fairlead(directory, pathlib.Path(name).resolve())


def measure(names, rounds, seconds):
    full, half = {name: [] for name in names}, {}
    with contextlib.ExitStack() as stack:
        contenders = {}
        for name in names:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="speed-"))
            contenders[name] = start(name, pathlib.Path(directory))
            stack.callback(contenders[name].stop)
            load(contenders[name], 1)  # caches and buffers find their size
        for number in range(rounds):
            for name in shuffled(names):
                full[name].append(load(contenders[name], seconds))
                print(f"round {number + 1} {name}: {full[name][-1]}", file=sys.stderr, flush=True)
        rate = median(full[names[0]], "rate") / 2
        for _ in range(HALF_ROUNDS * rounds):
            for name in shuffled(filter(asks_a_process, names)):
                half.setdefault(name, []).append(load(contenders[name], seconds, rate))
    for name in filter(is_fairlead, names):
        assert_steered(full[name] + half[name])
    return full, half


def shuffled(names):
    names = list(names)
    return random.sample(names, len(names))


def is_fairlead(name):
    return name == "fairlead" or name not in CONTENDERS


def asks_a_process(name):
    return is_fairlead(name) or name.startswith("floor")


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def ratio(runs, name, key):
    """To the floor, as text: the median of the ratios of one round."""
    if "floor" not in runs:
        return f"{'':7}"
    pairs = zip(runs[name], runs["floor"])
    return f"{statistics.median(run[key] / floor[key] for run, floor in pairs):7.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("contenders", nargs="*", default=list(filter(is_installed, CONTENDERS)))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--one-session", action="store_true")
    parser.add_argument("--print-config", action="store_true")
    arguments = parser.parse_args()
    if arguments.print_config:
        return print(fairlead_config("/run/fairlead", 80), end="")
    start_process.apart = not arguments.one_session
    endpoints = harness.TcpListener("0.0.0.0", 0)
    start_fairlead.port = endpoints.listener.getsockname()[1]
    full, half = measure(arguments.contenders, arguments.rounds, arguments.seconds)
    print(f"{'':12}{'answers/s':>10}{'ratio':>7}{'p50 us':>8}{'p99 us':>8}{'lost':>6}{'wrong':>6}"
          f"{'CPU us':>8}{'ratio':>7}   half load: p50, p99 us, ratio")
    for name, runs in full.items():
        at_half = half.get(name, [])
        tail = (f"{median(at_half, 'p50'):14.0f}{median(at_half, 'p99'):8.0f}"
                f"{ratio(half, name, 'p99')}" if at_half else "")
        print(f"{pathlib.Path(name).name:12}{median(runs, 'rate'):10.0f}{ratio(full, name, 'rate')}"
              f"{median(runs, 'p50'):8.0f}{median(runs, 'p99'):8.0f}"
              f"{sum(run['lost'] for run in runs):6.0f}{sum(run['wrong'] for run in runs):6.0f}"
              f"{median(runs, 'cpu_us'):8.2f}{ratio(full, name, 'cpu_us')}{tail}")
    if wrong := [name for name, runs in full.items() if any(run["wrong"] for run in runs)]:
        sys.exit(f"wrong answers of: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
